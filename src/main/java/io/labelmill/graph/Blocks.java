package io.labelmill.graph;

import static io.labelmill.graph.OnnxWriter.STANDARD;
import static io.labelmill.graph.OnnxWriter.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The vocabulary in which an architecture says what it computes. A subclass decides which operators
 * and which number formats say it best for one runtime. Values are [batch, tokens, width] where
 * nothing else is said. Used by one thread, for one graph.
 */
abstract class Blocks {
  /** The name of the first axis of every input and output. */
  static final String BATCH = "batch";

  /** A stream and its normalised sum, which are computed together. */
  record Normed(Stream stream, Value normed) {}

  final OnnxWriter onnx;

  Blocks(OnnxWriter onnx) {
    this.onnx = onnx;
  }

  /** The input {@code pixel_values}: float32 [batch, channels, height, width], normalised. */
  Value pixelValues(PatchGrid grid) {
    return onnx.input("pixel_values", List.of(BATCH, grid.channels(), grid.height(), grid.width()));
  }

  /**
   * The stream's beginning: patches, row by row, projected, behind one leading token, and the
   * positions added.
   *
   * @param pixels [batch, channels, height, width]
   * @param projection of a patch, its numbers in the order channel, row, column
   * @param leading the token before the patches (CLS): [width]
   * @param positions [tokens, width], the leading token first, or empty
   */
  Stream tokens(
      Value pixels,
      PatchGrid grid,
      Linear projection,
      Supplier<float[]> leading,
      Optional<Supplier<float[]>> positions) {
    // A patch of zeros stands where the leading token goes: the product leaves zeros there, and one
    // addition brings the token, the bias and the positions, so there is nothing to concatenate.
    Value patches =
        node("Pad", "embedding.rows", List.of(patches(pixels, grid), onnx.longs(0, 1, 0, 0, 0, 0)));
    Value offsets = offsets(grid, projection, leading.get(), positions);
    Linear unbiased =
        new Linear(
            projection.name(),
            projection.in(),
            projection.out(),
            projection.weight(),
            Optional.empty());
    return Stream.of(offsets).plus(patches, unbiased);
  }

  /** [batch, patches, numbers of a patch] of [batch, channels, height, width]. */
  private Value patches(Value pixels, PatchGrid grid) {
    Value cut = pixels;
    int height = grid.rows() * grid.patchHeight();
    int width = grid.columns() * grid.patchWidth();
    if (height != grid.height() || width != grid.width()) {
      // As a convolution does, rows and columns that fill no patch are left out.
      cut =
          node(
              "Slice",
              "embedding.cut",
              List.of(cut, onnx.longs(0, 0), onnx.longs(height, width), onnx.longs(2, 3)));
    }
    Value split =
        node(
            "Reshape",
            "embedding.split",
            List.of(
                cut,
                onnx.longs(
                    -1,
                    grid.channels(),
                    grid.rows(),
                    grid.patchHeight(),
                    grid.columns(),
                    grid.patchWidth())));
    Value ordered =
        node(
            "Transpose",
            "embedding.ordered",
            List.of(split),
            attribute("perm", List.of(0L, 2L, 4L, 1L, 3L, 5L)));
    return node(
        "Reshape",
        "embedding.patches",
        List.of(ordered, onnx.longs(-1, grid.patches(), grid.patchSize())));
  }

