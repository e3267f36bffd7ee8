package io.labelmill.checkpoint;

/** What a classifier was trained for: {@code problem_type} of {@code config.json}. */
public enum ProblemType {
  /** One label an image: softmax. */
  SINGLE_LABEL("single_label_classification"),
  /** Any number of labels an image: a sigmoid each. */
  MULTI_LABEL("multi_label_classification"),
  /** Numbers instead of labels. */
  REGRESSION("regression");

  private final String configName;

  ProblemType(String configName) {
    this.configName = configName;
  }

  /** The value that {@code config.json} has. */
  public String configName() {
    return configName;
  }
}
