package io.labelmill.model;

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.labelmill.error.InputException;
import io.labelmill.onednn.EncoderGraph;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A graph opened on a device: one copy of the weights, shared by all threads of the JVM. Each
 * thread asks for a {@link #predictor()} of its own and closes it; who opened the model closes it
 * last.
 */
public final class LoadedModel implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LoadedModel.class);
  static final String ENGINE = "OnnxRuntime";

  private final Predictors predictors;
  private final Runnable closing;
  private final Device device;
  private final PixelBatches batches = new PixelBatches();

  /** Makes predictors, as {@link #predictor(IntConsumer)}. */
  private interface Predictors {
    Predictor<PixelBatch, Outputs> watchedBy(IntConsumer begins);
  }

  private LoadedModel(Predictors predictors, Runnable closing, Device device) {
    this.predictors = predictors;
    this.closing = closing;
    this.device = device;
  }

  private static LoadedModel of(ZooModel<PixelBatch, Outputs> model, Device device) {
    RunLimit limit = device.kind() == Device.Kind.GPU ? new RunLimit(RunLimit.GPU) : RunLimit.NONE;
    return new LoadedModel(
        begins -> limit.predictor(model.getWrappedModel(), model.getTranslator(), begins),
        model::close,
        device);
  }

  private static LoadedModel of(LayeredModel model, Device device) {
    return new LoadedModel(model::predictor, model::close, device);
  }

  /**
   * Opens a session.
   *
   * @param graph the {@code .onnx} file, its weights beside it; both must stay until the model is
   *     closed, since the session maps them
   * @param threads that work on one pass together; 1 where several tasks share the session
   * @throws IOException if the files can't be read or hold no graph that the engine takes
   * @throws InputException if the device is a GPU that can't be used; no other is taken for it
   */
  public static LoadedModel open(Path graph, Device device, int threads) throws IOException {
    return open(graph, device, threads, ExecutionProviders.ofThisJvm());
  }

  static LoadedModel open(Path graph, Device device, int threads, ExecutionProviders providers)
      throws IOException {
    if (!Files.exists(graph)) {
      throw new IOException(
          "The graph "
              + graph
              + " is gone: its model was closed while tasks still had to open it, or its folder was"
              + " removed");
    }
    long start = System.nanoTime();
    startEngine();
    LoadedModel loaded =
        EncoderGraph.isOne(graph)
            ? of(LayeredModel.open(graph), device)
            : of(session(graph, device, threads, providers), device);
    log.info("Opened the model on {} in {} ms", device, (System.nanoTime() - start) / 1_000_000);
    return loaded;
  }

  private static ZooModel<PixelBatch, Outputs> session(
      Path graph, Device device, int threads, ExecutionProviders providers) throws IOException {
    try (OrtSession.SessionOptions options = sessionOptions(device, threads, providers)) {
      Criteria<PixelBatch, Outputs> criteria =
          Criteria.builder()
              .setTypes(PixelBatch.class, Outputs.class)
              .optEngine(ENGINE)
              // Tensors come from and go to the processor's memory; the options name the GPU.
              .optDevice(ai.djl.Device.cpu())
              .optModelPath(graph)
              .optTranslator(new PixelTranslator())
              .optOptions(engineOptions(options))
              .build();
      return criteria.loadModel();
    } catch (OrtException | ModelNotFoundException | MalformedModelException e) {
      if (device.kind() == Device.Kind.GPU) {
        throw unusable(device, e);
      }
      throw new IOException("Cannot open the model " + graph + ": " + e.getMessage(), e);
    }
  }

  /**
   * For one thread, which closes it. On a GPU at most two passes of one session run at a time; the
   * other threads wait for their turn.
   */
  public Predictor<PixelBatch, Outputs> predictor() {
    return predictor(images -> {});
  }

  /**
   * The same, watched.
   *
   * @param begins told of each pass, in its thread when its turn has come, how many images it has
   */
  public Predictor<PixelBatch, Outputs> predictor(IntConsumer begins) {
    return predictors.watchedBy(begins);
  }

  /** Inputs of passes, for all threads: they are freed with the model. */
  public PixelBatches batches() {
    return batches;
  }

  public Device device() {
    return device;
  }

  @Override
  public void close() {
    closing.run();
  }

  /**
   * Loads the engine, which must make ONNX Runtime's environment itself and must not look for
   * models on the network.
   */
  public static void startEngine() {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    // Without this the engine asks for a second one (PyTorch) to do arithmetic with.
    System.setProperty("ai.djl.onnx.disable_alternative", "true");
    Engine.getEngine(ENGINE);
  }

  private static OrtSession.SessionOptions sessionOptions(
      Device device, int threads, ExecutionProviders providers) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    try {
      options.setInterOpNumThreads(1);
      options.setIntraOpNumThreads(threads);
      if (device.kind() == Device.Kind.GPU) {
        addGpu(options, device, providers);
      }
      return options;
    } catch (OrtException | RuntimeException e) {
      options.close();
      throw e;
    }
  }

  private static void addGpu(
      OrtSession.SessionOptions options, Device device, ExecutionProviders providers) {
    if (!providers.areForGpus()) {
      throw new InputException(
          "The session on "
              + device
              + " of "
              + host()
              + " needs ONNX Runtime's build for GPUs: "
              + TaskDevices.noGpuBuild());
    }
    try {
      providers.addGpu(options, device.ordinal());
    } catch (OrtException e) {
      throw unusable(device, e);
    }
  }

  private static InputException unusable(Device device, Exception failure) {
    return new InputException(
        "The device "
            + device
            + " of "
            + host()
            + " can't be used ("
            + String.valueOf(failure.getMessage()).strip()
            + "): see with nvidia-smi that there is a driver, that it knows this GPU and that its"
            + " memory is free, and that CUDA 12 and cuDNN 9 are where the system looks for"
            + " libraries (LD_LIBRARY_PATH); or write --device cpu",
        failure);
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "this machine";
    }
  }

  /**
   * The engine takes ready session options under this key. Criteria's signature speaks of strings
   * only, but it hands the map on as it is.
   */
  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Map<String, String> engineOptions(OrtSession.SessionOptions options) {
    return (Map) Map.of("sessionOptions", options);
  }
}
