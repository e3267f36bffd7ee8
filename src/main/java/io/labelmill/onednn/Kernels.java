package io.labelmill.onednn;

import io.labelmill.onednn.EncoderLayers.Sizes;
import io.labelmill.onednn.Handles.Primitive;
import java.util.stream.LongStream;

/**
 * The kernels of a layer, for all layers with as many queries.
 *
 * @param norm of all tokens, before attention
 * @param stacked product for queries, keys and values
 * @param scores of each head, position bias added
 * @param mix of the values of each head
 * @param projection added to the stream
 * @param contraction added to the stream
 */
record Kernels(
    Primitive norm,
    Primitive stacked,
    Primitive scores,
    Primitive softmax,
    Primitive mix,
    Primitive projection,
    Primitive secondNorm,
    Primitive expansion,
    Primitive contraction) {

  static Kernels of(Handles handles, Sizes sizes, long queries, boolean biased) {
    long tokens = sizes.tokens();
    long width = sizes.width();
    long inner = sizes.inner();
    long stream = handles.layout(OneDnn.F32, queries, width);
    long normed = handles.layout(OneDnn.BF16, queries, width);
    long scores = handles.layout(OneDnn.F32, sizes.heads(), queries, tokens);
    long shares = handles.layout(OneDnn.BF16, sizes.heads(), queries, tokens);
    return new Kernels(
        handles.norm(
            handles.layout(OneDnn.F32, tokens, width),
            handles.layout(OneDnn.BF16, tokens, width),
            sizes.epsilon()),
        product(
            handles,
            handles.layout(OneDnn.BF16, tokens, width),
            width,
            3 * width,
            handles.layout(OneDnn.BF16, tokens, 3 * width),
            handles.nothing()),
        handles.product(
            queries(handles, sizes, queries),
            keys(handles, sizes),
            Handles.NONE,
            scores,
            biased ? handles.addition(scores) : handles.nothing()),
        handles.softmax(scores, shares),
        handles.product(
            shares,
            values(handles, sizes),
            Handles.NONE,
            mixed(handles, sizes, queries),
            handles.nothing()),
        product(handles, normed, width, width, stream, handles.sum()),
        handles.norm(stream, normed, sizes.epsilon()),
        product(
            handles,
            normed,
            width,
            inner,
            handles.layout(OneDnn.BF16, queries, inner),
            handles.activation(sizes.activation())),
        product(
            handles,
            handles.layout(OneDnn.BF16, queries, inner),
            inner,
            width,
            stream,
            handles.sum()));
  }

  /** The most that one of them wants. */
  long scratchpadBytes() {
    return LongStream.of(
            norm.scratchpadBytes(),
            stacked.scratchpadBytes(),
            scores.scratchpadBytes(),
            softmax.scratchpadBytes(),
            mix.scratchpadBytes(),
            projection.scratchpadBytes(),
            secondNorm.scratchpadBytes(),
            expansion.scratchpadBytes(),
            contraction.scratchpadBytes())
        .max()
        .orElseThrow();
  }

  private static Primitive product(
      Handles handles, long source, long in, long out, long target, long attributes) {
    return handles.product(
        source,
        handles.anyLayout(OneDnn.BF16, in, out),
        handles.layout(OneDnn.F32, 1, out),
        target,
        attributes);
  }

  /** [heads, queries, head size] in rows of queries, keys and values. */
  static long queries(Handles handles, Sizes sizes, long queries) {
    return ofHeads(handles, sizes, queries, 3 * sizes.width());
  }

  /** [heads, head size, tokens] there. */
  static long keys(Handles handles, Sizes sizes) {
    return handles.layout(
        OneDnn.BF16,
        new long[] {sizes.heads(), sizes.headSize(), sizes.tokens()},
        new long[] {sizes.headSize(), 1, 3 * sizes.width()});
  }

  /** [heads, tokens, head size] there. */
  static long values(Handles handles, Sizes sizes) {
    return ofHeads(handles, sizes, sizes.tokens(), 3 * sizes.width());
  }

  /** [heads, queries, head size] in rows of all heads. */
  static long mixed(Handles handles, Sizes sizes, long queries) {
    return ofHeads(handles, sizes, queries, sizes.width());
  }

  private static long ofHeads(Handles handles, Sizes sizes, long rows, long rowLength) {
    return handles.layout(
        OneDnn.BF16,
        new long[] {sizes.heads(), rows, sizes.headSize()},
        new long[] {sizes.headSize(), rowLength, 1});
  }
}
