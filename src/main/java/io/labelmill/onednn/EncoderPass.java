package io.labelmill.onednn;

import com.sun.jna.Pointer;
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
  private final List<Handles.Call> calls = new ArrayList<>();

  EncoderPass(long engine, Sizes sizes, List<Layer> layers) {
    this.sizes = sizes;
    handles = new Handles(engine);
    stream = handles.stream();
    long state = handles.memory(handles.layout(OneDnn.F32, sizes.tokens(), sizes.width()));
    tokens = new Pointer(Handles.address(state));

    long normed = handles.memory(handles.layout(OneDnn.BF16, sizes.tokens(), sizes.width()));
    long stacked = handles.memory(handles.layout(OneDnn.BF16, sizes.tokens(), 3 * sizes.width()));
    long scores =
        handles.memory(handles.layout(OneDnn.F32, sizes.heads(), sizes.tokens(), sizes.tokens()));
    long shares =
        handles.memory(handles.layout(OneDnn.BF16, sizes.heads(), sizes.tokens(), sizes.tokens()));
    long mixed = handles.memory(handles.layout(OneDnn.BF16, sizes.tokens(), sizes.width()));
    long expanded = handles.memory(handles.layout(OneDnn.BF16, sizes.tokens(), sizes.inner()));
    long scratchpad =
        layers.stream().mapToLong(layer -> layer.kernels().scratchpadBytes()).max().orElseThrow();
    Places places =
        new Places(
            Handles.address(state),
            Handles.address(normed),
            Handles.address(stacked),
            Handles.address(scores),
            Handles.address(shares),
            Handles.address(mixed),
            Handles.address(expanded),
            Handles.address(
                handles.memory(handles.layout(OneDnn.F32, 1 + scratchpad / Float.BYTES))));
    for (int i = 0; i < layers.size(); i++) {
      boolean last = i == layers.size() - 1;
      add(layers.get(i), last ? sizes.queries() : sizes.tokens(), places);
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
      long scratchpad) {}

  private void add(Layer layer, long queries, Places places) {
    Kernels kernels = layer.kernels();
    long width = sizes.width();
    long allTokens = memory(OneDnn.F32, places.state, sizes.tokens(), width);
    long state = memory(OneDnn.F32, places.state, queries, width);
    long allNormed = memory(OneDnn.BF16, places.normed, sizes.tokens(), width);
    long normed = memory(OneDnn.BF16, places.normed, queries, width);
    long stacked = memory(OneDnn.BF16, places.stacked, sizes.tokens(), 3 * width);
    long scores = memory(OneDnn.F32, places.scores, sizes.heads(), queries, sizes.tokens());
    long shares = memory(OneDnn.BF16, places.shares, sizes.heads(), queries, sizes.tokens());
    long mixed = memory(OneDnn.BF16, places.mixed, queries, width);
    long expanded = memory(OneDnn.BF16, places.expanded, queries, sizes.inner());
    int third = Math.toIntExact(Short.BYTES * width);
    long query = handles.memory(Kernels.queries(handles, sizes, queries), places.stacked);
    long key = handles.memory(Kernels.keys(handles, sizes), places.stacked + third);
    long value = handles.memory(Kernels.values(handles, sizes), places.stacked + 2L * third);
    long mixedHeads = handles.memory(Kernels.mixed(handles, sizes, queries), places.mixed);

    calls.add(
        norm(kernels.norm(), places.scratchpad, allTokens, layer.gamma(), layer.beta(), allNormed));
    calls.add(product(kernels.stacked(), places.scratchpad, allNormed, layer.stacked(), stacked));
    LongStream scored =
        LongStream.of(OneDnn.SOURCE, query, OneDnn.WEIGHTS, key, OneDnn.TARGET, scores);
    LongStream positions =
        layer.positions() == Handles.NONE
            ? LongStream.empty()
            : LongStream.of(OneDnn.FIRST_POST_OPERATION | OneDnn.SECOND_SOURCE, layer.positions());
    calls.add(
        handles.call(
            kernels.scores(), places.scratchpad, LongStream.concat(scored, positions).toArray()));
    calls.add(
        handles.call(
            kernels.softmax(), places.scratchpad, OneDnn.SOURCE, scores, OneDnn.TARGET, shares));
    calls.add(
        handles.call(
            kernels.mix(),
            places.scratchpad,
            OneDnn.SOURCE,
            shares,
            OneDnn.WEIGHTS,
            value,
            OneDnn.TARGET,
            mixedHeads));
    calls.add(product(kernels.projection(), places.scratchpad, mixed, layer.projection(), state));
    calls.add(
        norm(
            kernels.secondNorm(),
            places.scratchpad,
            state,
            layer.secondGamma(),
            layer.secondBeta(),
            normed));
    calls.add(product(kernels.expansion(), places.scratchpad, normed, layer.expansion(), expanded));
    calls.add(
        product(kernels.contraction(), places.scratchpad, expanded, layer.contraction(), state));
  }

  private Handles.Call norm(
      Handles.Primitive kernel, long scratchpad, long source, long gamma, long beta, long target) {
    return handles.call(
        kernel,
        scratchpad,
        OneDnn.SOURCE,
        source,
        OneDnn.TARGET,
        target,
        OneDnn.SCALE,
        gamma,
        OneDnn.SHIFT,
        beta);
  }

  private Handles.Call product(
      Handles.Primitive kernel,
      long scratchpad,
      long source,
      EncoderLayers.Factors factors,
      long target) {
    return handles.call(
        kernel,
        scratchpad,
        OneDnn.SOURCE,
        source,
        OneDnn.WEIGHTS,
        factors.weight(),
        OneDnn.BIAS,
        factors.bias(),
        OneDnn.TARGET,
        target);
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
    for (Handles.Call each : calls) {
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
