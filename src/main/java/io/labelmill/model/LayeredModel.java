package io.labelmill.model;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.labelmill.onednn.EncoderGraph;
import io.labelmill.onednn.EncoderLayers;
import io.labelmill.onednn.EncoderPass;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * A graph whose encoder runs in oneDNN: what stands before and behind its layers are sessions of
 * ONNX Runtime. Every pass works on one thread, that of its caller. Thread-safe; who opened it
 * closes it, after its predictors.
 */
final class LayeredModel implements AutoCloseable {
  private static final String FOLDER = "session.model_external_initializers_file_folder_path";

  private final OrtSession before;
  private final EncoderLayers layers;
  private final OrtSession behind;
  private final String end;

  /** What the engine's predictors hang on. */
  private final Model owner;

  private LayeredModel(
      OrtSession before, EncoderLayers layers, OrtSession behind, String end, Model owner) {
    this.before = before;
    this.layers = layers;
    this.behind = behind;
    this.end = end;
    this.owner = owner;
  }

  /**
   * @param file for which {@link EncoderGraph#isOne} holds
   * @throws io.labelmill.error.InputException if the machine has no products of bfloat16
   * @throws IOException if the files can't be read
   */
  static LayeredModel open(Path file) throws IOException {
    EncoderGraph graph = EncoderGraph.read(file);
    EncoderLayers layers = EncoderLayers.open(graph);
    List<AutoCloseable> opened = new ArrayList<>(List.of(layers));
    try {
      OrtSession before = session(graph.before(), graph.folder());
      opened.add(before);
      OrtSession behind = session(graph.behind(), graph.folder());
      Model owner = Model.newInstance("encoder", LoadedModel.ENGINE);
      return new LayeredModel(before, layers, behind, graph.end(), owner);
    } catch (OrtException e) {
      IOException failure =
          new IOException("Cannot open the model " + file + ": " + e.getMessage(), e);
      for (AutoCloseable each : opened) {
        closeQuietly(each, failure);
      }
      throw failure;
    }
  }

  private static void closeQuietly(AutoCloseable opened, IOException failure) {
    try {
      opened.close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }

  private static OrtSession session(byte[] model, Path folder) throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setInterOpNumThreads(1);
      options.setIntraOpNumThreads(1);
      options.addConfigEntry(FOLDER, folder.toString());
      return OrtEnvironment.getEnvironment().createSession(model, options);
    }
  }

  /** For one thread, as {@link LoadedModel#predictor(IntConsumer)}. */
  Predictor<PixelBatch, Outputs> predictor(IntConsumer begins) {
    return new Layered(begins);
  }

  @Override
  public void close() {
    owner.close();
    layers.close();
    try {
      before.close();
      behind.close();
    } catch (OrtException e) {
      throw new IllegalStateException("a session can't be closed: " + e.getMessage(), e);
    }
  }

  private final class Layered extends Predictor<PixelBatch, Outputs> {
    private final IntConsumer begins;
    private final EncoderPass pass;

    Layered(IntConsumer begins) {
      super(owner, new PixelTranslator(), owner.getNDManager().getDevice(), false);
      this.begins = begins;
      pass = layers.pass();
    }

    @Override
    public Outputs predict(PixelBatch batch) throws TranslateException {
      int images = batch.images();
      begins.accept(images);
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      String pixels = before.getInputNames().iterator().next();
      int ofImage = Math.toIntExact(layers.queries() * layers.width());
      FloatBuffer states = floats(images * ofImage);
      try (OnnxTensor input = OnnxTensor.createTensor(environment, batch.values(), batch.shape());
          OrtSession.Result started = before.run(Map.of(pixels, input))) {
        FloatBuffer starts = ((OnnxTensor) started.get(0)).getFloatBuffer();
        int length = layers.startNumbers();
        for (int image = 0; image < images; image++) {
          pass.run(starts.slice(image * length, length), states.slice(image * ofImage, ofImage));
        }
      } catch (OrtException e) {
        throw new TranslateException(e);
      }
      long[] shape = {images, layers.queries(), layers.width()};
      try (OnnxTensor input = OnnxTensor.createTensor(environment, states, shape);
          OrtSession.Result result = behind.run(Map.of(end, input))) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, OnnxValue> each : result) {
          OnnxTensor tensor = (OnnxTensor) each.getValue();
          FloatBuffer values = tensor.getFloatBuffer();
          float[] numbers = new float[values.remaining()];
          values.get(numbers);
          tensors.put(each.getKey(), new Tensor(numbers, tensor.getInfo().getShape()));
        }
        return new Outputs(tensors);
      } catch (OrtException e) {
        throw new TranslateException(e);
      }
    }

    @Override
    public void close() {
      pass.close();
      super.close();
    }
  }

  private static FloatBuffer floats(int count) {
    return ByteBuffer.allocateDirect(Float.BYTES * count)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }
}
