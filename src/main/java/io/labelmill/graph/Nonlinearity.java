package io.labelmill.graph;

import static java.util.Map.entry;

import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** The non-linearity between two products. */
public enum Nonlinearity {
  /** x/2 (1 + erf(x / sqrt 2)). */
  GELU,
  /** x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
  GELU_TANH,
  /** x sigmoid(1.702 x). */
  QUICK_GELU,
  /** x sigmoid(x). */
  SILU,
  RELU,
  TANH,
  SIGMOID,
  IDENTITY;

  private static final Map<String, Nonlinearity> BY_NAME =
      Map.ofEntries(
          entry("gelu", GELU),
          entry("gelu_python", GELU),
          entry("gelu_new", GELU_TANH),
          entry("gelu_fast", GELU_TANH),
          entry("gelu_pytorch_tanh", GELU_TANH),
          entry("gelu_python_tanh", GELU_TANH),
          entry("quick_gelu", QUICK_GELU),
          entry("silu", SILU),
          entry("swish", SILU),
          entry("relu", RELU),
          entry("tanh", TANH),
          entry("sigmoid", SIGMOID),
          entry("linear", IDENTITY));

  /** The activation that configurations call by that name ({@code hidden_act}). */
  static Optional<Nonlinearity> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /** Every name that {@link #named} knows. */
  static SortedSet<String> names() {
    return new TreeSet<>(BY_NAME.keySet());
  }
}
