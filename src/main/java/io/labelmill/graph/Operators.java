package io.labelmill.graph;

/** Which operators a graph is written in. */
public enum Operators {
  /** ONNX Runtime's fused ones where they are faster. */
  FUSED,
  /** Standard ones alone (opset 13), for any ONNX runtime. */
  STANDARD
}
