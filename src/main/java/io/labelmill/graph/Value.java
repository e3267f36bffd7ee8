package io.labelmill.graph;

/** An edge of the graph: the output of a node, an input, or a constant. */
record Value(String name) {
  /** Stands for an optional input that is left out. */
  static final Value NONE = new Value("");
}
