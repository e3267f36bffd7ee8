package io.labelmill.evaluate.metric;

import java.util.Arrays;

/**
 * What the scores of all labels say about the true ones, without a threshold: binary cross-entropy,
 * Brier score, calibration, and the ranking of labels within an image. Not thread-safe.
 */
public final class MultilabelScores implements Scores {
  private final Sum[] logLoss;
  private final Sum[] brier;
  private final Calibration[] calibration;
  private final Sum coverage = new Sum();
  private final Sum rankingPrecision = new Sum();
  private final Sum rankingLoss = new Sum();
  private final Sum samplePrecision = new Sum();
  private final Sum sampleAuc = new Sum();
  private long rowsOfOneClass;
  private long rows;

  public MultilabelScores(int labels) {
    logLoss = Sum.array(labels);
    brier = Sum.array(labels);
    calibration = new Calibration[labels];
    for (int i = 0; i < labels; i++) {
      calibration[i] = new Calibration();
    }
  }

  @Override
  public void add(int[] truth, double[] scores) {
    rows++;
    int next = 0;
    for (int i = 0; i < scores.length; i++) {
      boolean positive = next < truth.length && truth[next] == i;
      if (positive) {
        next++;
      }
      double distance = scores[i] - (positive ? 1 : 0);
      logLoss[i].add(logLoss(positive, scores[i]));
      brier[i].add(distance * distance);
      calibration[i].add(scores[i], positive);
    }
    addRanking(truth, scores);
  }

  /** Of one image and label: natural logarithm, clipped and normalised over label and rest. */
  public static double logLoss(boolean positive, double score) {
    double own = MulticlassScores.clip(positive ? score : 1 - score);
    double rest = MulticlassScores.clip(positive ? 1 - score : score);
    return -Math.log(own / (own + rest));
  }

  private void addRanking(int[] truth, double[] scores) {
    int negatives = scores.length - truth.length;
    if (truth.length == 0 || negatives == 0) {
      rowsOfOneClass++;
      rankingPrecision.add(1);
      coverage.add(truth.length);
      samplePrecision.add(truth.length == 0 ? 0 : 1);
      return;
    }
    double[] positive = new double[truth.length];
    for (int i = 0; i < truth.length; i++) {
      positive[i] = scores[truth[i]];
    }
    Arrays.sort(positive);
    double[] all = scores.clone();
    Arrays.sort(all);
    coverage.add(all.length - firstAtOrAbove(all, positive[0]));
    double precision = 0;
    double badPairs = 0;
    double auc = 0;
    for (double score : positive) {
      int allFrom = all.length - firstAtOrAbove(all, score);
      int positiveFrom = positive.length - firstAtOrAbove(positive, score);
      int allAbove = all.length - firstAtOrAbove(all, Math.nextUp(score));
      int positiveAbove = positive.length - firstAtOrAbove(positive, Math.nextUp(score));
      // Of equal scores each sees all of them, which is scikit-learn's "max" rank and also the
      // one step that average precision makes of them.
      precision += positiveFrom / (double) allFrom;
      int negativesAbove = allAbove - positiveAbove;
      int negativesFrom = allFrom - positiveFrom;
      badPairs += negativesFrom;
      auc += negatives - 0.5 * (negativesAbove + negativesFrom);
    }
    rankingPrecision.add(precision / truth.length);
    samplePrecision.add(precision / truth.length);
    rankingLoss.add(badPairs / ((double) truth.length * negatives));
    sampleAuc.add(auc / ((double) truth.length * negatives));
  }

  private static int firstAtOrAbove(double[] sorted, double value) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public MultilabelScores sum(Scores other) {
    MultilabelScores others = (MultilabelScores) other;
    rows += others.rows;
    rowsOfOneClass += others.rowsOfOneClass;
    Sum.sumAll(logLoss, others.logLoss);
    Sum.sumAll(brier, others.brier);
    for (int i = 0; i < calibration.length; i++) {
      calibration[i].sum(others.calibration[i]);
    }
    coverage.sum(others.coverage);
    rankingPrecision.sum(others.rankingPrecision);
    rankingLoss.sum(others.rankingLoss);
    samplePrecision.sum(others.samplePrecision);
    sampleAuc.sum(others.sampleAuc);
    return this;
  }

  public Calibration calibration(int label) {
    return calibration[label];
  }

  @Override
  public Calibration calibration() {
    Calibration all = new Calibration();
    for (Calibration one : calibration) {
      all.sum(one);
    }
    return all;
  }

  public Metric logLoss(int label) {
    return logLoss[label].mean(rows);
  }

  @Override
  public Metric brier(int label) {
    return brier[label].mean(rows);
  }

  @Override
  public Metrics metrics() {
    Sum losses = new Sum();
    Sum squares = new Sum();
    for (int i = 0; i < logLoss.length; i++) {
      losses.sum(logLoss[i]);
      squares.sum(brier[i]);
    }
    long cells = rows * logLoss.length;
    Calibration all = calibration();
    return new Metrics()
        .put(MetricName.BINARY_CROSS_ENTROPY, losses.mean(cells))
        .put(MetricName.BRIER_SCORE, squares.mean(cells))
        .put(MetricName.EXPECTED_CALIBRATION_ERROR, all.expectedError())
        .put(MetricName.MAXIMUM_CALIBRATION_ERROR, all.maximumError())
        .put(MetricName.COVERAGE_ERROR, coverage.mean(rows))
        .put(MetricName.LABEL_RANKING_AVERAGE_PRECISION, rankingPrecision.mean(rows))
        .put(MetricName.LABEL_RANKING_LOSS, rankingLoss.mean(rows))
        .put(MetricName.SAMPLES_AVERAGE_PRECISION, samplePrecision.mean(rows))
        .put(
            MetricName.SAMPLES_ROC_AUC,
            rowsOfOneClass > 0
                ? Metric.undefined(rowsOfOneClass + " images truly have none or all of the labels")
                : sampleAuc.mean(rows));
  }
}
