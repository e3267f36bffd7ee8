package io.labelmill.bench;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.labelmill.graph.Precision;
import io.labelmill.graph.ProductGraph;
import io.labelmill.onednn.BigProduct;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/**
 * What this machine's processor reaches at most in an arithmetic: one big product in the library
 * that the models' products run in; that of ONNX Runtime must have been loaded. Thread-safe; who
 * opened it closes it.
 */
final class Ceiling implements Closeable {
  private static final ProductGraph PRODUCT = ProductGraph.CEILING;

  private final Threads.Workers workers;
  private final Closeable opened;
  private final int passes;

  private Ceiling(Threads.Workers workers, Closeable opened, int passes) {
    this.workers = workers;
    this.opened = opened;
    this.passes = passes;
  }

  /**
   * @param precision any but FP16
   * @param folder exists; gets the graph, and must stay until this is closed
   * @param passes of each thread, the one that warms it up not counted
   * @throws io.labelmill.error.InputException if the machine has no such products
   */
  static Ceiling open(Precision precision, Path folder, int passes) throws IOException {
    return precision.hasLayersOfItsOwn()
        ? ofLayers(precision, passes)
        : ofSession(precision, folder, passes);
  }

  private static Ceiling ofLayers(Precision precision, int passes) throws IOException {
    BigProduct product =
        BigProduct.open(precision, PRODUCT.rows(), PRODUCT.inner(), PRODUCT.columns());
    return new Ceiling(() -> worker(product.pass()), product::close, passes);
  }

  private static Threads.Worker worker(BigProduct.Pass pass) {
    return new Threads.Worker() {
      @Override
      public void pass(int index) {
        pass.run();
      }

      @Override
      public void close() {
        pass.close();
      }
    };
  }

  private static Ceiling ofSession(Precision precision, Path folder, int passes)
      throws IOException {
    Path graph = PRODUCT.write(precision, folder);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      OrtSession session = environment.createSession(graph.toString(), options);
      try {
        OnnxTensor input = input(environment, precision);
        return new Ceiling(
            () -> index -> session.run(Map.of("left", input)).close(),
            () -> close(session, input),
            passes);
      } catch (OrtException | RuntimeException e) {
        session.close();
        throw e;
      }
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

  private static void close(OrtSession session, OnnxTensor input) throws IOException {
    input.close();
    try {
      session.close();
    } catch (OrtException e) {
      throw new IOException("a product can't be closed: " + e.getMessage(), e);
    }
  }

  /** Billions of operations a second of some threads, each with passes of its own. */
  double gigaOperations(int threads) throws IOException {
    return Threads.rate(threads, passes * threads, 1, workers) * PRODUCT.operations() / 1e9;
  }

  @Override
  public void close() throws IOException {
    opened.close();
  }
}
