package io.labelmill.graph;

/** An edge of the graph: the output of a node, an input, or a constant. */
public record Value(String name) {
  /** Stands for an optional input that is left out. */
  public static final Value NONE = new Value("");
}
