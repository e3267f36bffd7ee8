package io.labelmill.graph;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a graph is wanted for. What is not asked for is not computed: without the last hidden state,
 * a good part of the last layer.
 *
 * @param outputs at least one
 */
public record GraphSpec(Set<GraphOutput> outputs, Operators operators) {
  public GraphSpec {
    if (outputs.isEmpty()) {
      throw new IllegalArgumentException("a graph needs an output");
    }
    outputs = Collections.unmodifiableSet(EnumSet.copyOf(outputs));
  }

  /** Those outputs in the fastest operators. */
  public static GraphSpec of(GraphOutput... outputs) {
    return new GraphSpec(EnumSet.copyOf(List.of(outputs)), Operators.FUSED);
  }

  /** Those outputs in the fastest operators. */
  public static GraphSpec of(Set<GraphOutput> outputs) {
    return new GraphSpec(outputs, Operators.FUSED);
  }

  public GraphSpec withOperators(Operators operators) {
    return new GraphSpec(outputs, operators);
  }
}
