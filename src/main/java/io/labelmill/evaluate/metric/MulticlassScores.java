package io.labelmill.evaluate.metric;

/**
 * What the probabilities of all classes say about the one true class: log loss, Brier score,
 * calibration. Not thread-safe.
 */
public final class MulticlassScores implements Scores {
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

  @Override
  public void add(int[] truth, double[] scores) {
    int own = truth[0];
    rows++;
    int best = 0;
    for (int i = 0; i < scores.length; i++) {
      double distance = scores[i] - (i == own ? 1 : 0);
      double square = distance * distance;
      brierOfClass[i].add(square);
      brier.add(square);
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    logLoss.add(logLoss(own, scores));
    calibration.add(scores[best], best == own);
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

  @Override
  public MulticlassScores sum(Scores other) {
    MulticlassScores others = (MulticlassScores) other;
    rows += others.rows;
    logLoss.sum(others.logLoss);
    brier.sum(others.brier);
    Sum.sumAll(brierOfClass, others.brierOfClass);
    calibration.sum(others.calibration);
    return this;
  }

  @Override
  public Calibration calibration() {
    return calibration;
  }

  @Override
  public Metric brier(int label) {
    return brierOfClass[label].mean(rows);
  }

  @Override
  public Metrics metrics() {
    return new Metrics()
        .put(MetricName.LOG_LOSS, logLoss.mean(rows))
        .put(MetricName.BRIER_SCORE, brier.mean(rows))
        .put(MetricName.EXPECTED_CALIBRATION_ERROR, calibration.expectedError())
        .put(MetricName.MAXIMUM_CALIBRATION_ERROR, calibration.maximumError());
  }
}
