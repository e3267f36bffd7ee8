package io.labelmill.onednn;

import io.labelmill.onednn.EncoderLayers.Sizes;
import io.labelmill.onednn.Handles.Primitive;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * The kernels of a layer, for all layers with as many queries and the same weights in integers.
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
    Product stacked,
    Primitive scores,
    Primitive softmax,
    Primitive mix,
    Product projection,
    Primitive secondNorm,
    Product expansion,
    Product contraction) {

  /**
   * A product with weights.
   *
   * @param rows of its source
   * @param columns of its source
   * @param rounding how its source becomes integers; empty where the factors are bfloat16
   */
  record Product(Primitive kernel, long rows, long columns, Optional<Quantization> rounding) {
    long scratchpadBytes() {
      long ofSource = rounding.map(Quantization::scratchpadBytes).orElse(0L);
      return Math.max(kernel.scratchpadBytes(), ofSource);
    }
  }

  /** A matrix of weights, bfloat16 or integers. */
  record Weights(int type, long in, long out) {
    boolean integers() {
      return type == OneDnn.S8;
    }
  }

  /**
   * @param biased whether there are position biases
   * @param weights of the four products, in their order here
   */
  static Kernels of(
      Handles handles, Sizes sizes, long queries, boolean biased, List<Weights> weights) {
    long tokens = sizes.tokens();
    long width = sizes.width();
    long stream = handles.layout(OneDnn.F32, queries, width);
    long normed = handles.layout(OneDnn.BF16, queries, width);
    long scores = handles.layout(OneDnn.F32, sizes.heads(), queries, tokens);
    long shares = handles.layout(OneDnn.BF16, sizes.heads(), queries, tokens);
    return new Kernels(
        handles.norm(
            handles.layout(OneDnn.F32, tokens, width),
            handles.layout(OneDnn.BF16, tokens, width),
            sizes.epsilon()),
        product(handles, tokens, weights.get(0), OneDnn.BF16, handles.nothing()),
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
        product(handles, queries, weights.get(1), OneDnn.F32, handles.sum()),
        handles.norm(stream, normed, sizes.epsilon()),
        product(
            handles, queries, weights.get(2), OneDnn.BF16, handles.activation(sizes.activation())),
        product(handles, queries, weights.get(3), OneDnn.F32, handles.sum()));
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

  /**
   * @param rows of the source, which is bfloat16 before it becomes integers
   * @param result its type
   */
  static Product product(Handles handles, long rows, Weights weights, int result, long attributes) {
    Primitive kernel =
        handles.product(
            handles.layout(weights.integers() ? OneDnn.U8 : OneDnn.BF16, rows, weights.in()),
            handles.anyLayout(weights.type(), weights.in(), weights.out()),
            handles.layout(OneDnn.F32, 1, weights.out()),
            handles.layout(result, rows, weights.out()),
            weights.integers() ? handles.ofIntegers(attributes) : attributes);
    return new Product(
        kernel,
        rows,
        weights.in(),
        weights.integers()
            ? Optional.of(Quantization.of(handles, rows, weights.in()))
            : Optional.empty());
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
