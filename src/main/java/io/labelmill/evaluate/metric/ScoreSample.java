package io.labelmill.evaluate.metric;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Every n-th score, n doubling as they grow many: where to cut all scores into ranges of about
 * equal size. Metrics do not depend on the cuts. Not thread-safe.
 */
public final class ScoreSample implements Serializable {
  private static final int CAPACITY = 4096;

  @SuppressWarnings("ArrayRecordComponent")
  private record Part(double[] scores, long weight) implements Serializable {}

  private final List<Part> merged = new ArrayList<>();
  private final double[] scores = new double[CAPACITY];
  private int size;
  private long stride = 1;
  private long untilNext;
  private long total;

  public void add(double[] row) {
    total += row.length;
    long i = untilNext;
    while (i < row.length) {
      if (size == CAPACITY) {
        for (int j = 0; j < CAPACITY / 2; j++) {
          scores[j] = scores[2 * j];
        }
        size = CAPACITY / 2;
        stride *= 2;
      }
      scores[size++] = row[(int) i];
      i += stride;
    }
    untilNext = i - row.length;
  }

  public ScoreSample sum(ScoreSample other) {
    merged.addAll(other.parts());
    total += other.total;
    return this;
  }

  /** How many scores were seen. */
  public long total() {
    return total;
  }

  private List<Part> parts() {
    List<Part> parts = new ArrayList<>(merged);
    parts.add(new Part(Arrays.copyOf(scores, size), stride));
    return parts;
  }

  /**
   * Descending bounds between ranges, for {@link RankEntries#blocks}.
   *
   * @param ranges how many ranges to aim at; equal scores are never cut apart, so there may be
   *     fewer
   */
  public double[] bounds(int ranges) {
    record Weighted(double score, long weight) {}
    List<Weighted> all = new ArrayList<>();
    for (Part part : parts()) {
      for (double score : part.scores()) {
        all.add(new Weighted(score, part.weight()));
      }
    }
    all.sort(Comparator.comparingDouble(Weighted::score).reversed());
    double weight = all.stream().mapToLong(Weighted::weight).sum();
    double[] bounds = new double[Math.max(0, ranges - 1)];
    int n = 0;
    double seen = 0;
    double next = weight / ranges;
    for (Weighted one : all) {
      seen += one.weight();
      if (n < bounds.length && seen >= next && (n == 0 || one.score() < bounds[n - 1])) {
        bounds[n++] = one.score();
        next = Math.max(next, seen) + weight / ranges;
      }
    }
    return Arrays.copyOf(bounds, n);
  }
}
