package io.labelmill.graph;

import ai.djl.engine.Engine;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A bare ONNX Runtime session over a graph. Whoever opened it closes it. */
public final class GraphSession implements AutoCloseable {
  private final OrtEnvironment environment;
  private final OrtSession session;

  private GraphSession(OrtEnvironment environment, OrtSession session) {
    this.environment = environment;
    this.session = session;
  }

  /**
   * The process's environment. DJL must make it: its engine refuses to load after somebody else
   * did, and tests that load the engine run in this same JVM.
   */
  public static OrtEnvironment environment() {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("ai.djl.onnx.disable_alternative", "true");
    Engine.getEngine("OnnxRuntime");
    return OrtEnvironment.getEnvironment();
  }

  /** One thread, everything else by default. */
  public static OrtSession.SessionOptions options() {
    try {
      OrtSession.SessionOptions options = new OrtSession.SessionOptions();
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
      return options;
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  public static GraphSession open(Path model) {
    try (OrtSession.SessionOptions options = options()) {
      return open(model, options);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  public static GraphSession open(Path model, OrtSession.SessionOptions options)
      throws OrtException {
    OrtEnvironment environment = environment();
    return new GraphSession(environment, environment.createSession(model.toString(), options));
  }

  /** All outputs for a batch of pixel values, flat. */
  public Map<String, float[]> run(float[] pixelValues, long... shape) {
    try (OnnxTensor input =
        OnnxTensor.createTensor(environment, FloatBuffer.wrap(pixelValues), shape)) {
      return run("pixel_values", input);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All outputs for a batch of 8-bit samples, flat. */
  public Map<String, float[]> runSamples(byte[] samples, long... shape) {
    try (OnnxTensor input =
        OnnxTensor.createTensor(environment, ByteBuffer.wrap(samples), shape, OnnxJavaType.UINT8)) {
      return run("samples", input);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private Map<String, float[]> run(String name, OnnxTensor input) throws OrtException {
    try (OrtSession.Result result = session.run(Map.of(name, input))) {
      Map<String, float[]> outputs = new LinkedHashMap<>();
      for (Map.Entry<String, OnnxValue> output : result) {
        FloatBuffer values = ((OnnxTensor) output.getValue()).getFloatBuffer();
        float[] array = new float[values.remaining()];
        values.get(array);
        outputs.put(output.getKey(), array);
      }
      return outputs;
    }
  }

  public OrtSession session() {
    return session;
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
