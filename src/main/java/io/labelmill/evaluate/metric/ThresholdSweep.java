package io.labelmill.evaluate.metric;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Counts at the thresholds 0.00, 0.01 … 1.00, for every label or for all together, and so also
 * histograms of scores. Not thread-safe.
 */
public final class ThresholdSweep implements Serializable {
  /** How many thresholds. */
  public static final int STEPS = 101;

  private final ThresholdRule rule;
  private final double[] thresholds = new double[STEPS];
  // By label and by how many thresholds assign the score.
  private final long[][] positives;
  private final long[][] negatives;
  private final long[] exactChange = new long[STEPS + 1];
  private long rows;

  /**
   * @param labels how many labels are told apart
   * @param floats whether scores and thresholds are compared as floats
   */
  public ThresholdSweep(int labels, ThresholdRule rule, boolean floats) {
    this.rule = rule;
    for (int i = 0; i < STEPS; i++) {
      double threshold = i / (double) (STEPS - 1);
      thresholds[i] = floats ? (float) threshold : threshold;
    }
    positives = new long[labels][STEPS + 1];
    negatives = new long[labels][STEPS + 1];
  }

  public void add(int label, double score, boolean positive) {
    (positive ? positives : negatives)[label][assigning(score)]++;
  }

  /**
   * An image with several labels, for the share of exact matches.
   *
   * @param truth sorted indices of the true labels
   */
  public void addMultiLabel(int[] truth, double[] scores) {
    rows++;
    int next = 0;
    int lowestTrue = STEPS;
    int highestOther = 0;
    for (int i = 0; i < scores.length; i++) {
      boolean positive = next < truth.length && truth[next] == i;
      int assigning = assigning(scores[i]);
      if (positive) {
        next++;
        lowestTrue = Math.min(lowestTrue, assigning);
      } else {
        highestOther = Math.max(highestOther, assigning);
      }
      // With labels beyond those told apart, all are counted together.
      (positive ? positives : negatives)[positives.length == 1 ? 0 : i][assigning]++;
    }
    if (highestOther < lowestTrue) {
      exactChange[highestOther]++;
      exactChange[lowestTrue]--;
    }
  }

  /** How many thresholds, from 0 up, assign the score. */
  private int assigning(double score) {
    int n = Math.min(STEPS, Math.max(0, (int) (score * (STEPS - 1))));
    while (n > 0 && !rule.assigns(score, thresholds[n - 1])) {
      n--;
    }
    while (n < STEPS && rule.assigns(score, thresholds[n])) {
      n++;
    }
    return n;
  }

  public ThresholdSweep sum(ThresholdSweep other) {
    for (int i = 0; i < positives.length; i++) {
      for (int j = 0; j <= STEPS; j++) {
        positives[i][j] += other.positives[i][j];
        negatives[i][j] += other.negatives[i][j];
      }
    }
    for (int j = 0; j <= STEPS; j++) {
      exactChange[j] += other.exactChange[j];
    }
    rows += other.rows;
    return this;
  }

  public int labels() {
    return positives.length;
  }

  public double threshold(int step) {
    return step / (double) (STEPS - 1);
  }

  /** Positive and negative scores of a label that a threshold assigns. */
  public record Assigned(long truePositives, long falsePositives) {}

  /** One value for each threshold. */
  public List<Assigned> assigned(int label) {
    List<Assigned> all = new ArrayList<>(STEPS);
    long tp = 0;
    long fp = 0;
    for (int i = STEPS; i > 0; i--) {
      tp += positives[label][i];
      fp += negatives[label][i];
      all.add(0, new Assigned(tp, fp));
    }
    return all;
  }

  public long positives(int label) {
    return LongStream.of(positives[label]).sum();
  }

  public long negatives(int label) {
    return LongStream.of(negatives[label]).sum();
  }

  /** The share of images whose labels are all right, for each threshold. */
  public List<Metric> exactMatch() {
    List<Metric> shares = new ArrayList<>(STEPS);
    long exact = 0;
    for (int i = 0; i < STEPS; i++) {
      exact += exactChange[i];
      shares.add(Metric.ratio(exact, rows, "no scored image"));
    }
    return shares;
  }

  public LabelCounts labelCounts(int step) {
    int n = positives.length;
    long[] tp = new long[n];
    long[] fp = new long[n];
    long[] fn = new long[n];
    for (int i = 0; i < n; i++) {
      for (int j = step + 1; j <= STEPS; j++) {
        tp[i] += positives[i][j];
        fp[i] += negatives[i][j];
      }
      fn[i] = positives(i) - tp[i];
    }
    return new LabelCounts(positives(0) + negatives(0), tp, fp, fn);
  }

  /**
   * How many scores lie in each of so many equal bins over [0, 1].
   *
   * @param bins a divisor of 100
   */
  public long[] histogram(int label, boolean positive, int bins) {
    long[] counts = (positive ? positives : negatives)[label];
    long[] histogram = new long[bins];
    int width = (STEPS - 1) / bins;
    for (int j = 0; j <= STEPS; j++) {
      histogram[Math.min(bins - 1, Math.max(0, j - 1) / width)] += counts[j];
    }
    return histogram;
  }
}
