package io.labelmill.graph;

import static io.labelmill.graph.OnnxWriter.CONTRIB;
import static io.labelmill.graph.OnnxWriter.STANDARD;

import java.util.List;
import java.util.Optional;

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

  QuantizedBlocks(OnnxWriter onnx) {
    super(onnx);
  }

  @Override
  Value product(Value value, Linear linear) {
    QuantizedWeight weight = QuantizedWeight.of(linear);
    return weight.rounding() > MOST_ROUNDING
        ? super.product(value, linear)
        : product(value, linear, weight, linear.name() + ".product", Value.NONE);
  }

  @Override
  Value affine(Value value, Linear linear) {
    QuantizedWeight weight = QuantizedWeight.of(linear);
    return weight.rounding() > MOST_ROUNDING
        ? super.affine(value, linear)
        : product(value, linear, weight, linear.name(), bias(linear).orElse(Value.NONE));
  }

  private Value product(
      Value value, Linear linear, QuantizedWeight weight, String name, Value bias) {
    return onnx.node(
        CONTRIB,
        "DynamicQuantizeMatMul",
        name,
        List.of(value, integers(linear, weight), scales(linear, weight), Value.NONE, bias));
  }

  @Override
  Value linear(Value value, Linear linear, Activation activation) {
    // The tanh form costs a third less, and is nearer to the exact one than an 8-bit step.
    return super.linear(
        value, linear, activation == Activation.GELU ? Activation.GELU_TANH : activation);
  }

  @Override
  Value attention(Value queries, Value context, SelfAttention attention, Optional<Value> bias) {
    // Three products of one input, which is quantized once: splitting one product costs more.
    List<Value> quantized =
        onnx.nodes(
            STANDARD,
            "DynamicQuantizeLinear",
            attention.name() + ".input",
            List.of(context),
            List.of(
                attention.name() + ".input.integers",
                attention.name() + ".input.scale",
                attention.name() + ".input.zero"));
    Value query =
        queries.equals(context)
            ? shared(context, quantized, attention.query())
            : affine(queries, attention.query());
    Value key = shared(context, quantized, attention.key());
    Value value = shared(context, quantized, attention.value());
    return multiHeadAttention(List.of(query, key, value), attention, bias);
  }

  /**
   * An affine map of an input that is quantized already.
   *
   * @param context the input
   * @param quantized its integers, scale, zero
   */
  private Value shared(Value context, List<Value> quantized, Linear linear) {
    QuantizedWeight weight = QuantizedWeight.of(linear);
    if (weight.rounding() > MOST_ROUNDING) {
      return super.affine(context, linear);
    }
    return onnx.node(
        CONTRIB,
        "MatMulIntegerToFloat",
        linear.name(),
        List.of(
            quantized.get(0),
            integers(linear, weight),
            quantized.get(1),
            scales(linear, weight),
            quantized.get(2),
            Value.NONE,
            bias(linear).orElse(Value.NONE)));
  }

  private Value integers(Linear linear, QuantizedWeight weight) {
    return onnx.bytes(linear.name() + ".weight", weight.values(), linear.in(), linear.out());
  }

  private Value scales(Linear linear, QuantizedWeight weight) {
    return onnx.floats(linear.name() + ".scales", weight.scales(), linear.out());
  }
}
