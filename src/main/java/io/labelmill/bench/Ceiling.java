package io.labelmill.bench;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.labelmill.graph.Precision;
import io.labelmill.graph.ProductGraph;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/**
 * What this machine's processor reaches at most in an arithmetic: one big product in the runtime
 * that the models run in, whose engine must have been loaded. Thread-safe; who opened it closes it.
 */
final class Ceiling implements AutoCloseable {
  private static final ProductGraph PRODUCT = ProductGraph.CEILING;

  private final OrtSession session;
  private final OnnxTensor input;
  private final int passes;

  private Ceiling(OrtSession session, OnnxTensor input, int passes) {
    this.session = session;
    this.input = input;
    this.passes = passes;
  }

  /**
   * @param precision FP32 or INT8
   * @param folder exists; gets the graph, and must stay until this is closed
   * @param passes of each thread, the one that warms it up not counted
   */
  static Ceiling open(Precision precision, Path folder, int passes) throws IOException {
    Path graph = PRODUCT.write(precision, folder);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      return new Ceiling(
          environment.createSession(graph.toString(), options),
          input(environment, precision),
          passes);
    } catch (OrtException e) {
      throw new IOException("the product " + graph + " can't be opened: " + e.getMessage(), e);
    }
  }

  private static OnnxTensor input(OrtEnvironment environment, Precision precision)
      throws OrtException {
    boolean isInteger = precision == Precision.INT8;
    long[] shape = PRODUCT.shape();
    int elements = Math.toIntExact(shape[0] * shape[1]);
    Random random = new Random(1);
    if (isInteger) {
      byte[] samples = new byte[elements];
      random.nextBytes(samples);
      ByteBuffer buffer = ByteBuffer.allocateDirect(elements).put(samples).flip();
      return OnnxTensor.createTensor(environment, buffer, shape, OnnxJavaType.UINT8);
    }
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(Float.BYTES * elements).order(ByteOrder.nativeOrder());
    for (int i = 0; i < elements; i++) {
      buffer.putFloat(2 * random.nextFloat() - 1);
    }
    return OnnxTensor.createTensor(environment, buffer.flip().asFloatBuffer(), shape);
  }

  /** Billions of operations a second of some threads, each with passes of its own. */
  double gigaOperations(int threads) throws IOException {
    double rate =
        Threads.rate(
            threads,
            passes * threads,
            1,
            () -> index -> session.run(Map.of("left", input)).close());
    return rate * PRODUCT.operations() / 1e9;
  }

  @Override
  public void close() throws IOException {
    input.close();
    try {
      session.close();
    } catch (OrtException e) {
      throw new IOException("a product can't be closed: " + e.getMessage(), e);
    }
  }
}
