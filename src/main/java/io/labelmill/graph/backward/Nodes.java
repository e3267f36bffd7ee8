package io.labelmill.graph.backward;

import static io.labelmill.graph.OnnxWriter.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import io.labelmill.graph.Nonlinearity;
import io.labelmill.graph.OnnxWriter;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.graph.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Arithmetic as nodes of a graph, named by count. Used by one thread, for one graph. */
final class Nodes {

  private final OnnxWriter onnx = OnnxWriter.sketch();
  private final Map<Float, Value> scalars = new HashMap<>();
  private int count;

  /**
   * A norm with what its gradient needs.
   *
   * @param normed what it gives
   * @param normalised the same before its weights
   * @param inverse of the deviation
   */
  record Norm(Value normed, Value normalised, Value inverse) {}

  /** What an activation gives, and the derivative there, which is written when it is asked for. */
  record Activated(Value value, Supplier<Value> derivative) {}

  OnnxWriter onnx() {
    return onnx;
  }

  /** An input of which the first axis is the batch. */
  Value batched(String name, long... others) {
    return onnx.input(name, axes(1, Arrays.stream(others).boxed().toList()));
  }

  /** An input of which the first axis is the batch, times so many rows. */
  Value input(String name, int rows, List<Long> others) {
    return onnx.input(name, axes(rows, others));
  }

  /** Inputs of a part's tensors by role. */
  Map<String, Value> weights(TunableNetwork.Part part) {
    Map<String, Value> values = new HashMap<>();
    for (TunableNetwork.Tensor tensor : part.tensors()) {
      values.put(tensor.role(), onnx.input(tensor.role(), List.copyOf(tensor.shape())));
    }
    return values;
  }

  void output(Value value, String name, long... others) {
    onnx.output(value, name, axes(1, Arrays.stream(others).boxed().toList()));
  }

  /** An output of which the first axis is the batch, times so many rows. */
  void output(Value value, String name, int rows, List<Long> others) {
    onnx.output(value, name, axes(rows, others));
  }

  /** The gradient of one of a part's tensors, of that tensor's shape. */
  void gradient(Value value, TunableNetwork.Part part, String role) {
    tensor(part, role)
        .ifPresent(tensor -> onnx.output(value, Gradients.of(role), List.copyOf(tensor.shape())));
  }

  /** The same of another shape. The runtime copies it: an output can't share another's memory. */
  void reshapedGradient(Value value, TunableNetwork.Part part, String role) {
    tensor(part, role)
        .map(tensor -> tensor.shape().stream().mapToLong(Long::longValue).toArray())
        .ifPresent(shape -> gradient(reshape(value, shape), part, role));
  }

  private static Optional<TunableNetwork.Tensor> tensor(TunableNetwork.Part part, String role) {
    return part.tensors().stream().filter(tensor -> tensor.role().equals(role)).findFirst();
  }

  private static List<Object> axes(int rows, List<Long> others) {
    List<Object> axes = new ArrayList<>(List.of(rows == 1 ? "batch" : "rows"));
    axes.addAll(others);
    return axes;
  }

  Value op(String operator, List<Value> inputs, AttributeProto... attributes) {
    return onnx.node(OnnxWriter.STANDARD, operator, operator + "." + count++, inputs, attributes);
  }

  Value scalar(float value) {
    return scalars.computeIfAbsent(value, number -> onnx.scalar("scalar." + number, number));
  }

  Value add(Value left, Value right) {
    return op("Add", List.of(left, right));
  }

  Value subtract(Value left, Value right) {
    return op("Sub", List.of(left, right));
  }

  Value multiply(Value left, Value right) {
    return op("Mul", List.of(left, right));
  }

  Value multiply(Value left, double right) {
    return multiply(left, scalar((float) right));
  }

  Value reshape(Value value, long... shape) {
    return op("Reshape", List.of(value, onnx.longs(shape)));
  }

  Value transpose(Value value, Long... order) {
    return op("Transpose", List.of(value), attribute("perm", List.of(order)));
  }

  /** Over the first axis, which goes. */
  Value sum(Value value) {
    return op("ReduceSum", List.of(value, onnx.longs(0)), attribute("keepdims", 0));
  }

  /** Over the last axis, which stays as 1. */
  Value sumOfLast(Value value) {
    return op("ReduceSum", List.of(value, onnx.longs(-1)), attribute("keepdims", 1));
  }

  private Value meanOfLast(Value value) {
    return op(
        "ReduceMean", List.of(value), attribute("axes", List.of(-1L)), attribute("keepdims", 1));
  }

  /** x W' + b of rows; W is [out, in]. */
  Value linear(Value rows, String role, Map<String, Value> weights) {
    List<Value> inputs = new ArrayList<>(List.of(rows, weights.get(role + ".weight")));
    if (weights.containsKey(role + ".bias")) {
      inputs.add(weights.get(role + ".bias"));
    }
    return op("Gemm", inputs, attribute("transB", 1));
  }

  /** Rows times a matrix, to which others may be added. */
  Value product(Value rows, Value matrix, Value... added) {
    List<Value> inputs = new ArrayList<>(List.of(rows, matrix));
    inputs.addAll(List.of(added));
    return op("Gemm", inputs);
  }

