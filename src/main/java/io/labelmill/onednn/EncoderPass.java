package io.labelmill.onednn;

import com.sun.jna.Pointer;
import io.labelmill.onednn.EncoderLayers.Factors;
import io.labelmill.onednn.EncoderLayers.Layer;
import io.labelmill.onednn.EncoderLayers.Sizes;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The layers for one image after the other, with memory of its own, so that what an image gives
 * does not depend on its batch. Used by one thread, which works alone; who asked for it closes it.
 */
public final class EncoderPass implements AutoCloseable {
  private final Handles handles;
  private final Sizes sizes;
  private final long stream;
  private final Pointer tokens;
  private final Places places;
  private final List<Step> steps = new ArrayList<>();

  /** What is done after one another. */
  private interface Step {
    void run(long stream);
  }

  EncoderPass(long engine, Sizes sizes, List<Layer> layers) {
    this.sizes = sizes;
    handles = new Handles(engine);
    stream = handles.stream();
    long scratchpad =
        layers.stream().mapToLong(layer -> layer.kernels().scratchpadBytes()).max().orElseThrow();
    places =
        new Places(
            place(OneDnn.F32, sizes.width()),
            place(OneDnn.BF16, sizes.width()),
            place(OneDnn.BF16, 3 * sizes.width()),
            place(OneDnn.F32, sizes.heads() * sizes.tokens()),
            place(OneDnn.BF16, sizes.heads() * sizes.tokens()),
            place(OneDnn.BF16, sizes.width()),
            place(OneDnn.BF16, sizes.inner()),
            place(OneDnn.U8, Math.max(sizes.width(), sizes.inner())),
            Handles.address(
                handles.memory(handles.layout(OneDnn.F32, 1 + scratchpad / Float.BYTES))));
    tokens = new Pointer(places.state);
    for (int i = 0; i < layers.size(); i++) {
      boolean last = i == layers.size() - 1;
      add(layers.get(i), last ? sizes.queries() : sizes.tokens());
    }
  }

  /** Addresses of what lies between kernels. */
  private record Places(
      long state,
      long normed,
      long stacked,
      long scores,
      long shares,
      long mixed,
      long expanded,
      long integers,
      long scratchpad) {}

  /** Room for rows of all tokens. */
  private long place(int type, long rowLength) {
    return Handles.address(handles.memory(handles.layout(type, sizes.tokens(), rowLength)));
  }

  private void add(Layer layer, long queries) {
    Kernels kernels = layer.kernels();
    long width = sizes.width();
    long state = memory(OneDnn.F32, places.state, queries, width);

    norm(
        kernels.norm(),
        memory(OneDnn.F32, places.state, sizes.tokens(), width),
        layer.gamma(),
        layer.beta(),
        memory(OneDnn.BF16, places.normed, sizes.tokens(), width));
    multiply(
        kernels.stacked(),
        places.normed,
        layer.stacked(),
        memory(OneDnn.BF16, places.stacked, sizes.tokens(), 3 * width));
    attend(layer, queries);
    multiply(kernels.projection(), places.mixed, layer.projection(), state);
    norm(
        kernels.secondNorm(),
        state,
        layer.secondGamma(),
        layer.secondBeta(),
        memory(OneDnn.BF16, places.normed, queries, width));
    multiply(
        kernels.expansion(),
        places.normed,
        layer.expansion(),
        memory(OneDnn.BF16, places.expanded, queries, sizes.inner()));
    multiply(kernels.contraction(), places.expanded, layer.contraction(), state);
  }

  private void attend(Layer layer, long queries) {
    Kernels kernels = layer.kernels();
    long third = Short.BYTES * sizes.width();
    long query = handles.memory(Kernels.queries(handles, sizes, queries), places.stacked);
    long key = handles.memory(Kernels.keys(handles, sizes), places.stacked + third);
    long value = handles.memory(Kernels.values(handles, sizes), places.stacked + 2 * third);
    long mixed = handles.memory(Kernels.mixed(handles, sizes, queries), places.mixed);
    long scores = memory(OneDnn.F32, places.scores, sizes.heads(), queries, sizes.tokens());
    long shares = memory(OneDnn.BF16, places.shares, sizes.heads(), queries, sizes.tokens());
    LongStream scored =
        LongStream.of(OneDnn.SOURCE, query, OneDnn.WEIGHTS, key, OneDnn.TARGET, scores);
    LongStream positions =
        layer.positions() == Handles.NONE
            ? LongStream.empty()
            : LongStream.of(OneDnn.FIRST_POST_OPERATION | OneDnn.SECOND_SOURCE, layer.positions());
    call(kernels.scores(), LongStream.concat(scored, positions).toArray());
    call(kernels.softmax(), OneDnn.SOURCE, scores, OneDnn.TARGET, shares);
    call(kernels.mix(), OneDnn.SOURCE, shares, OneDnn.WEIGHTS, value, OneDnn.TARGET, mixed);
  }

