package io.labelmill.graph;

import static io.labelmill.graph.OnnxWriter.attribute;

import java.util.List;
import java.util.Optional;

/** Float32 in standard operators alone: for any ONNX runtime. */
class StandardBlocks extends Blocks {
  StandardBlocks(OnnxWriter onnx) {
    super(onnx);
  }

  @Override
  Normed norm(Stream stream, LayerNorm norm) {
    Value sum = sum(stream);
    return new Normed(Stream.of(sum), norm(sum, norm));
  }

  /**
   * In the form that exporters have written since long before the standard had an operator for it:
   * older runtimes read it too, and ONNX Runtime makes one kernel of it.
   */
  @Override
  Value norm(Value value, LayerNorm norm) {
    String name = norm.name();
    Value mean = mean(name + ".mean", value);
    Value centred = node("Sub", name + ".centred", List.of(value, mean));
    Value two = onnx.scalar(name + ".two", 2f);
    Value square = node("Pow", name + ".square", List.of(centred, two));
    Value variance = mean(name + ".variance", square);
    Value epsilon = onnx.scalar(name + ".epsilon", norm.epsilon());
    Value positive = node("Add", name + ".positive", List.of(variance, epsilon));
    Value deviation = node("Sqrt", name + ".deviation", List.of(positive));
    Value normed = node("Div", name + ".normed", List.of(centred, deviation));
    Value gamma = onnx.floats(name + ".gamma", norm.gamma().get(), norm.width());
    Value beta = onnx.floats(name + ".beta", norm.beta().get(), norm.width());
    Value scaled = node("Mul", name + ".scaled", List.of(normed, gamma));
    return node("Add", name, List.of(scaled, beta));
  }

  private Value mean(String name, Value value) {
    return node(
        "ReduceMean",
        name,
        List.of(value),
        attribute("axes", List.of(-1L)),
        attribute("keepdims", 1));
  }

  @Override
  Value linear(Value value, Linear linear, Nonlinearity activation) {
    return activation(this, affine(value, linear), activation);
  }

  @Override
  Value attention(Value queries, Value context, SelfAttention attention, Optional<Value> bias) {
    String name = attention.name();
    List<Value> projections = projections(queries, context, attention);
    Value query = heads(projections.get(0), attention, name + ".query", 0, 2, 1, 3);
    Value key = heads(projections.get(1), attention, name + ".key", 0, 2, 3, 1);
    Value values = heads(projections.get(2), attention, name + ".value", 0, 2, 1, 3);
    Value scale = onnx.scalar(name + ".scale", (float) (1 / Math.sqrt(attention.headSize())));
    Value scaled = node("Mul", name + ".query.scaled", List.of(query, scale));
    Value scores = node("MatMul", name + ".scores", List.of(scaled, key));
    Value biased =
        bias.map(added -> node("Add", name + ".scores.biased", List.of(scores, added)))
            .orElse(scores);
    Value shares = node("Softmax", name + ".shares", List.of(biased), attribute("axis", -1));
    Value mixed = node("MatMul", name + ".mixed", List.of(shares, values));
    Value ordered = node("Transpose", name + ".ordered", List.of(mixed), perm(0, 2, 1, 3));
    return node("Reshape", name, List.of(ordered, onnx.longs(0, 0, attention.value().out())));
  }

  private Value heads(Value value, SelfAttention attention, String name, long... perm) {
    Value split =
        node(
            "Reshape",
            name + ".split",
            List.of(value, onnx.longs(0, 0, attention.heads(), attention.headSize())));
    return node("Transpose", name + ".heads", List.of(split), perm(perm));
  }

  /** Any activation in standard operators. */
  static Value activation(Blocks blocks, Value value, Nonlinearity activation) {
    String name = value.name() + ".activation";
    return switch (activation) {
      case IDENTITY -> value;
      case RELU -> blocks.node("Relu", name, List.of(value));
      case TANH -> blocks.node("Tanh", name, List.of(value));
      case SIGMOID -> blocks.node("Sigmoid", name, List.of(value));
      case SILU -> gated(blocks, value, name, 1f);
      case QUICK_GELU -> gated(blocks, value, name, 1.702f);
      case GELU -> gelu(blocks, value, name, "Erf", scaled(blocks, value, name, Math.sqrt(0.5)));
      case GELU_TANH -> {
        Value square = blocks.node("Mul", name + ".square", List.of(value, value));
        Value cubic = scaled(blocks, square, name + ".square", 0.044715);
        Value one = blocks.onnx.scalar(name + ".cubic.one", 1f);
        Value factor = blocks.node("Add", name + ".factor", List.of(cubic, one));
        Value polynomial = blocks.node("Mul", name + ".polynomial", List.of(value, factor));
        Value argument = scaled(blocks, polynomial, name, Math.sqrt(2 / Math.PI));
        yield gelu(blocks, value, name, "Tanh", argument);
      }
    };
  }

  private static Value scaled(Blocks blocks, Value value, String name, double factor) {
    Value constant = blocks.onnx.scalar(name + ".factor_", (float) factor);
    return blocks.node("Mul", name + ".scaled", List.of(value, constant));
  }

  private static Value gated(Blocks blocks, Value value, String name, float slope) {
    Value argument = slope == 1f ? value : scaled(blocks, value, name, slope);
    Value gate = blocks.node("Sigmoid", name + ".gate", List.of(argument));
    return blocks.node("Mul", name, List.of(value, gate));
  }

  private static Value gelu(
      Blocks blocks, Value value, String name, String operator, Value argument) {
    Value curve = blocks.node(operator, name + ".curve", List.of(argument));
    Value one = blocks.onnx.scalar(name + ".one", 1f);
    Value raised = blocks.node("Add", name + ".raised", List.of(curve, one));
    Value doubled = blocks.node("Mul", name + ".doubled", List.of(value, raised));
    Value half = blocks.onnx.scalar(name + ".half", 0.5f);
    return blocks.node("Mul", name, List.of(doubled, half));
  }
}
