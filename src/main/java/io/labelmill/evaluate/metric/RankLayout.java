package io.labelmill.evaluate.metric;

import java.io.Serializable;

/**
 * How scores are laid out for ranking. Every score becomes an entry of a column: one column a
 * label, and where thresholds are fitted one more for the limits between which a global threshold
 * assigns exactly an image's true labels. An entry carries its outcome: the true class of its image
 * (so that pairs of classes can be ranked) or just whether the column's label is true.
 *
 * @param pairs whether outcomes are true classes
 * @param limits whether there is a column of exact-match limits
 * @param floats whether all scores are floats, so that keys have 32 bits
 * @param rule the rule that fitted thresholds are for
 */
public record RankLayout(
    int labels, boolean pairs, boolean limits, boolean floats, ThresholdRule rule)
    implements Serializable {
  /** Pairs of classes are ranked up to that many classes. */
  public static final int PAIRS_UP_TO = 200;

  /** Columns of entries: the labels, and the limits if there are any. */
  public int columns() {
    return labels + (limits ? 1 : 0);
  }

  /** The column in which all labels' entries are ranked together. */
  public int microColumn() {
    return labels;
  }

  /** The column of exact-match limits. */
  public int limitsColumn() {
    return labels + 1;
  }

  /** Columns of results: the labels, micro, limits. */
  public int resultColumns() {
    return labels + 2;
  }

  int outcomes() {
    return pairs ? labels : 2;
  }

  int entry(int column, int outcome) {
    return column * outcomes() + outcome;
  }

  int column(int entry) {
    int column = entry / outcomes();
    return column < labels ? column : limitsColumn();
  }

  int outcome(int entry) {
    return entry % outcomes();
  }

  boolean positive(int entry) {
    return pairs ? outcome(entry) == entry / labels : outcome(entry) == 1;
  }

  /** Ascending keys are ascending scores; -0.0 and 0.0 have one key. */
  long key(double score) {
    if (floats) {
      int bits = Float.floatToIntBits((float) (score + 0.0));
      return (bits ^ ((bits >> 31) | Integer.MIN_VALUE)) & 0xFFFFFFFFL;
    }
    long bits = Double.doubleToLongBits(score + 0.0);
    return bits ^ ((bits >> 63) | Long.MIN_VALUE);
  }

  double score(long key) {
    if (floats) {
      int bits = (int) key;
      return Float.intBitsToFloat(bits < 0 ? bits ^ Integer.MIN_VALUE : ~bits);
    }
    return Double.longBitsToDouble(key < 0 ? key ^ Long.MIN_VALUE : ~key);
  }
}
