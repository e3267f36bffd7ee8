package io.labelmill.graph;

import static io.labelmill.graph.OnnxWriter.CONTRIB;
import static io.labelmill.graph.OnnxWriter.STANDARD;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Products of 8-bit integers in ONNX Runtime's own operators. The scale of an input is that of the
 * whole tensor, so a batch is one image: in a larger one an image's score would depend on its
 * neighbours.
 */
class QuantizedBlocks extends FusedBlocks {
  /**
   * What rounding may change a weight by, see {@link QuantizedWeight#rounding}, before its product
   * stays float32. Weights of a normal distribution change by 0.02; where it is more, an output has
   * single weights far above all others, which leave these few steps or none.
   */
  static final double MOST_ROUNDING = 0.05;

  /**
   * What the same times the head's {@link Head#gain} may be, for each label. Where rounding changes
   * the weights by r, logits come out 1 to 6 times r times the gain off, most of that the same for
   * all images. A score moves by a quarter of it at most, and by less the more labels there are, of
   * which most are near 0. Heads of 4 labels that were fitted to a trained and to a random network,
   * with any regularization, moved their scores by less than 0.01 in the mean within this bound,
   * and by up to 0.013 at one and a half times of it.
   */
  static final double MOST_PER_LABEL = 0.005;

  /** However few labels there are. */
  private static final int FEWEST_LABELS = 4;

  /** However many: what is left to keep then is the best label. */
  private static final int MOST_LABELS = 10;

  /** Writes what stays float32 as a graph of float32 has it. */
  private final FusedBlocks exact;

  private final Rounding rounding;

  /** The name of the pixels' product. */
  private Optional<String> pixels = Optional.empty();

  /**
   * @param head that the graph's logits come from; empty where it has none
   */
  QuantizedBlocks(OnnxWriter onnx, Optional<Head> head) {
    super(onnx);
    this.exact = new FusedBlocks(onnx);
    this.rounding = new Rounding(QuantizedWeight.LARGEST, mostRounding(head));
  }

  /** What rounding may change the weights of a network by. */
  static double mostRounding(Optional<Head> head) {
    return head.map(QuantizedBlocks::mostRounding).orElse(MOST_ROUNDING);
  }

  /** What rounding may change the weights of a network with that head by. */
  static double mostRounding(Head head) {
    int labels = Math.max(FEWEST_LABELS, Math.min(MOST_LABELS, head.classifier().out()));
    return Math.min(MOST_ROUNDING, labels * MOST_PER_LABEL / head.gain());
  }

  @Override
  List<String> warnings() {
    return rounding.warnings(Precision.INT8, Precision.FP32);
  }

  /** The weight in integers; empty where rounding it would hurt. */
  Optional<QuantizedWeight> quantized(Linear linear) {
    return rounding.rounded(linear);
  }

  @Override
  Stream tokens(
      Value pixelValues,
      PatchGrid grid,
      int length,
      Linear projection,
      Supplier<float[]> leading,
      Optional<Supplier<float[]>> positions) {
    pixels = Optional.of(projection.name());
    return super.tokens(pixelValues, grid, length, projection, leading, positions);
  }

  @Override
  Value product(Value value, Linear linear) {
    boolean isOfPixels = pixels.equals(Optional.of(linear.name()));
    return quantized(linear)
        .map(
            weight ->
                isOfPixels ? inTwoTerms(value, linear, weight) : product(value, linear, weight))
        .orElseGet(() -> exact.product(value, linear));
  }

  /**
   * The pixels' product is small and all layers build on it, so that its error would be the largest
   * of all: the weights get a second term of integers for what rounding left of them.
   */
  private Value inTwoTerms(Value value, Linear linear, QuantizedWeight weight) {
    List<Value> integers = integers(value, linear.name());
    Linear rest = weight.rest(linear);
    return node(
        "Add",
        linear.name() + ".sum",
        List.of(
            projected(value, integers, linear, Optional.of(weight)),
            projected(value, integers, rest, Optional.of(QuantizedWeight.of(rest)))));
  }

  @Override
  Value affine(Value value, Linear linear) {
    return quantized(linear)
        .map(weight -> affine(value, linear, weight))
        .orElseGet(() -> exact.affine(value, linear));
  }

  @Override
  Value linear(Value value, Linear linear, Nonlinearity activation) {
    return quantized(linear)
        .map(weight -> linear(value, linear, weight, activation))
        .orElseGet(() -> exact.linear(value, linear, activation));
  }

  private Value linear(
      Value value, Linear linear, QuantizedWeight weight, Nonlinearity activation) {
    return switch (activation) {
      // The tanh form costs a third less, and is nearer to the exact one than an 8-bit step.
      case GELU, GELU_TANH -> activated("FastGelu", product(value, linear, weight), linear);
      default -> StandardBlocks.activation(this, affine(value, linear, weight), activation);
    };
  }

  private Value product(Value value, Linear linear, QuantizedWeight weight) {
    return multiplied(value, linear, weight, linear.name() + ".product", Value.NONE);
  }

