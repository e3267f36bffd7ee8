package io.labelmill.evaluate.metric;

import io.labelmill.segment.LabelMap;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * How many pixels of each true label were taken for each label, summed over the data set, and what
 * mmsegmentation's {@code IoUMetric} makes of that. A pixel without a true label is in nothing; one
 * without a predicted label is a miss of its true one. Mergeable; not thread-safe.
 */
public final class PixelCounts implements Serializable {
  /**
   * The names of all metrics, in the order in which they are shown: the means of {@link #iou} and
   * {@link #accuracy} over the labels that have one, and the share of pixels that are right.
   */
  public static final List<String> NAMES =
      Stream.of(MetricName.MIOU, MetricName.MACC, MetricName.AACC).map(Object::toString).toList();

  private final int labels;

  /** By true label and predicted one; behind the last of these, those without. */
  private final long[] pixels;

  /**
   * Pixels of one kind.
   *
   * @param truth index of the true label
   * @param predicted index of the predicted one; the number of labels for none
   * @param pixels 1 or more
   */
  public record Cell(int truth, int predicted, long pixels) implements Serializable {}

  /**
   * @param labels of the model, 1 or more
   */
  public PixelCounts(int labels) {
    this.labels = labels;
    pixels = new long[labels * (labels + 1)];
  }

  public int labels() {
    return labels;
  }

  public void add(Cell cell) {
    pixels[cell.truth * (labels + 1) + cell.predicted] += cell.pixels;
  }

  /**
   * Adds a picture.
   *
   * @param truth all indices below the number of labels, or {@link LabelMap#NONE}
   * @param predicted of the same size, indices as in the truth; null where every pixel is missed
   */
  public void add(LabelMap truth, LabelMap predicted) {
    for (int i = 0; i < truth.indices().length; i++) {
      int label = truth.indices()[i] & 0xFF;
      if (label != LabelMap.NONE) {
        int found = predicted == null ? LabelMap.NONE : predicted.indices()[i] & 0xFF;
        pixels[label * (labels + 1) + (found == LabelMap.NONE ? labels : found)]++;
      }
    }
  }

  /** Adds the counts of another part of the data set. */
  public PixelCounts sum(PixelCounts other) {
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] += other.pixels[i];
    }
    return this;
  }

  /** What is not 0, by truth and then by prediction. */
  public List<Cell> cells() {
    List<Cell> cells = new ArrayList<>();
    for (int i = 0; i < pixels.length; i++) {
      if (pixels[i] > 0) {
        cells.add(new Cell(i / (labels + 1), i % (labels + 1), pixels[i]));
      }
    }
    return cells;
  }

  /** Pixels that truly are of a label. */
  public long truth(int label) {
    long sum = 0;
    for (int predicted = 0; predicted <= labels; predicted++) {
      sum += pixels[label * (labels + 1) + predicted];
    }
    return sum;
  }

  /** Pixels with a true label that were taken for one. */
  public long predicted(int label) {
    long sum = 0;
    for (int truth = 0; truth < labels; truth++) {
      sum += pixels[truth * (labels + 1) + label];
    }
    return sum;
  }

  /** Pixels of a label that were found to be of it. */
  public long right(int label) {
    return pixels[label * (labels + 1) + label];
  }

  /** Intersection over union of a label. */
  public Metric iou(int label) {
    return Metric.ratio(
        right(label),
        truth(label) + predicted(label) - right(label),
        "no pixel is of this label or was taken for it");
  }

  /** The share of a label's pixels that were found to be of it. */
  public Metric accuracy(int label) {
    return Metric.ratio(right(label), truth(label), "no pixel is of this label");
  }

  public Metrics metrics() {
    List<Metric> ious = new ArrayList<>();
    List<Metric> accuracies = new ArrayList<>();
    long right = 0;
    long all = 0;
    for (int label = 0; label < labels; label++) {
      ious.add(iou(label));
      accuracies.add(accuracy(label));
      right += right(label);
      all += truth(label);
    }
    String none = "no pixel has a true label";
    return new Metrics()
        .put(MetricName.MIOU, mean(ious, none))
        .put(MetricName.MACC, mean(accuracies, none))
        .put(MetricName.AACC, Metric.ratio(right, all, none));
  }

  private static Metric mean(List<Metric> metrics, String reasonForNone) {
    double sum = 0;
    int defined = 0;
    for (Metric metric : metrics) {
      if (metric instanceof Metric.Value value) {
        sum += value.number();
        defined++;
      }
    }
    return defined == 0 ? Metric.undefined(reasonForNone) : Metric.average(sum / defined, defined);
  }
}
