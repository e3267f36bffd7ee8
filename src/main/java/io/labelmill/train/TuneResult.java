package io.labelmill.train;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.Metrics;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What came of tuning, beside the head alone.
 *
 * @param epochs that were trained, from the first
 * @param best of them, from 1
 * @param isKept whether the tuned model was written
 * @param images trained on in each epoch
 * @param validationImages that chose the epoch
 * @param headOnValidation of a head that was fitted without the validation images
 * @param onValidation of the best epoch
 * @param headOnTested of the head alone that was fitted on all images to train on; empty where none
 *     is tested on
 * @param onTested of the best epoch
 */
public record TuneResult(
    List<Epoch> epochs,
    int best,
    boolean isKept,
    int images,
    int validationImages,
    Metrics headOnValidation,
    Metrics onValidation,
    Optional<Metrics> headOnTested,
    Optional<Metrics> onTested) {
  public TuneResult {
    epochs = List.copyOf(epochs);
  }

  /**
   * An epoch.
   *
   * @param number from 1
   * @param loss mean of the steps' losses
   * @param score on the validation images, see {@link #scoreName}
   * @param validationLoss on the validation images
   * @param step steps done behind it
   */
  public record Epoch(int number, double loss, double score, double validationLoss, long step) {
    /**
     * Whether it is better than another, ties by the loss; a score that is not defined is least.
     */
    boolean isBetterThan(double otherScore, double otherLoss) {
      double own = defined(score);
      double other = defined(otherScore);
      return own > other || (own == other && validationLoss < otherLoss);
    }

    private static double defined(double score) {
      return Double.isNaN(score) ? -1 : score;
    }
  }

  /** A sentence that says which model was written, and why. */
  public String verdict(ProblemType problemType) {
    MetricName score = scoreName(problemType);
    double head = number(headOnValidation, score);
    double tuned = number(onValidation, score);
    boolean better =
        epochs.get(best() - 1).isBetterThan(head, number(headOnValidation, lossName(problemType)));
    String figures =
        String.format(
            Locale.ROOT,
            "%s %.4f against %.4f, %s %.4f against %.4f",
            score,
            tuned,
            head,
            lossName(problemType),
            number(onValidation, lossName(problemType)),
            number(headOnValidation, lossName(problemType)));
    if (better) {
      return "Tuning beat the head alone on the validation images (%s): the tuned model of epoch %d was written."
          .formatted(figures, best);
    }
    return isKept
        ? "Tuning did not beat the head alone on the validation images (%s); the tuned model was written as asked for, with --keep tuned."
            .formatted(figures)
        : "Tuning did not beat the head alone on the validation images (%s): the head alone was written."
            .formatted(figures);
  }

  public static MetricName scoreName(ProblemType problemType) {
    return problemType == ProblemType.MULTI_LABEL ? MetricName.MICRO_F1 : MetricName.ACCURACY;
  }

  /** The metric that decides between equal scores. */
  public static MetricName lossName(ProblemType problemType) {
    return problemType == ProblemType.MULTI_LABEL
        ? MetricName.BINARY_CROSS_ENTROPY
        : MetricName.LOG_LOSS;
  }

  /** A metric's number; not a number where it is not defined. */
  public static double number(Metrics metrics, MetricName name) {
    return metrics.get(name).optional().orElse(Double.NaN);
  }
}