  private Value affine(Value value, Linear linear, QuantizedWeight weight) {
    return multiplied(value, linear, weight, linear.name(), bias(linear).orElse(Value.NONE));
  }

  private Value multiplied(
      Value value, Linear linear, QuantizedWeight weight, String name, Value bias) {
    return onnx.node(
        CONTRIB,
        "DynamicQuantizeMatMul",
        name,
        List.of(value, integers(linear, weight), scales(linear, weight), Value.NONE, bias));
  }

  /** As a product of the integers under all taps, which lie beside each other. */
  @Override
  Value convolution(Value map, MapGrid grid, Linear convolution, Nonlinearity activation) {
    Linear channelsLast = convolution.channelsLast(9);
    return quantized(channelsLast)
        .map(weight -> convolution(map, grid, channelsLast, weight, activation))
        .orElseGet(() -> exact.convolution(map, grid, convolution, activation));
  }

  private Value convolution(
      Value map,
      MapGrid grid,
      Linear convolution,
      QuantizedWeight weight,
      Nonlinearity activation) {
    String name = convolution.name();
    List<Value> integers = integers(map, name);
    int rows = grid.rows();
    int columns = grid.columns();
    Value image =
        node(
            "Reshape",
            name + ".map",
            List.of(integers.get(0), onnx.longs(-1, rows, columns, convolution.in() / 9)));
    Value padded =
        node(
            "Pad",
            name + ".padded",
            List.of(image, onnx.longs(0, 1, 1, 0, 0, 1, 1, 0), integers.get(2)));
    Value besides = neighbours(padded, name + ".columns", columns, 2);
    Value taps = neighbours(besides, name + ".rows", rows, 1);
    Value points =
        node(
            "Reshape",
            name + ".points",
            List.of(taps, onnx.longs(-1, grid.points(), convolution.in())));
    List<Value> input = List.of(points, integers.get(1), integers.get(2));
    Value result = projected(map, input, convolution, Optional.of(weight));
    return StandardBlocks.activation(this, result, activation);
  }

  /** Each place's neighbour before it, itself and the one behind it along an axis. */
  private Value neighbours(Value padded, String name, int length, int axis) {
    List<Value> parts = new ArrayList<>();
    for (int tap = 0; tap < 3; tap++) {
      parts.add(
          node(
              "Slice",
              name + "." + tap,
              List.of(padded, onnx.longs(tap), onnx.longs(tap + length), onnx.longs(axis))));
    }
    return node("Concat", name, parts, OnnxWriter.attribute("axis", -1));
  }

  @Override
  Value attention(Value queries, Value context, SelfAttention attention, Optional<Value> bias) {
    Optional<QuantizedWeight> query = quantized(attention.query());
    Optional<QuantizedWeight> key = quantized(attention.key());
    Optional<QuantizedWeight> value = quantized(attention.value());
    boolean oneInput = queries.equals(context);
    if (key.isEmpty() && value.isEmpty() && (query.isEmpty() || !oneInput)) {
      // The query of a single token is not worth the integers.
      rounding.leave(attention.query());
      return exact.attention(queries, context, attention, bias);
    }
    // Three products of one input, which is quantized once: splitting one product costs more.
    List<Value> integers = integers(context, attention.name());
    Value projected =
        oneInput
            ? projected(context, integers, attention.query(), query)
            : query
                .map(weight -> affine(queries, attention.query(), weight))
                .orElseGet(() -> exact.affine(queries, attention.query()));
    return multiHeadAttention(
        List.of(
            projected,
            projected(context, integers, attention.key(), key),
            projected(context, integers, attention.value(), value)),
        attention,
        bias);
  }

  /** A value in integers, their scale and their zero. */
  private List<Value> integers(Value value, String user) {
    String name = user + ".input";
    return onnx.nodes(
        STANDARD,
        "DynamicQuantizeLinear",
        name,
        List.of(value),
        List.of(name + ".integers", name + ".scale", name + ".zero"));
  }

  /**
   * An affine map of an input that is quantized already.
   *
   * @param integers its integers, scale, zero
   */
  private Value projected(
      Value context, List<Value> integers, Linear linear, Optional<QuantizedWeight> quantized) {
    return quantized
        .map(
            weight ->
                onnx.node(
                    CONTRIB,
                    "MatMulIntegerToFloat",
                    linear.name(),
                    List.of(
                        integers.get(0),
                        integers(linear, weight),
                        integers.get(1),
                        scales(linear, weight),
                        integers.get(2),
                        Value.NONE,
                        bias(linear).orElse(Value.NONE))))
        .orElseGet(() -> exact.affine(context, linear));
  }

  private Value integers(Linear linear, QuantizedWeight weight) {
    return onnx.bytes(linear.name() + ".weight", weight.values(), linear.in(), linear.out());
  }

  private Value scales(Linear linear, QuantizedWeight weight) {
    return onnx.floats(linear.name() + ".scales", weight.scales(), linear.out());
  }
}