  private void norm(Handles.Primitive kernel, long source, long gamma, long beta, long target) {
    call(
        kernel,
        OneDnn.SOURCE,
        source,
        OneDnn.TARGET,
        target,
        OneDnn.SCALE,
        gamma,
        OneDnn.SHIFT,
        beta);
  }

  /**
   * @param source its address; bfloat16
   */
  private void multiply(Kernels.Product product, long source, Factors factors, long target) {
    LongStream rest =
        LongStream.of(
            OneDnn.WEIGHTS, factors.weight(), OneDnn.BIAS, factors.bias(), OneDnn.TARGET, target);
    LongStream first =
        product
            .rounding()
            .map(quantization -> quantized(product, quantization, source, factors))
            .orElseGet(
                () ->
                    LongStream.of(
                        OneDnn.SOURCE,
                        memory(OneDnn.BF16, source, product.rows(), product.columns())));
    call(product.kernel(), LongStream.concat(first, rest).toArray());
  }

  /** The arguments that are integers and what belongs to them. */
  private LongStream quantized(
      Kernels.Product product, Quantization quantization, long place, Factors factors) {
    long numbers = product.rows() * product.columns();
    long source = memory(OneDnn.BF16, place, 1, numbers);
    long least = handles.memory(handles.layout(OneDnn.F32, 1, 1));
    long largest = handles.memory(handles.layout(OneDnn.F32, 1, 1));
    long factor = handles.memory(handles.layout(OneDnn.F32, 1, 1));
    long offset = handles.memory(handles.layout(OneDnn.F32, 1, 1));
    long step = handles.memory(handles.layout(OneDnn.F32, 1));
    long zero = handles.memory(handles.layout(OneDnn.S32, 1));
    call(quantization.least(), OneDnn.SOURCE, source, OneDnn.TARGET, least);
    call(quantization.largest(), OneDnn.SOURCE, source, OneDnn.TARGET, largest);
    Pointer from = new Pointer(Handles.address(least));
    Pointer to = new Pointer(Handles.address(largest));
    Pointer factorOf = new Pointer(Handles.address(factor));
    Pointer offsetOf = new Pointer(Handles.address(offset));
    Pointer stepOf = new Pointer(Handles.address(step));
    Pointer zeroOf = new Pointer(Handles.address(zero));
    steps.add(
        stream -> {
          Quantization.Steps found = Quantization.Steps.between(from.getFloat(0), to.getFloat(0));
          factorOf.setFloat(0, 1 / found.step());
          offsetOf.setFloat(0, found.zero());
          stepOf.setFloat(0, found.step());
          zeroOf.setInt(0, found.zero());
        });
    call(
        quantization.rounding(),
        OneDnn.SOURCE,
        source,
        OneDnn.SECOND_SOURCE,
        factor,
        OneDnn.FIRST_POST_OPERATION | OneDnn.SECOND_SOURCE,
        offset,
        OneDnn.TARGET,
        memory(OneDnn.U8, places.integers, 1, numbers));
    return LongStream.of(
        OneDnn.SOURCE,
        memory(OneDnn.U8, places.integers, product.rows(), product.columns()),
        OneDnn.SCALE_OF | OneDnn.SOURCE,
        step,
        OneDnn.ZERO_OF | OneDnn.SOURCE,
        zero,
        OneDnn.SCALE_OF | OneDnn.WEIGHTS,
        factors.scales());
  }

  private void call(Handles.Primitive kernel, long... arguments) {
    steps.add(handles.call(kernel, places.scratchpad, arguments)::run);
  }

  private long memory(int type, long address, long... shape) {
    return handles.memory(handles.layout(type, shape), address);
  }

  /**
   * Runs the layers.
   *
   * @param start the stream of one image, [tokens, width]; read from its position on
   * @param end gets the tokens that are wanted behind the last layer, [queries, width]
   */
  public void run(FloatBuffer start, FloatBuffer end) {
    OneDnn.omp_set_num_threads(1);
    view(sizes.tokens()).put(start);
    for (Step each : steps) {
      each.run(stream);
    }
    OneDnn.check(OneDnn.dnnl_stream_wait(stream), "dnnl_stream_wait");
    end.put(view(sizes.queries()));
  }

  private FloatBuffer view(long rows) {
    return tokens
        .getByteBuffer(0, Float.BYTES * rows * sizes.width())
        .order(java.nio.ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  @Override
  public void close() {
    handles.close();
  }
}