  /** What every token begins with before its patch is added: [1, tokens, width]. */
  final Value offsets(
      PatchGrid grid, Linear projection, float[] leading, Optional<Supplier<float[]>> positions) {
    int tokens = grid.patches() + 1;
    int width = projection.out();
    float[] bias = projection.biasOrZeros();
    float[] offsets = positions.map(Supplier::get).orElseGet(() -> new float[tokens * width]);
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] += i < width ? leading[i] : bias[i % width];
    }
    return onnx.floats("embedding.offsets", offsets, 1, tokens, width);
  }

  /**
   * The bias that a relative position bias table gives to every pair of tokens: [1, heads, queries,
   * keys]. The table is stored, not the bias, which is tens of megabytes a model and more: the
   * runtime gathers it once, as it opens the model.
   *
   * @param table [entries, heads]
   * @param index which entry each pair takes, queries by keys, {@code tokens * tokens}; use {@link
   *     #positionIndex}
   */
  final Value positionBias(String name, Supplier<float[]> table, int heads, Value index) {
    float[] entries = table.get();
    int rows = entries.length / heads;
    Linear transposed = new Linear(name, heads, rows, () -> entries, Optional.empty());
    Value stored = onnx.floats(name + ".table", transposed.transposedWeight(), 1, heads, rows);
    return node("Gather", name, List.of(stored, index), attribute("axis", 2));
  }

  /** An index for {@link #positionBias}, stored once however many tables it is used with. */
  final Value positionIndex(int[] index, int tokens) {
    return onnx.integers("relative_position.index", index, tokens, tokens);
  }

  /**
   * The first row of a bias for every query: what one query token alone needs, [1, heads, 1, keys].
   */
  final Value firstQuery(Value positionBias) {
    return node(
        "Slice",
        positionBias.name() + ".first",
        List.of(positionBias, onnx.longs(0), onnx.longs(1), onnx.longs(2)));
  }

  /** Adds the branch that waits and normalises the sum. */
  abstract Normed norm(Stream stream, LayerNorm norm);

  /** Normalises a value that is no stream: [batch, width] or [batch, tokens, width]. */
  abstract Value norm(Value value, LayerNorm norm);

  /** {@code linear} of a value, then the activation. */
  abstract Value linear(Value value, Linear linear, Activation activation);

  /**
   * Attention before its output projection.
   *
   * @param queries [batch, queries, width]
   * @param context where keys and values come from: [batch, keys, width]
   * @param bias added to the scores: [1, heads, queries, keys], or empty
   */
  abstract Value attention(
      Value queries, Value context, SelfAttention attention, Optional<Value> bias);

  /** {@code linear} of a value. */
  final Value linear(Value value, Linear linear) {
    return linear(value, linear, Activation.IDENTITY);
  }

  /** The logits of a classifier: [batch, labels] of [batch, width]. */
  Value classifier(Value pooled, Linear classifier) {
    return linear(pooled, classifier);
  }

  /** The stream's sum with the branch that waits added. */
  final Value sum(Stream stream) {
    return stream
        .branch()
        .map(
            branch ->
                node(
                    "Add",
                    branch.last().name() + ".sum",
                    List.of(linear(branch.input(), branch.last()), stream.sum())))
        .orElse(stream.sum());
  }

  /** The leading token alone, as a value of one token. */
  final Value leading(Value value) {
    return node(
        "Slice",
        value.name() + ".leading",
        List.of(value, onnx.longs(0), onnx.longs(1), onnx.longs(1)));
  }

  /** The stream of the leading token alone. */
  final Stream leading(Stream stream) {
    return new Stream(
        leading(stream.sum()),
        stream.branch().map(branch -> new Stream.Branch(leading(branch.input()), branch.last())));
  }

  /** The mean of all tokens but the leading one: [batch, 1, width]. */
  final Value meanOfPatches(Stream stream, int tokens) {
    // The mean commutes with the branch's last product: one row is multiplied instead of all.
    float[] shares = new float[tokens];
    Arrays.fill(shares, 1, tokens, 1f / (tokens - 1));
    Value weights = onnx.floats("pooling.shares", shares, 1, 1, tokens);
    Stream mean =
        new Stream(
            node("MatMul", "pooling.sum", List.of(weights, stream.sum())),
            stream
                .branch()
                .map(
                    branch ->
                        new Stream.Branch(
                            node("MatMul", "pooling.branch", List.of(weights, branch.input())),
                            branch.last())));
    return sum(mean);
  }

  /** [batch, width] of [batch, 1, width]. */
  final Value squeezed(Value value) {
    return node("Squeeze", value.name() + ".squeezed", List.of(value, onnx.longs(1)));
  }

  /** A node of a standard operator. */
  final Value node(String operator, String name, List<Value> inputs, AttributeProto... attributes) {
    return onnx.node(STANDARD, operator, name, inputs, attributes);
  }

  /** The product alone, without the bias: [.., out] of [.., in]. */
  Value product(Value value, Linear linear) {
    return node("MatMul", linear.name() + ".product", List.of(value, weight(linear)));
  }

  /** The weight as a constant, as MatMul takes it: [in, out]. */
  final Value weight(Linear linear) {
    return onnx.floats(
        linear.name() + ".weight", linear.transposedWeight(), linear.in(), linear.out());
  }

  /** The bias as a constant, if there is one. */
  final Optional<Value> bias(Linear linear) {
    return linear
        .bias()
        .map(values -> onnx.floats(linear.name() + ".bias", values.get(), linear.out()));
  }

  /** The product and the bias. */
  Value affine(Value value, Linear linear) {
    Value product = product(value, linear);
    return bias(linear)
        .map(bias -> node("Add", linear.name(), List.of(product, bias)))
        .orElse(product);
  }

  /** Query, key and value, each [batch, tokens, width], of one product where the input is one. */
  List<Value> projections(Value queries, Value context, SelfAttention attention) {
    int width = attention.query().out();
    if (queries.equals(context)) {
      Linear stacked =
          Linear.stacked(
              attention.name() + ".query_key_value",
              List.of(attention.query(), attention.key(), attention.value()));
      return split(
          affine(context, stacked), attention.name(), List.of("query", "key", "value"), width);
    }
    List<Value> projections = new ArrayList<>(List.of(affine(queries, attention.query())));
    Linear stacked =
        Linear.stacked(
            attention.name() + ".key_value", List.of(attention.key(), attention.value()));
    projections.addAll(
        split(affine(context, stacked), attention.name(), List.of("key", "value"), width));
    return projections;
  }

  private List<Value> split(Value value, String name, List<String> parts, int width) {
    long[] widths = new long[parts.size()];
    Arrays.fill(widths, width);
    return onnx.nodes(
        STANDARD,
        "Split",
        name + ".split",
        List.of(value, onnx.longs(widths)),
        parts.stream().map(part -> name + ".split." + part).toList(),
        attribute("axis", -1));
  }
}
