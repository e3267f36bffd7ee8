package io.labelmill.evaluate.metric;

/** How many labels an image may have. */
public enum ProblemKind {
  /** Exactly one of the classes. */
  MULTI_CLASS,
  /** Any number of labels. */
  MULTI_LABEL
}