  /**
   * Sum of the rows' outer products: [columns of left, columns of right]. A transposition of its
   * own is faster than a product that reads its first factor by columns.
   */
  Value outer(Value left, Value right) {
    return product(transpose(left, 1L, 0L), right);
  }

  /** Products over the last two axes, times a factor. */
  Value products(Value left, boolean turnsLeft, Value right, boolean turnsRight, float factor) {
    return onnx.node(
        OnnxWriter.CONTRIB,
        "FusedMatMul",
        "FusedMatMul." + count++,
        List.of(left, right),
        attribute("transA", turnsLeft ? 1 : 0),
        attribute("transB", turnsRight ? 1 : 0),
        attribute("alpha", factor));
  }

  /**
   * Of rows, in operators that go over all numbers together: the runtime's own for a norm takes six
   * times as long.
   */
  Norm norm(Value rows, String role, float epsilon, Map<String, Value> weights) {
    Value centred = subtract(rows, meanOfLast(rows));
    Value variance = meanOfLast(multiply(centred, centred));
    Value inverse = op("Reciprocal", List.of(op("Sqrt", List.of(add(variance, scalar(epsilon))))));
    Value normalised = multiply(centred, inverse);
    Value scaled = multiply(normalised, weights.get(role + ".weight"));
    return new Norm(add(scaled, weights.get(role + ".bias")), normalised, inverse);
  }

  /**
   * The gradient of a norm's input: inverse * (d - mean(d) - x mean(d x)) with d = dy gamma and x
   * the normalised input. Puts out those of gamma and beta.
   *
   * @param dy of rows
   */
  Value normGradient(
      Norm norm, Value dy, String role, TunableNetwork.Part part, Map<String, Value> weights) {
    Value normalised = norm.normalised();
    gradient(sum(multiply(dy, normalised)), part, role + ".weight");
    gradient(sum(dy), part, role + ".bias");
    Value d = multiply(dy, weights.get(role + ".weight"));
    Value first = subtract(d, meanOfLast(d));
    Value second = multiply(normalised, meanOfLast(multiply(d, normalised)));
    return multiply(norm.inverse(), subtract(first, second));
  }

  /** Gradients of the bias and the weight of a product. */
  void linearGradients(Value dy, Value input, String role, TunableNetwork.Part part) {
    gradient(outer(dy, input), part, role + ".weight");
    if (part.has(role + ".bias")) {
      gradient(sum(dy), part, role + ".bias");
    }
  }

  Activated activated(Nonlinearity activation, Value h) {
    return switch (activation) {
      case GELU -> {
        // One operator and a quotient instead of five for the distribution, which a zero would
        // spoil.
        Value shifted = add(h, scalar(1e-30f));
        Value value = gelu(shifted);
        yield new Activated(
            value, () -> add(op("Div", List.of(value, shifted)), multiply(h, density(h))));
      }
      case GELU_TANH -> {
        double k = Math.sqrt(2 / Math.PI);
        Value square = multiply(h, h);
        Value tanh =
            op(
                "Tanh",
                List.of(multiply(multiply(h, add(multiply(square, 0.044715), scalar(1))), k)));
        Value half = multiply(add(tanh, scalar(1)), 0.5);
        yield new Activated(
            multiply(h, half),
            () -> {
              Value slope = multiply(add(multiply(square, 3 * 0.044715), scalar(1)), 0.5 * k);
              Value rest = subtract(scalar(1), multiply(tanh, tanh));
              return add(half, multiply(multiply(h, rest), slope));
            });
      }
      case QUICK_GELU -> gated(h, 1.702);
      case SILU -> gated(h, 1);
      case RELU -> {
        Value value = op("Relu", List.of(h));
        yield new Activated(value, () -> op("Sign", List.of(value)));
      }
      case TANH -> {
        Value value = op("Tanh", List.of(h));
        yield new Activated(value, () -> subtract(scalar(1), multiply(value, value)));
      }
      case SIGMOID -> {
        Value value = op("Sigmoid", List.of(h));
        yield new Activated(value, () -> multiply(value, subtract(scalar(1), value)));
      }
      case IDENTITY -> new Activated(h, () -> scalar(1));
    };
  }

  /** Of the normal distribution. */
  private Value density(Value h) {
    Value power = op("Exp", List.of(multiply(multiply(h, h), -0.5)));
    return multiply(power, 1 / Math.sqrt(2 * Math.PI));
  }

  /** What an activation gives, where no derivative is needed. */
  Value activation(Nonlinearity activation, Value h) {
    return activation == Nonlinearity.GELU ? gelu(h) : activated(activation, h).value();
  }

  private Value gelu(Value h) {
    return onnx.node(OnnxWriter.CONTRIB, "Gelu", "Gelu." + count++, List.of(h));
  }

  /** x sigmoid(f x). */
  private Activated gated(Value h, double factor) {
    Value gate = op("Sigmoid", List.of(multiply(h, factor)));
    Value value = multiply(h, gate);
    return new Activated(
        value, () -> add(gate, multiply(multiply(value, subtract(scalar(1), gate)), factor)));
  }
}
