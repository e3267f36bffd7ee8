package io.labelmill.evaluate.metric;

import java.util.function.IntToDoubleFunction;
import java.util.stream.LongStream;

/**
 * True and false positives and negatives of every label, and what follows from them. A quotient
 * with the denominator 0 is 0, as scikit-learn's {@code zero_division=0}.
 */
public final class LabelCounts {
  private final long rows;
  private final long[] tp;
  private final long[] fp;
  private final long[] fn;

  /**
   * @param rows how many images were counted
   */
  public LabelCounts(long rows, long[] tp, long[] fp, long[] fn) {
    this.rows = rows;
    this.tp = tp.clone();
    this.fp = fp.clone();
    this.fn = fn.clone();
  }

  public int labels() {
    return tp.length;
  }

  public long truePositives(int label) {
    return tp[label];
  }

  public long falsePositives(int label) {
    return fp[label];
  }

  public long falseNegatives(int label) {
    return fn[label];
  }

  public long trueNegatives(int label) {
    return rows - tp[label] - fp[label] - fn[label];
  }

  /** Images that truly have the label. */
  public long support(int label) {
    return tp[label] + fn[label];
  }

  public double precision(int label) {
    return quotient(tp[label], tp[label] + fp[label]);
  }

  public double recall(int label) {
    return quotient(tp[label], tp[label] + fn[label]);
  }

  public double f1(int label) {
    return quotient(2.0 * tp[label], 2.0 * tp[label] + fp[label] + fn[label]);
  }

  public double jaccard(int label) {
    return quotient(tp[label], tp[label] + fp[label] + fn[label]);
  }

  /** Matthews correlation of the label against the rest; 0 where a margin is empty. */
  public double matthews(int label) {
    double a = tp[label];
    double b = fp[label];
    double c = fn[label];
    double d = trueNegatives(label);
    double denominator = Math.sqrt(a + b) * Math.sqrt(a + c) * Math.sqrt(d + b) * Math.sqrt(d + c);
    return quotient(a * d - b * c, denominator);
  }

  /** Cohen's kappa of the label against the rest; undefined where both say the same always. */
  public Metric kappa(int label) {
    double n = rows;
    double observed = tp[label] + trueNegatives(label);
    double expected =
        ((double) (tp[label] + fp[label]) * support(label)
                + (double) (rows - tp[label] - fp[label]) * (rows - support(label)))
            / n;
    return Metric.ratio(
        observed - expected, n - expected, "truth and predictions hold one class only");
  }

  /** The metrics that come in micro, macro and weighted form. */
  public enum Kind {
    PRECISION,
    RECALL,
    F1,
    JACCARD
  }

  public double of(Kind kind, int label) {
    return switch (kind) {
      case PRECISION -> precision(label);
      case RECALL -> recall(label);
      case F1 -> f1(label);
      case JACCARD -> jaccard(label);
    };
  }

  /** Over all labels' counts together. */
  public Metric micro(Kind kind) {
    long a = LongStream.of(tp).sum();
    long b = LongStream.of(fp).sum();
    long c = LongStream.of(fn).sum();
    return Metric.of(
        switch (kind) {
          case PRECISION -> quotient(a, a + b);
          case RECALL -> quotient(a, a + c);
          case F1 -> quotient(2.0 * a, 2.0 * a + b + c);
          case JACCARD -> quotient(a, a + b + c);
        });
  }

  /** The plain mean over all labels of the model; an absent label counts with its 0. */
  public Metric macro(Kind kind) {
    return mean(label -> of(kind, label), label -> 1);
  }

  /** The plain mean over the labels that occur in the truth. */
  public Metric macroPresent(Kind kind) {
    return mean(label -> of(kind, label), label -> support(label) > 0 ? 1 : 0);
  }

  /** The plain mean over the labels that occur in the truth or were predicted. */
  public Metric macroSeen(Kind kind) {
    return mean(label -> of(kind, label), label -> support(label) + fp[label] > 0 ? 1 : 0);
  }

  /** The mean weighted by support. */
  public Metric weighted(Kind kind) {
    return mean(label -> of(kind, label), this::support);
  }

  private Metric mean(IntToDoubleFunction value, IntToDoubleFunction weight) {
    Sum total = new Sum();
    Sum weights = new Sum();
    int classes = 0;
    for (int i = 0; i < tp.length; i++) {
      double w = weight.applyAsDouble(i);
      if (w > 0) {
        total.add(w * value.applyAsDouble(i));
        weights.add(w);
        classes++;
      }
    }
    return Metric.average(quotient(total.value(), weights.value()), classes);
  }

  static double quotient(long numerator, long denominator) {
    return quotient((double) numerator, (double) denominator);
  }

  static double quotient(double numerator, double denominator) {
    return denominator == 0 ? 0 : numerator / denominator;
  }
}
