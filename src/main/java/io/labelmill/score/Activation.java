package io.labelmill.score;

import io.labelmill.checkpoint.ProblemType;
import java.util.Optional;

/** What turns a model's logits into scores. */
public enum Activation {
  /** Follows the checkpoint, see {@link #resolve}. */
  AUTO,
  /** Scores of an image add up to 1: exactly one label is right. */
  SOFTMAX,
  /** Each label has its own probability: any number of labels is right. */
  SIGMOID,
  /** Scores are the raw logits. */
  NONE;

  /**
   * This, or for {@link #AUTO} what the checkpoint asks for: {@link #SIGMOID} when it is
   * multi-label or has a single label, else {@link #SOFTMAX}.
   *
   * @param problemType the checkpoint's {@code problem_type}, empty when it names none
   * @param labels number of labels
   * @return never {@link #AUTO}
   */
  public Activation resolve(Optional<ProblemType> problemType, int labels) {
    if (this != AUTO) {
      return this;
    }
    boolean independent = labels == 1 || problemType.equals(Optional.of(ProblemType.MULTI_LABEL));
    return independent ? SIGMOID : SOFTMAX;
  }

  /**
   * Writes one score per logit. The arithmetic is double, rounded to float once, so that scores are
   * within one float of the exact value; no finite logit overflows.
   *
   * @param logits finite values
   * @param scores receives the scores; may be {@code logits} itself
   * @throws IllegalStateException on {@link #AUTO}
   */
  public void apply(float[] logits, float[] scores) {
    switch (this) {
      case AUTO -> throw new IllegalStateException("AUTO is resolved before scoring");
      case NONE -> System.arraycopy(logits, 0, scores, 0, logits.length);
      case SIGMOID -> {
        for (int i = 0; i < logits.length; i++) {
          scores[i] = (float) sigmoid(logits[i]);
        }
      }
      case SOFTMAX -> softmax(logits, scores);
    }
  }

  private static double sigmoid(double logit) {
    // Of the two forms, the one whose exponential is at most 1: small probabilities keep all
    // digits.
    if (logit >= 0) {
      return 1 / (1 + Math.exp(-logit));
    }
    double e = Math.exp(logit);
    return e / (1 + e);
  }

  private static void softmax(float[] logits, float[] scores) {
    float largest = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      largest = Math.max(largest, logit);
    }
    double sum = 0;
    double[] shares = new double[logits.length];
    for (int i = 0; i < logits.length; i++) {
      shares[i] = Math.exp((double) logits[i] - largest);
      sum += shares[i];
    }
    for (int i = 0; i < logits.length; i++) {
      scores[i] = (float) (shares[i] / sum);
    }
  }
}
