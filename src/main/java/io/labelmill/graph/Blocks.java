package io.labelmill.graph;

import static io.labelmill.graph.OnnxWriter.STANDARD;
import static io.labelmill.graph.OnnxWriter.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
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

  /**
   * What is added to the score of a key that is hidden: the lowest number of half precision. Its
   * exponential is 0, and unlike infinity it makes no sum that is no number.
   */
  private static final float HIDDEN = -65504;

  final OnnxWriter onnx;

  private Optional<PixelTable> pixels = Optional.empty();

  Blocks(OnnxWriter onnx) {
    this.onnx = onnx;
  }

  /**
   * The same blocks, of which the graph's input is the samples of pictures instead of pixel values:
   * {@code samples}, uint8 [batch, channels, height, width].
   *
   * @param table empty for pixel values
   */
  final Blocks of(Optional<PixelTable> table) {
    pixels = table;
    return this;
  }

  /** A constant in the arithmetic of these blocks, row-major. */
  Value numbers(String name, float[] values, long... shape) {
    return onnx.floats(name, values, shape);
  }

  /**
   * How many tokens the stream should have where attention scores get a bias: at least {@code
   * tokens}, those behind them hidden from attention by the bias.
   */
  int biasedTokens(int tokens) {
    return tokens;
  }

  /** A float32 value as one of these blocks. */
  Value ofFloat32(Value value) {
    return value;
  }

  /** A value of these blocks as float32. */
  Value float32(Value value) {
    return value;
  }

  /** Blocks of the same graph that take and give float32. */
  Blocks inFloat32() {
    return this;
  }

  /** Sentences about the graph so far that the user should see. */
  List<String> warnings() {
    return List.of();
  }

  /** The input {@code pixel_values}: float32 [batch, channels, height, width], normalised. */
  Value pixelValues(PatchGrid grid) {
    List<Object> axes = List.of(BATCH, grid.channels(), grid.height(), grid.width());
    if (pixels.isEmpty()) {
      return ofFloat32(onnx.input("pixel_values", axes));
    }
    Value samples = onnx.input("samples", TensorProto.DataType.UINT8, axes);
    AttributeProto integers = attribute("to", TensorProto.DataType.INT32.getNumber());
    Value indices = node("Cast", "samples.integers", List.of(samples), integers);
    int[] starts = {0, PixelTable.SAMPLES, 2 * PixelTable.SAMPLES};
    Value channels = onnx.integers("samples.channels", starts, 1, PixelTable.CHANNELS, 1, 1);
    Value table = numbers("samples.table", pixels.get().floats(), pixels.get().values().size());
    return node(
        "Gather",
        "pixel_values",
        List.of(table, node("Add", "samples.indices", List.of(indices, channels))));
  }

  /**
   * The stream's beginning: patches, row by row, projected, behind the leading tokens, and the
   * positions added.
   *
   * @param pixelValues [batch, channels, height, width]
   * @param length tokens of the stream, at least those of the grid; the ones behind them are zeros
   * @param projection of a patch, its numbers in the order channel, row, column
   * @param leading the tokens before the patches (CLS): [leading tokens, width]
   * @param positions [tokens, width], the leading tokens first, or empty
   */
  Stream tokens(
      Value pixelValues,
      PatchGrid grid,
      int length,
      Linear projection,
      Supplier<float[]> leading,
      Optional<Supplier<float[]>> positions) {
    // Patches of zeros stand where leading tokens go: the product leaves zeros there, and one
    // addition brings the tokens, the bias and the positions, so there is nothing to concatenate.
    float[] first = leading.get();
    int firsts = first.length / projection.out();
    Value patches =
        node(
            "Pad",
            "embedding.rows",
            List.of(
                patches(pixelValues, grid),
                onnx.longs(0, firsts, 0, 0, length - grid.patches() - firsts, 0)));
    Value offsets = offsets(grid, length, projection, first, positions);
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

  /** What every token begins with before its patch is added: [1, length, width]. */
  final Value offsets(
      PatchGrid grid,
      int length,
      Linear projection,
      float[] leading,
      Optional<Supplier<float[]>> positions) {
    int width = projection.out();
    int numbers = leading.length + grid.patches() * width;
    float[] bias = projection.biasOrZeros();
    float[] offsets = positions.map(Supplier::get).orElseGet(() -> new float[numbers]);
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] += i < leading.length ? leading[i] : bias[i % width];
    }
    return numbers("embedding.offsets", Arrays.copyOf(offsets, length * width), 1, length, width);
  }

  /**
   * The bias that a relative position bias table gives to every pair of tokens: [1, heads, queries,
   * keys]. The table is stored, not the bias, which is tens of megabytes a model and more: the
   * runtime gathers it once, as it opens the model.
   *
   * @param table [entries, heads]
   * @param index which entry each pair takes, queries by keys; use {@link #positionIndex}
   * @param zero added to the table, if it is there: a 0 that the runtime does not know, so that it
   *     gathers in each pass and holds one bias at a time
   */
  Value positionBias(
      String name, Supplier<float[]> table, int heads, Value index, Optional<Value> zero) {
    float[] entries = table.get();
    // One entry more, for keys that no query may see.
    int rows = entries.length / heads + 1;
    float[] all = Arrays.copyOf(entries, rows * heads);
    Arrays.fill(all, entries.length, all.length, HIDDEN);
    if (zero.isPresent()) {
      // Rows of all heads are found in a third of the time, their exchange included.
      Value stored = numbers(name + ".table", all, rows, heads);
      Value late = node("Add", name + ".late", List.of(stored, zero.get()));
      Value pairs = node("Gather", name + ".pairs", List.of(late, index), attribute("axis", 0));
      Value ordered = node("Transpose", name + ".heads", List.of(pairs), perm(2, 0, 1));
      return node("Unsqueeze", name, List.of(ordered, onnx.longs(0)));
    }
    Linear transposed = new Linear(name, heads, rows, () -> all, Optional.empty());
    Value stored = numbers(name + ".table", transposed.transposedWeight(), 1, heads, rows);
    return node("Gather", name, List.of(stored, index), attribute("axis", 2));
  }

  /**
   * An index for {@link #positionBias}, stored once however many tables it is used with.
   *
   * @param index which entry each pair of tokens takes, {@code tokens * tokens}
   * @param entries of each table
   * @param length tokens of the stream; those from {@code tokens} on are hidden
   */
  Value positionIndex(int[] index, int tokens, int entries, int length) {
    int[] whole = new int[length * length];
    Arrays.fill(whole, entries);
    for (int query = 0; query < length; query++) {
      // What a hidden token asks for matters to nobody: it sees what the first one sees.
      int row = query < tokens ? query : 0;
      System.arraycopy(index, row * tokens, whole, query * length, tokens);
    }
    return onnx.integers("relative_position.index", whole, length, length);
  }

  /** The stream behind an encoder's layers; parameters as for {@link Encoder#write}. */
  Stream encoded(Encoder encoder, Stream start, List<Optional<Value>> biases, int wanted) {
    return encoder.writeLayers(this, start, biases, wanted);
  }

  /** 0, which nobody knows before a pass: [1]. */
  Value zeroOf(Value input) {
    Value shape = node("Shape", "zero.shape", List.of(input));
    Value batch = node("Slice", "zero.batch", List.of(shape, onnx.longs(0), onnx.longs(1)));
    Value difference = node("Sub", "zero.difference", List.of(batch, batch));
    AttributeProto floats = attribute("to", TensorProto.DataType.FLOAT.getNumber());
    return ofFloat32(node("Cast", "zero", List.of(difference), floats));
  }

  MapBlocks maps() {
    return new MapBlocks(this);
  }

  /** The patches of a stream, without what stands before and behind them. */
  final Value patchTokens(Value value, int patches, String name) {
    return node(
        "Slice", name, List.of(value, onnx.longs(1), onnx.longs(1 + patches), onnx.longs(1)));
  }

  /**
   * A convolution of three by three over a map, zeros around it, then the activation: [batch, rows
   * times columns, width] in and out.
   */
  Value convolution(Value map, MapGrid grid, Linear convolution, Nonlinearity activation) {
    int width = convolution.in() / 9;
    String name = convolution.name();
    Value channels = node("Transpose", name + ".channels", List.of(map), perm(0, 2, 1));
    Value image =
        node(
            "Reshape",
            name + ".map",
            List.of(channels, onnx.longs(-1, width, grid.rows(), grid.columns())));
    List<Value> inputs = new ArrayList<>(List.of(image));
    inputs.add(
        numbers(name + ".weight", convolution.weight().get(), convolution.out(), width, 3, 3));
    bias(convolution).ifPresent(inputs::add);
    Value result = node("Conv", name, inputs, attribute("pads", List.of(1L, 1L, 1L, 1L)));
    Value active = StandardBlocks.activation(this, result, activation);
    Value points =
        node(
            "Reshape",
            name + ".points",
            List.of(active, onnx.longs(-1, convolution.out(), grid.points())));
    return node("Transpose", name + ".tokens", List.of(points), perm(0, 2, 1));
  }

  static AttributeProto perm(long... perm) {
    return attribute("perm", Arrays.stream(perm).boxed().toList());
  }

  /** The first tokens of a stream alone. */
  final Value first(Value value, int tokens, int length) {
    return tokens == length
        ? value
        : node(
            "Slice",
            value.name() + ".tokens",
            List.of(value, onnx.longs(0), onnx.longs(tokens), onnx.longs(1)));
  }

  /** The part of a bias that the first tokens need as queries: [1, heads, count, keys]. */
  final Value firstQueries(Value positionBias, int count) {
    return node(
        "Slice",
        positionBias.name() + ".first",
        List.of(positionBias, onnx.longs(0), onnx.longs(count), onnx.longs(2)));
  }

  /** Adds the branch that waits and normalises the sum. */
  abstract Normed norm(Stream stream, LayerNorm norm);

  /** Normalises a value that is no stream: [batch, width] or [batch, tokens, width]. */
  abstract Value norm(Value value, LayerNorm norm);

  /** {@code linear} of a value, then the activation. */
  abstract Value linear(Value value, Linear linear, Nonlinearity activation);

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
    return linear(value, linear, Nonlinearity.IDENTITY);
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

  /** The first tokens alone. */
  final Value leading(Value value, int count) {
    return node(
        "Slice",
        value.name() + ".leading",
        List.of(value, onnx.longs(0), onnx.longs(count), onnx.longs(1)));
  }

  /** The stream of the first tokens alone. */
  final Stream leading(Stream stream, int count) {
    return new Stream(
        leading(stream.sum(), count),
        stream
            .branch()
            .map(branch -> new Stream.Branch(leading(branch.input(), count), branch.last())));
  }

  /** The mean of all tokens but the leading one: [batch, 1, width]. */
  final Value meanOfPatches(Stream stream, int tokens, int length) {
    // The mean commutes with the branch's last product: one row is multiplied instead of all.
    float[] shares = new float[length];
    Arrays.fill(shares, 1, tokens, 1f / (tokens - 1));
    Value weights = numbers("pooling.shares", shares, 1, 1, length);
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

  /** Tokens one behind the other: [batch, tokens times width]. */
  final Value joined(Value value) {
    return node("Flatten", value.name() + ".joined", List.of(value), attribute("axis", 1));
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
    return numbers(linear.name() + ".weight", linear.transposedWeight(), linear.in(), linear.out());
  }

  /** The bias as a constant, if there is one. */
  final Optional<Value> bias(Linear linear) {
    return linear
        .bias()
        .map(values -> numbers(linear.name() + ".bias", values.get(), linear.out()));
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
