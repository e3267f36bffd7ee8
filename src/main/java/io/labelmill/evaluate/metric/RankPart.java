package io.labelmill.evaluate.metric;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * What ranges of scores add to ROC AUC, average precision, best thresholds and curves; exact, since
 * each range knows how many positives and negatives lie above it. Parts are merged in any order.
 * Not thread-safe.
 */
public final class RankPart implements Serializable {
  private final RankLayout layout;
  private final Sum[] twiceArea;
  private final Sum[] precision;
  private final double[] bestValue;
  private final double[] bestAbove;
  private final double[] bestBelow;
  private final double[][] wonPairs;
  private final List<CurvePoint> curve = new ArrayList<>();

  public RankPart(RankLayout layout) {
    this.layout = layout;
    int columns = layout.resultColumns();
    twiceArea = Sum.array(columns);
    precision = Sum.array(columns);
    bestValue = new double[columns];
    bestAbove = new double[columns];
    bestBelow = new double[columns];
    Arrays.fill(bestValue, Double.NEGATIVE_INFINITY);
    Arrays.fill(bestAbove, Double.NaN);
    Arrays.fill(bestBelow, Double.NaN);
    wonPairs = layout.pairs() ? new double[layout.labels()][layout.labels()] : new double[0][];
  }

  /**
   * Sweeps one range from its highest score to its lowest.
   *
   * @param curves the columns to keep curves of
   */
  public static RankPart sweep(
      RankOffsets offsets, int range, Iterable<byte[]> blocks, BitSet curves) {
    RankLayout layout = offsets.layout();
    RankEntries entries = new RankEntries(layout, 0);
    for (byte[] block : blocks) {
      entries.addBlock(block);
    }
    entries.sort();
    RankPart part = new RankPart(layout);
    new Sweep(part, offsets, range, curves).run(entries);
    return part;
  }

  public RankPart sum(RankPart other) {
    Sum.sumAll(twiceArea, other.twiceArea);
    Sum.sumAll(precision, other.precision);
    for (int i = 0; i < bestValue.length; i++) {
      boolean higher = other.bestValue[i] > bestValue[i];
      boolean earlier = other.bestValue[i] == bestValue[i] && other.bestAbove[i] > bestAbove[i];
      if (higher || earlier) {
        bestValue[i] = other.bestValue[i];
        bestAbove[i] = other.bestAbove[i];
        bestBelow[i] = other.bestBelow[i];
      }
    }
    for (int i = 0; i < wonPairs.length; i++) {
      for (int j = 0; j < wonPairs.length; j++) {
        wonPairs[i][j] += other.wonPairs[i][j];
      }
    }
    curve.addAll(other.curve);
    return this;
  }

  double twiceArea(int column) {
    return twiceArea[column].value();
  }

  double precision(int column) {
    return precision[column].value();
  }

  double wonPairs(int a, int b) {
    return wonPairs[a][b];
  }

  double bestValue(int column) {
    return bestValue[column];
  }

  double bestAbove(int column) {
    return bestAbove[column];
  }

  double bestBelow(int column) {
    return bestBelow[column];
  }

  List<CurvePoint> curve() {
    return curve;
  }

  /** One pass over the sorted entries of a range; equal scores are one step. */
  private static final class Sweep {
    private static final int CURVE_STEPS = 100;

    private final RankPart part;
    private final RankLayout layout;
    private final RankOffsets offsets;
    private final int range;
    private final BitSet curves;
    private final long[] tp;
    private final long[] fp;
    private final long[] positives;
    private final long[] negatives;
    // Of the step being gathered, and the columns that it touches.
    private final long[] stepTp;
    private final long[] stepFp;
    private final int[] touched;
    private final boolean[] isTouched;
    private final long[][] stepOutcomes;
    private int touchedCount;
    // The lowest cut of a column seen so far, whose next lower score is not known yet.
    private final double[] lastScore;
    private final double[] lastValue;

    Sweep(RankPart part, RankOffsets offsets, int range, BitSet curves) {
      this.part = part;
      this.layout = part.layout;
      this.offsets = offsets;
      this.range = range;
      this.curves = curves;
      int columns = layout.resultColumns();
      tp = new long[columns];
      fp = new long[columns];
      positives = new long[columns];
      negatives = new long[columns];
      stepTp = new long[columns];
      stepFp = new long[columns];
      touched = new int[columns];
      isTouched = new boolean[columns];
      lastScore = new double[columns];
      lastValue = new double[columns];
      Arrays.fill(lastScore, Double.NaN);
      stepOutcomes = layout.pairs() ? new long[layout.labels()][layout.labels()] : new long[0][];
      for (int i = 0; i < columns; i++) {
        tp[i] = offsets.positivesAbove(range, i);
        fp[i] = offsets.negativesAbove(range, i);
        positives[i] = offsets.positives(i);
        negatives[i] = offsets.negatives(i);
      }
    }

