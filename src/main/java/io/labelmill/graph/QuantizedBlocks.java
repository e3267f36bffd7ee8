package io.labelmill.graph;

import static io.labelmill.graph.OnnxWriter.CONTRIB;
import static io.labelmill.graph.OnnxWriter.STANDARD;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Products of 8-bit integers in ONNX Runtime's own operators. The scale of an input is that of the
 * whole tensor, so a batch is one image: in a larger one an image's score would depend on its
 * neighbours.
 */
final class QuantizedBlocks extends FusedBlocks {
  private String patchProjection = "";

  QuantizedBlocks(OnnxWriter onnx) {
    super(onnx);
  }

  @Override
  Stream tokens(
      Value pixels,
      PatchGrid grid,
      Linear projection,
      Supplier<float[]> leading,
      Optional<Supplier<float[]>> positions) {
    patchProjection = projection.name();
    return super.tokens(pixels, grid, projection, leading, positions);
  }

  @Override
  Value product(Value value, Linear linear) {
    // Pixels stay float32: on a trained model that takes a sixth of the error away, more than any
    // other kind of product does, for a hundredth of the time.
    return linear.name().equals(patchProjection)
        ? super.product(value, linear)
        : product(value, linear, linear.name() + ".product", Value.NONE);
  }

  @Override
  Value affine(Value value, Linear linear) {
    return product(value, linear, linear.name(), bias(linear).orElse(Value.NONE));
  }

  private Value product(Value value, Linear linear, String name, Value bias) {
    QuantizedWeight weight = QuantizedWeight.of(linear);
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
            ? shared(quantized, attention.query())
            : affine(queries, attention.query());
    return multiHeadAttention(
        List.of(query, shared(quantized, attention.key()), shared(quantized, attention.value())),
        attention,
        bias);
  }

  /**
   * An affine map of an input that is quantized already.
   *
   * @param quantized integers, scale, zero
   */
  private Value shared(List<Value> quantized, Linear linear) {
    QuantizedWeight weight = QuantizedWeight.of(linear);
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
