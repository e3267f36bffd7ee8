package io.labelmill.onednn;

import com.sun.jna.Pointer;
import io.labelmill.graph.Precision;
import io.labelmill.onednn.EncoderLayers.Factors;
import java.io.IOException;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * One product of matrices of numbers that mean nothing, in the kernel that layers of such a product
 * run in: what a processor reaches at most. Thread-safe once it is open; who opened it closes it,
 * after all of its passes.
 */
public final class BigProduct implements AutoCloseable {
  private static final Random NUMBERS = new Random(1);

  private final long engine;
  private final Handles handles;
  private final long columns;
  private final Kernels.Product product;
  private final Factors factors;

  private BigProduct(long engine, Handles handles, long rows, Kernels.Weights weights) {
    this.engine = engine;
    this.handles = handles;
    columns = weights.out();
    product = Kernels.product(handles, rows, weights, OneDnn.F32, handles.nothing());
    long bias = handles.memory(handles.layout(OneDnn.F32, 1, columns));
    new Pointer(Handles.address(bias)).setMemory(0, Float.BYTES * columns, (byte) 0);
    long scales = handles.memory(handles.layout(OneDnn.F32, columns));
    Pointer scale = new Pointer(Handles.address(scales));
    for (long column = 0; column < columns; column++) {
      scale.setFloat(Float.BYTES * column, 1);
    }
    factors = new Factors(filled(handles, product.kernel().weightsLayout()), bias, scales);
  }

  /**
   * @param precision of weights: BF16, or INT8_BF16 for 8-bit integers
   * @param rows of the left matrix
   * @param inner length of such a row
   * @param columns of the right matrix
   * @throws io.labelmill.error.InputException if the machine has no such products
   * @throws IOException if the library can't be loaded
   */
  public static BigProduct open(Precision precision, long rows, long inner, long columns)
      throws IOException {
    long engine = OneDnn.load(precision);
    OneDnn.omp_set_num_threads(1);
    int type = precision == Precision.INT8_BF16 ? OneDnn.S8 : OneDnn.BF16;
    Handles handles = new Handles(engine);
    try {
      return new BigProduct(engine, handles, rows, new Kernels.Weights(type, inner, columns));
    } catch (RuntimeException e) {
      handles.close();
      throw e;
    }
  }

  /** Either integers of 8 bits, or bfloat16 between 1 and 2, negative or not. */
  private static long filled(Handles handles, long layout) {
    long memory = handles.memory(layout);
    byte[] bytes = new byte[Math.toIntExact(OneDnn.dnnl_memory_desc_get_size(layout))];
    synchronized (NUMBERS) {
      NUMBERS.nextBytes(bytes);
    }
    for (int high = 1; high < bytes.length; high += 2) {
      bytes[high] = (byte) ((bytes[high] & 0x80) | 0x3f);
    }
    new Pointer(Handles.address(memory)).write(0, bytes, 0, bytes.length);
    return memory;
  }

  /** For one thread, which closes it. */
  public Pass pass() {
    return new Pass();
  }

  /** The product again and again, with memory of its own. */
  public final class Pass implements AutoCloseable {
    private final Handles own = new Handles(engine);
    private final long stream = own.stream();
    private final Handles.Call call;

    private Pass() {
      boolean integers = product.rounding().isPresent();
      long source =
          own.layout(integers ? OneDnn.U8 : OneDnn.BF16, product.rows(), product.columns());
      long scratchpad = own.memory(own.layout(OneDnn.F32, 1 + product.scratchpadBytes() / 4));
      LongStream arguments =
          LongStream.of(
              OneDnn.SOURCE,
              filled(own, source),
              OneDnn.WEIGHTS,
              factors.weight(),
              OneDnn.BIAS,
              factors.bias(),
              OneDnn.TARGET,
              own.memory(own.layout(OneDnn.F32, product.rows(), columns)));
      LongStream ofIntegers = integers ? steps() : LongStream.empty();
      call =
          own.call(
              product.kernel(),
              Handles.address(scratchpad),
              LongStream.concat(arguments, ofIntegers).toArray());
    }

    private LongStream steps() {
      long step = own.memory(own.layout(OneDnn.F32, 1));
      new Pointer(Handles.address(step)).setFloat(0, 1);
      long zero = own.memory(own.layout(OneDnn.S32, 1));
      new Pointer(Handles.address(zero)).setInt(0, 128);
      return LongStream.of(
          OneDnn.SCALE_OF | OneDnn.SOURCE,
          step,
          OneDnn.ZERO_OF | OneDnn.SOURCE,
          zero,
          OneDnn.SCALE_OF | OneDnn.WEIGHTS,
          factors.scales());
    }

    /** Multiplies once, on the calling thread alone. */
    public void run() {
      OneDnn.omp_set_num_threads(1);
      call.run(stream);
      OneDnn.check(OneDnn.dnnl_stream_wait(stream), "dnnl_stream_wait");
    }

    @Override
    public void close() {
      own.close();
    }
  }

  @Override
  public void close() {
    handles.close();
  }
}
