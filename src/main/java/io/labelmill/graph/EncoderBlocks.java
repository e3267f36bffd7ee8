package io.labelmill.graph;

import static io.labelmill.graph.OnnxWriter.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * An encoder whose layers run in another engine than what stands before and behind them: each is
 * one node, {@value #LAYER} of {@value #DOMAIN}, factors of its products in bfloat16, or weights in
 * 8-bit integers. All else is float32 as ever.
 *
 * <p>Inputs of a node: the stream, the position bias [1, heads, tokens, tokens] or nothing, then
 * gamma and beta of the norm before attention, weight and bias of query, key and value as one
 * product, of the projection, gamma and beta of the second norm, weight and bias of the expansion
 * and of the contraction. Behind them come the scales of the four weights, [out], or nothing where
 * a weight is no integers. Weights are [in, out]; queries are divided by the square root of the
 * head size already.
 */
public final class EncoderBlocks extends FusedBlocks {
  /** Name of the file with the nodes, by which such a graph is known. */
  public static final String FILE = "encoder.onnx";

  public static final String DOMAIN = "io.labelmill";

  /** Operator of the nodes. */
  public static final String LAYER = "Layer";

  /** Attribute: the name of an {@link Nonlinearity}. */
  public static final String ACTIVATION = "activation";

  /** Attribute: how many of the first tokens are computed. */
  public static final String QUERIES = "queries";

  /** Attribute: tokens of the stream. */
  public static final String TOKENS = "tokens";

  /** Attribute: heads of the attention. */
  public static final String HEADS = "heads";

  /** The inputs from here on are the scales of weights. */
  public static final int FIRST_SCALES = 14;

  /** Attribute: epsilon of both norms. */
  public static final String EPSILON = "epsilon";

  /** The entry of a table for each pair of tokens, by the name of the index. */
  private final Map<String, int[]> indices = new HashMap<>();

  private final Map<String, Value> biases = new HashMap<>();

  /** Empty where no weights are integers. */
  private final Optional<Rounding> rounding;

  private EncoderBlocks(OnnxWriter onnx, Optional<Rounding> rounding) {
    super(onnx);
    this.rounding = rounding;
  }

  /** Factors in bfloat16. */
  static EncoderBlocks ofBrainFloats(OnnxWriter onnx) {
    return new EncoderBlocks(onnx, Optional.empty());
  }

  /**
   * Weights in integers, but for those that rounding would hurt.
   *
   * @param head that the graph's logits come from; empty where it has none
   */
  static EncoderBlocks ofIntegers(OnnxWriter onnx, Optional<Head> head) {
    double most = QuantizedBlocks.mostRounding(head);
    return new EncoderBlocks(
        onnx, Optional.of(new Rounding(QuantizedWeight.LARGEST_OF_EIGHT_BITS, most)));
  }

  @Override
  List<String> warnings() {
    return rounding
        .map(each -> each.warnings(Precision.INT8_BF16, Precision.BF16))
        .orElse(List.of());
  }

  @Override
  Value positionIndex(int[] index, int tokens, int entries, int length) {
    String name = "relative_position.index";
    indices.put(name, index);
    return new Value(name);
  }

  /** Gathered here: it is what each pass reads. */
  @Override
  Value positionBias(
      String name, Supplier<float[]> table, int heads, Value index, Optional<Value> zero) {
    return biases.computeIfAbsent(
        name,
        absent -> {
          float[] entries = table.get();
          int[] pairs = indices.get(index.name());
          float[] bias = new float[heads * pairs.length];
          for (int head = 0; head < heads; head++) {
            for (int i = 0; i < pairs.length; i++) {
              bias[head * pairs.length + i] = entries[pairs[i] * heads + head];
            }
          }
          int tokens = (int) Math.round(Math.sqrt(pairs.length));
          return onnx.floats(name, bias, 1, heads, tokens, tokens);
        });
  }

  @Override
  Stream encoded(Encoder encoder, Stream start, List<Optional<Value>> biases, int wanted) {
    Value stream = sum(start);
    List<Encoder.Layer> layers = encoder.layers();
    for (int i = 0; i < layers.size(); i++) {
      boolean last = i == layers.size() - 1;
      int queries = last && wanted != Encoder.ALL_TOKENS ? wanted : encoder.tokens();
      stream = layer(encoder, layers.get(i), stream, biases.get(i), queries);
    }
    return Stream.of(stream);
  }

  private Value layer(
      Encoder encoder, Encoder.Layer layer, Value stream, Optional<Value> bias, int queries) {
    SelfAttention attention = layer.attention();
    float scale = (float) (1 / Math.sqrt(attention.headSize()));
    float[] scales = {scale};
    float[] zeros = {0};
    Linear stacked =
        Linear.stacked(
            attention.name() + ".query_key_value",
            List.of(
                attention.query().followed(() -> scales, () -> zeros),
                attention.key(),
                attention.value()));
    List<Factors> factors =
        List.of(stacked, layer.projection(), layer.expansion(), layer.contraction()).stream()
            .map(this::factors)
            .toList();
    List<Value> inputs = new ArrayList<>(List.of(stream, bias.orElse(Value.NONE)));
    inputs.addAll(parameters(layer.beforeAttention()));
    inputs.addAll(factors.get(0).values());
    inputs.addAll(factors.get(1).values());
    inputs.addAll(parameters(layer.beforePerceptron()));
    inputs.addAll(factors.get(2).values());
    inputs.addAll(factors.get(3).values());
    factors.forEach(each -> inputs.add(each.scales));
    AttributeProto[] attributes = {
      attribute(TOKENS, encoder.tokens()),
      attribute(QUERIES, queries),
      attribute(HEADS, attention.heads()),
      attribute(EPSILON, layer.beforeAttention().epsilon()),
      attribute(ACTIVATION, layer.activation().name())
    };
    return onnx.node(DOMAIN, LAYER, attention.name() + ".layer", inputs, attributes);
  }

  private record Factors(Value weight, Value bias, Value scales) {
    List<Value> values() {
      return List.of(weight, bias);
    }
  }

  private Factors factors(Linear linear) {
    String name = linear.name() + ".weight";
    Value bias = onnx.floats(linear.name() + ".bias", linear.biasOrZeros(), linear.out());
    Optional<QuantizedWeight> rounded = rounding.flatMap(each -> each.rounded(linear));
    if (rounded.isPresent()) {
      QuantizedWeight weight = rounded.get();
      return new Factors(
          onnx.bytes(name, weight.values(), linear.in(), linear.out()),
          bias,
          onnx.floats(linear.name() + ".scales", weight.scales(), linear.out()));
    }
    return new Factors(
        onnx.brainFloats(name, linear.transposedWeight(), linear.in(), linear.out()),
        bias,
        Value.NONE);
  }
}
