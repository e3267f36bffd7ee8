package io.labelmill.evaluate.metric;

import java.io.Serializable;

/**
 * What the probabilities of all classes say about the one true class: log loss, Brier score,
 * calibration. Not thread-safe.
 */
public final class MulticlassScores implements Serializable {
  /** scikit-learn's: the distance of 1 to the next double. */
  static final double EPSILON = Math.ulp(1.0);

  private final Sum logLoss = new Sum();
  private final Sum brier = new Sum();
  private final Sum[] brierOfClass;
  private final Calibration calibration = new Calibration();
  private long rows;

  public MulticlassScores(int classes) {
    brierOfClass = Sum.array(classes);
  }

  /**
   * @param scores probabilities in [0, 1], in index order
   */
  public void add(int truth, double[] scores) {
    rows++;
    int best = 0;
    for (int i = 0; i < scores.length; i++) {
      double distance = scores[i] - (i == truth ? 1 : 0);
      double square = distance * distance;
      brierOfClass[i].add(square);
      brier.add(square);
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    logLoss.add(logLoss(truth, scores));
    calibration.add(scores[best], best == truth);
  }

  /** Of one image: natural logarithm, scores clipped to [eps, 1 - eps] and then normalised. */
  public static double logLoss(int truth, double[] scores) {
    double total = 0;
    for (double score : scores) {
      total += clip(score);
    }
    return -Math.log(clip(scores[truth]) / total);
  }

  static double clip(double score) {
    return Math.min(1 - EPSILON, Math.max(EPSILON, score));
  }

  public MulticlassScores sum(MulticlassScores other) {
    rows += other.rows;
    logLoss.sum(other.logLoss);
    brier.sum(other.brier);
    Sum.sumAll(brierOfClass, other.brierOfClass);
    calibration.sum(other.calibration);
    return this;
  }

  public Calibration calibration() {
    return calibration;
  }

  /** The one-against-rest Brier score of a class. */
  public Metric brier(int label) {
    return brierOfClass[label].mean(rows);
  }

  public Metrics metrics() {
    return new Metrics()
        .put("log_loss", logLoss.mean(rows))
        .put("brier_score", brier.mean(rows))
        .put("expected_calibration_error", calibration.expectedError())
        .put("maximum_calibration_error", calibration.maximumError());
  }
}
