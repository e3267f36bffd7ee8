package io.labelmill.evaluate.metric;

import java.io.Serializable;
import java.util.List;

/**
 * How many entries of each column lie in each range of scores: what a range must know of the others
 * to rank its own exactly.
 */
public final class RankOffsets implements Serializable {
  private final RankLayout layout;
  // By range and result column.
  private final long[][] positives;
  private final long[][] negatives;
  private final double[][] highest;

  /** The counts of one range, by result column. */
  @SuppressWarnings("ArrayRecordComponent")
  public record RangeCounts(int range, long[] positives, long[] negatives, double[] highest)
      implements Serializable {}

  /**
   * @param ranges how many there are; a range that nobody counted is empty
   */
  public RankOffsets(RankLayout layout, int ranges, List<RangeCounts> counts) {
    this.layout = layout;
    positives = new long[ranges][];
    negatives = new long[ranges][];
    highest = new double[ranges][];
    for (RangeCounts one : counts) {
      positives[one.range()] = one.positives();
      negatives[one.range()] = one.negatives();
      highest[one.range()] = one.highest();
    }
  }

  public static RangeCounts count(RankLayout layout, int range, Iterable<byte[]> blocks) {
    int columns = layout.resultColumns();
    RangeCounts counts =
        new RangeCounts(range, new long[columns], new long[columns], new double[columns]);
    java.util.Arrays.fill(counts.highest(), Double.NaN);
    RankEntries entries = new RankEntries(layout, 0);
    for (byte[] block : blocks) {
      entries.addBlock(block);
    }
    for (int i = 0; i < entries.size(); i++) {
      int column = layout.column(entries.entry(i));
      double score = layout.score(entries.key(i));
      count(counts, column, layout.positive(entries.entry(i)), entries.count(i), score);
      if (column < layout.labels()) {
        count(
            counts,
            layout.microColumn(),
            layout.positive(entries.entry(i)),
            entries.count(i),
            score);
      }
    }
    return counts;
  }

  private static void count(
      RangeCounts counts, int column, boolean positive, long n, double score) {
    (positive ? counts.positives() : counts.negatives())[column] += n;
    if (!(counts.highest()[column] >= score)) {
      counts.highest()[column] = score;
    }
  }

  public RankLayout layout() {
    return layout;
  }

  public int ranges() {
    return positives.length;
  }

  /** Entries of the column that are positive, in all ranges. */
  public long positives(int column) {
    return total(positives, 0, ranges(), column);
  }

  public long negatives(int column) {
    return total(negatives, 0, ranges(), column);
  }

  /** Positive entries of the column in all ranges above. */
  long positivesAbove(int range, int column) {
    return total(positives, 0, range, column);
  }

  long negativesAbove(int range, int column) {
    return total(negatives, 0, range, column);
  }

  /** The column's highest score in all ranges below, or NaN. */
  double highestBelow(int range, int column) {
    for (int i = range + 1; i < ranges(); i++) {
      if (highest[i] != null && !Double.isNaN(highest[i][column])) {
        return highest[i][column];
      }
    }
    return Double.NaN;
  }

  /** The column's highest score, or NaN where it has no entry. */
  public double highest(int column) {
    return highestBelow(-1, column);
  }

  private static long total(long[][] counts, int from, int to, int column) {
    long total = 0;
    for (int i = from; i < to; i++) {
      if (counts[i] != null) {
        total += counts[i][column];
      }
    }
    return total;
  }
}
