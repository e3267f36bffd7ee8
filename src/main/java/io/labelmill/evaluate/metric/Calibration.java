package io.labelmill.evaluate.metric;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Confidence against outcome in equal-width bins over [0, 1]; a value on an edge belongs to the
 * lower bin, 0 to the first. Expected calibration error after Guo et al., "On Calibration of Modern
 * Neural Networks" (2017). Not thread-safe.
 */
public final class Calibration implements Serializable {
  public static final int BINS = 15;

  private final long[] count = new long[BINS];
  private final long[] hits = new long[BINS];
  private final Sum[] confidence = Sum.array(BINS);

  /**
   * One bin; accuracy and confidence are means, NaN where the bin is empty.
   *
   * @param accuracy share of hits
   */
  public record Bin(double from, double to, long count, double accuracy, double confidence) {}

  /**
   * @param value confidence in [0, 1]
   */
  public void add(double value, boolean hit) {
    int bin = bin(value);
    count[bin]++;
    if (hit) {
      hits[bin]++;
    }
    confidence[bin].add(value);
  }

  public Calibration sum(Calibration other) {
    for (int i = 0; i < BINS; i++) {
      count[i] += other.count[i];
      hits[i] += other.hits[i];
    }
    Sum.sumAll(confidence, other.confidence);
    return this;
  }

  public List<Bin> bins() {
    List<Bin> bins = new ArrayList<>(BINS);
    for (int i = 0; i < BINS; i++) {
      double n = count[i];
      bins.add(
          new Bin(
              i / (double) BINS,
              (i + 1) / (double) BINS,
              count[i],
              hits[i] / n,
              confidence[i].value() / n));
    }
    return bins;
  }

  /** Mean distance of accuracy and confidence, weighted by bin counts. */
  public Metric expectedError() {
    long total = 0;
    Sum error = new Sum();
    for (int i = 0; i < BINS; i++) {
      total += count[i];
      error.add(Math.abs(hits[i] - confidence[i].value()));
    }
    return Metric.ratio(error.value(), (double) total, "no scored image");
  }

  /** Largest distance of accuracy and confidence in a bin. */
  public Metric maximumError() {
    double worst = -1;
    for (int i = 0; i < BINS; i++) {
      if (count[i] > 0) {
        worst = Math.max(worst, Math.abs(hits[i] - confidence[i].value()) / count[i]);
      }
    }
    return worst < 0 ? Metric.undefined("no scored image") : Metric.of(worst);
  }

  private static int bin(double value) {
    int bin = Math.min(BINS - 1, Math.max(0, (int) Math.ceil(value * BINS) - 1));
    // The product is rounded; the edges decide.
    while (bin > 0 && value <= bin / (double) BINS) {
      bin--;
    }
    while (bin < BINS - 1 && value > (bin + 1) / (double) BINS) {
      bin++;
    }
    return bin;
  }
}
