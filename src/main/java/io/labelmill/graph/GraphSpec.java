package io.labelmill.graph;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a graph is wanted for. What is not asked for is not computed: without the last hidden state,
 * a good part of the last layer.
 *
 * @param outputs at least one
 * @param precision other than FP32 with fused operators only
 * @param pixels for a graph that takes the samples of pictures; empty for pixel values
 */
public record GraphSpec(
    Set<GraphOutput> outputs,
    Operators operators,
    Precision precision,
    Optional<PixelTable> pixels) {
  public GraphSpec {
    if (outputs.isEmpty()) {
      throw new IllegalArgumentException("a graph needs an output");
    }
    if (precision != Precision.FP32 && operators != Operators.FUSED) {
      throw new IllegalArgumentException(precision + " needs fused operators");
    }
    outputs = Collections.unmodifiableSet(EnumSet.copyOf(outputs));
  }

  /** Those outputs in the fastest operators. */
  public static GraphSpec of(GraphOutput... outputs) {
    return new GraphSpec(
        EnumSet.copyOf(List.of(outputs)), Operators.FUSED, Precision.FP32, Optional.empty());
  }

  /** Those outputs in the fastest operators. */
  public static GraphSpec of(Set<GraphOutput> outputs) {
    return new GraphSpec(outputs, Operators.FUSED, Precision.FP32, Optional.empty());
  }

  public GraphSpec withOperators(Operators operators) {
    return new GraphSpec(outputs, operators, precision, pixels);
  }

  /** For samples, which this table normalises. */
  public GraphSpec withSamples(PixelTable table) {
    return new GraphSpec(outputs, operators, precision, Optional.of(table));
  }

  public GraphSpec withPrecision(Precision precision) {
    return new GraphSpec(outputs, operators, precision, pixels);
  }
}
