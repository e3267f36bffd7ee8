package io.labelmill.checkpoint;

import java.util.List;

/** What a classifier was trained for: {@code problem_type} of {@code config.json}. */
public enum ProblemType {
  /** One label an image: softmax. */
  MULTI_CLASS("single_label_classification"),
  /** Any number of labels an image: a sigmoid each. */
  MULTI_LABEL("multi_label_classification"),
  /** Numbers instead of labels. */
  REGRESSION("regression");

  /** Those whose answers are labels. */
  public static final List<ProblemType> OF_LABELS = List.of(MULTI_CLASS, MULTI_LABEL);

  private final String configName;

  ProblemType(String configName) {
    this.configName = configName;
  }

  /**
   * This, if its answers are labels.
   *
   * @throws IllegalArgumentException if not
   */
  public ProblemType checkedOfLabels() {
    if (!OF_LABELS.contains(this)) {
      throw new IllegalArgumentException(
          "the problem type is " + this + ", not one of " + OF_LABELS);
    }
    return this;
  }

  /** The value that {@code config.json} has. */
  public String configName() {
    return configName;
  }
}
