package io.labelmill.checkpoint;

/** What a classifier was trained for: {@code problem_type} of {@code config.json}. */
public enum ProblemType {
  /** One label an image: softmax. */
  SINGLE_LABEL,
  /** Any number of labels an image: a sigmoid each. */
  MULTI_LABEL,
  /** Numbers instead of labels. */
  REGRESSION
}