    void run(RankEntries entries) {
      int i = 0;
      while (i < entries.size()) {
        long key = entries.key(i);
        while (i < entries.size() && entries.key(i) == key) {
          gather(entries.entry(i), entries.count(i));
          i++;
        }
        step(layout.score(key));
      }
      for (int column = 0; column < tp.length; column++) {
        if (!Double.isNaN(lastScore[column])) {
          offer(column, offsets.highestBelow(range, column));
        }
      }
    }

    private void gather(int entry, int count) {
      int column = layout.column(entry);
      boolean positive = layout.positive(entry);
      gather(column, positive, count);
      if (column < layout.labels()) {
        gather(layout.microColumn(), positive, count);
        if (layout.pairs()) {
          stepOutcomes[column][layout.outcome(entry)] += count;
        }
      }
    }

    private void gather(int column, boolean positive, int count) {
      if (!isTouched[column]) {
        isTouched[column] = true;
        touched[touchedCount++] = column;
      }
      (positive ? stepTp : stepFp)[column] += count;
    }

    private void step(double score) {
      for (int i = 0; i < touchedCount; i++) {
        int column = touched[i];
        long before = tp[column];
        long negativesBefore = fp[column];
        if (layout.pairs() && column < layout.labels()) {
          winPairs(column, before + 0.5 * stepTp[column]);
        }
        tp[column] += stepTp[column];
        fp[column] += stepFp[column];
        part.twiceArea[column].addProduct((double) stepFp[column], (double) (before + tp[column]));
        if (stepTp[column] > 0) {
          double found = (double) tp[column] / (tp[column] + fp[column]);
          part.precision[column].add(stepTp[column] * found);
        }
        if (layout.limits()) {
          if (!Double.isNaN(lastScore[column])) {
            offer(column, score);
          }
          lastScore[column] = score;
          lastValue[column] = cutValue(column);
        }
        if (curves.get(column) && isCurvePoint(column, before, negativesBefore)) {
          part.curve.add(new CurvePoint(column, score, tp[column], fp[column]));
        }
        stepTp[column] = 0;
        stepFp[column] = 0;
        isTouched[column] = false;
      }
      touchedCount = 0;
    }

    /** What a threshold just below the step is worth: F1, or exact matches gained. */
    private double cutValue(int column) {
      return column == layout.limitsColumn()
          ? tp[column] - fp[column]
          : 2.0 * tp[column] / (tp[column] + fp[column] + positives[column]);
    }

    private void offer(int column, double below) {
      double above = lastScore[column];
      if (lastValue[column] > part.bestValue[column]
          && !Double.isNaN(layout.rule().between(above, below, layout.floats()))) {
        part.bestValue[column] = lastValue[column];
        part.bestAbove[column] = above;
        part.bestBelow[column] = below;
      }
    }

    /** Adds, for each other class, its entries of this step times the own class's ones above. */
    private void winPairs(int column, double above) {
      long[] outcomes = stepOutcomes[column];
      for (int other = 0; other < outcomes.length; other++) {
        if (outcomes[other] > 0) {
          if (other != column) {
            part.wonPairs[column][other] += outcomes[other] * above;
          }
          outcomes[other] = 0;
        }
      }
    }

    /** Points are kept at hundredths of either axis, and closer where few are found yet. */
    private boolean isCurvePoint(int column, long tpBefore, long fpBefore) {
      return (tpBefore == 0 && fpBefore == 0)
          || crosses(tpBefore, tp[column], positives[column])
          || crosses(fpBefore, fp[column], negatives[column])
          || quarterOctave(tpBefore + fpBefore) != quarterOctave(tp[column] + fp[column])
          || (tp[column] == positives[column] && fp[column] == negatives[column]);
    }

    private static boolean crosses(long before, long after, long total) {
      return total > 0 && before * CURVE_STEPS / total != after * CURVE_STEPS / total;
    }

    private static int quarterOctave(long count) {
      return (int) (4 * Math.log((double) count) / Math.log(2));
    }
  }
}
