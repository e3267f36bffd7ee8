package io.labelmill.model;

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A graph opened on a device: one copy of the weights, shared by all threads of the JVM. Each
 * thread asks for a {@link #predictor()} of its own and closes it; who opened the model closes it
 * last.
 */
public final class LoadedModel implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LoadedModel.class);
  private static final String ENGINE = "OnnxRuntime";

  private final ZooModel<PixelBatch, Outputs> model;
  private final Device device;

  private LoadedModel(ZooModel<PixelBatch, Outputs> model, Device device) {
    this.model = model;
    this.device = device;
  }

  /**
   * Opens a session.
   *
   * @param graph the {@code .onnx} file, its weights beside it; both must stay until the model is
   *     closed, since the session maps them
   * @param threads that work on one pass together; 1 where several tasks share the session
   * @throws IOException if the files can't be read or hold no graph that the engine takes
   */
  public static LoadedModel open(Path graph, Device device, int threads) throws IOException {
    long start = System.nanoTime();
    startEngine();
    try (OrtSession.SessionOptions options = sessionOptions(threads)) {
      Criteria<PixelBatch, Outputs> criteria =
          Criteria.builder()
              .setTypes(PixelBatch.class, Outputs.class)
              .optEngine(ENGINE)
              .optDevice(djlDevice(device))
              .optModelPath(graph)
              .optTranslator(new PixelTranslator())
              .optOptions(engineOptions(options))
              .build();
      LoadedModel loaded = new LoadedModel(criteria.loadModel(), device);
      log.info("Opened the model on {} in {} ms", device, (System.nanoTime() - start) / 1_000_000);
      return loaded;
    } catch (OrtException | ModelNotFoundException | MalformedModelException e) {
      throw new IOException("Cannot open the model " + graph + ": " + e.getMessage(), e);
    }
  }

  /** For one thread, which closes it. */
  public Predictor<PixelBatch, Outputs> predictor() {
    return model.newPredictor();
  }

  public Device device() {
    return device;
  }

  @Override
  public void close() {
    model.close();
  }

  /**
   * Loads the engine, which must make ONNX Runtime's environment itself and must not look for
   * models on the network.
   */
  static void startEngine() {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    // Without this the engine asks for a second one (PyTorch) to do arithmetic with.
    System.setProperty("ai.djl.onnx.disable_alternative", "true");
    Engine.getEngine(ENGINE);
  }

  private static OrtSession.SessionOptions sessionOptions(int threads) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setInterOpNumThreads(1);
    options.setIntraOpNumThreads(threads);
    return options;
  }

  /**
   * The engine takes ready session options under this key. Criteria's signature speaks of strings
   * only, but it hands the map on as it is.
   */
  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Map<String, String> engineOptions(OrtSession.SessionOptions options) {
    return (Map) Map.of("sessionOptions", options);
  }

  private static ai.djl.Device djlDevice(Device device) {
    return device.kind() == Device.Kind.CPU
        ? ai.djl.Device.cpu()
        : ai.djl.Device.gpu(device.ordinal());
  }
}
