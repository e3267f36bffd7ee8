package io.labelmill.graph;

import static io.labelmill.graph.OnnxWriter.CONTRIB;
import static io.labelmill.graph.OnnxWriter.attribute;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Float32 in the operators that ONNX Runtime's CPU provider runs fastest, its own ones among them.
 */
class FusedBlocks extends Blocks {
  /** Weights of the largest classifier that is summed in double: half a megabyte, no time. */
  static final int EXACT_WEIGHTS = 1 << 16;

  FusedBlocks(OnnxWriter onnx) {
    super(onnx);
  }

  /**
   * A head of few labels, fitted to vectors that hardly differ beside their mean, has large weights
   * whose terms cancel, and a float32 sum of them is off by 1e-5 and more: so it is summed in
   * double.
   */
  @Override
  Value classifier(Value pooled, Linear classifier) {
    if ((long) classifier.in() * classifier.out() > EXACT_WEIGHTS) {
      return super.classifier(pooled, classifier);
    }
    String name = classifier.name();
    List<Value> factors =
        List.of(
            cast(pooled, name + ".input", DataType.DOUBLE),
            cast(weight(classifier), name + ".exact", DataType.DOUBLE));
    Value product = node("MatMul", name + ".product", factors);
    Value sum =
        bias(classifier)
            .map(bias -> cast(bias, name + ".bias.exact", DataType.DOUBLE))
            .map(bias -> node("Add", name + ".sum", List.of(product, bias)))
            .orElse(product);
    return cast(sum, name, DataType.FLOAT);
  }

  private Value cast(Value value, String name, DataType type) {
    return node("Cast", name, List.of(value), attribute("to", type.getNumber()));
  }

  @Override
  Normed norm(Stream stream, LayerNorm norm) {
    if (stream.branch().isEmpty()) {
      return new Normed(stream, norm(stream.sum(), norm));
    }
    // A sixth of the time that the standard kernel takes, additions of stream and bias included.
    Stream.Branch branch = stream.branch().get();
    List<Value> inputs = new ArrayList<>();
    inputs.add(product(branch.input(), branch.last()));
    inputs.add(stream.sum());
    inputs.addAll(parameters(norm));
    bias(branch.last()).ifPresent(inputs::add);
    List<Value> outputs =
        onnx.nodes(
            CONTRIB,
            "SkipLayerNormalization",
            norm.name(),
            inputs,
            List.of(norm.name(), "", "", norm.name() + ".sum"),
            attribute("epsilon", norm.epsilon()));
    return new Normed(Stream.of(outputs.get(3)), outputs.get(0));
  }

  @Override
  Value norm(Value value, LayerNorm norm) {
    List<Value> inputs = new ArrayList<>(List.of(value));
    inputs.addAll(parameters(norm));
    return node(
        "LayerNormalization",
        norm.name(),
        inputs,
        attribute("axis", -1),
        attribute("epsilon", norm.epsilon()));
  }

  final List<Value> parameters(LayerNorm norm) {
    return List.of(
        numbers(norm.name() + ".gamma", norm.gamma().get(), norm.width()),
        numbers(norm.name() + ".beta", norm.beta().get(), norm.width()));
  }

  @Override
  Value linear(Value value, Linear linear, Nonlinearity activation) {
    return switch (activation) {
      case GELU -> activated("BiasGelu", product(value, linear), linear);
      case GELU_TANH -> activated("FastGelu", product(value, linear), linear);
      default -> StandardBlocks.activation(this, affine(value, linear), activation);
    };
  }

  /** The bias of {@code linear} and an activation behind its product. */
  final Value activated(String operator, Value product, Linear linear) {
    Value bias = numbers(linear.name() + ".bias", linear.biasOrZeros(), linear.out());
    return onnx.node(CONTRIB, operator, linear.name() + ".activation", List.of(product, bias));
  }

  @Override
  Value attention(Value queries, Value context, SelfAttention attention, Optional<Value> bias) {
    return queries.equals(context)
        ? selfAttention(context, attention, bias)
        : multiHeadAttention(projections(queries, context, attention), attention, bias);
  }

  /** One operator that projects head by head, so that nothing is split or transposed. */
  private Value selfAttention(Value context, SelfAttention attention, Optional<Value> bias) {
    Linear stacked =
        Linear.stacked(
            attention.name() + ".query_key_value",
            List.of(attention.query(), attention.key(), attention.value()));
    List<Value> inputs = new ArrayList<>(List.of(context, weight(stacked)));
    inputs.add(numbers(stacked.name() + ".bias", stacked.biasOrZeros(), stacked.out()));
    bias.ifPresent(value -> inputs.addAll(List.of(Value.NONE, Value.NONE, value)));
    return onnx.node(
        CONTRIB, "Attention", attention.name(), inputs, attribute("num_heads", attention.heads()));
  }

  /** The operator that takes projections: query, key and value. */
  final Value multiHeadAttention(
      List<Value> projections, SelfAttention attention, Optional<Value> bias) {
    List<Value> inputs = new ArrayList<>(projections);
    bias.ifPresent(value -> inputs.addAll(List.of(Value.NONE, Value.NONE, value)));
    return onnx.node(
        CONTRIB,
        "MultiHeadAttention",
        attention.name(),
        inputs,
        attribute("num_heads", attention.heads()));
  }
}
