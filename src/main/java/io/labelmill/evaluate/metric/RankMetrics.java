package io.labelmill.evaluate.metric;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/** ROC AUC, average precision, curves and fitted thresholds, from exact ranks of all scores. */
public final class RankMetrics {
  private final RankLayout layout;
  private final RankOffsets offsets;
  private final RankPart part;

  public RankMetrics(RankOffsets offsets, RankPart part) {
    this.layout = offsets.layout();
    this.offsets = offsets;
    this.part = part;
  }

  public long positives(int label) {
    return offsets.positives(label);
  }

  public long negatives(int label) {
    return offsets.negatives(label);
  }

  /** Of a label against the rest, or of {@link RankLayout#microColumn()}. */
  public Metric rocAuc(int column) {
    double positives = offsets.positives(column);
    double negatives = offsets.negatives(column);
    if (positives == 0) {
      return Metric.undefined("no image truly has the label");
    }
    if (negatives == 0) {
      return Metric.undefined("every image truly has the label");
    }
    // The sum is of negatives times positives above them, ties half: exact halves.
    return Metric.of(part.twiceArea(column) / 2 / positives / negatives);
  }

  /** The step sum over (recall step) x precision; 0 where no image has the label. */
  public Metric averagePrecision(int column) {
    return Metric.of(
        LabelCounts.quotient(part.precision(column), (double) offsets.positives(column)));
  }

  /** The points of the column's curves, from the highest score down. */
  public List<CurvePoint> curve(int column) {
    return part.curve().stream()
        .filter(point -> point.column() == column)
        .sorted(Comparator.comparingDouble(CurvePoint::score).reversed())
        .toList();
  }

  /** The threshold of the best F1; empty where no image has the label. */
  public OptionalDouble bestF1Threshold(int label) {
    if (offsets.positives(label) == 0 || Double.isNaN(part.bestAbove(label))) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(
        layout.rule().between(part.bestAbove(label), part.bestBelow(label), layout.floats()));
  }

  /** The one threshold for all labels with the most exact matches; of equal ones the highest. */
  public OptionalDouble bestExactMatchThreshold() {
    int column = layout.limitsColumn();
    double highest = offsets.highest(column);
    double none = layout.rule().between(Double.POSITIVE_INFINITY, highest, layout.floats());
    if (!Double.isNaN(none) && !(part.bestValue(column) > 0)) {
      return OptionalDouble.of(none);
    }
    if (Double.isNaN(part.bestAbove(column))) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(
        layout.rule().between(part.bestAbove(column), part.bestBelow(column), layout.floats()));
  }

  /** The names of {@link #metrics()}, all undefined for one reason. */
  public static Metrics undefined(String reason) {
    RankLayout empty = new RankLayout(1, false, false, false, ThresholdRule.GT);
    RankOffsets nothing = new RankOffsets(empty, 1, List.of());
    return new RankMetrics(nothing, new RankPart(empty)).metrics().undefined(reason);
  }

  /** The names of {@link #pairMetrics()}, all undefined for one reason. */
  public static Metrics undefinedPairs(String reason) {
    return new Metrics()
        .put(MetricName.MACRO_ROC_AUC_OVO, Metric.undefined(reason))
        .put(MetricName.WEIGHTED_ROC_AUC_OVO, Metric.undefined(reason));
  }

  public Metrics metrics() {
    Metrics metrics = new Metrics();
    int labels = layout.labels();
    Mean auc = new Mean();
    Mean precision = new Mean();
    Mean precisionPresent = new Mean();
    Mean aucWeighted = new Mean();
    Mean precisionWeighted = new Mean();
    for (int i = 0; i < labels; i++) {
      double support = positives(i);
      Metric area = rocAuc(i);
      double ap = averagePrecision(i).optional().orElseThrow();
      precision.add(ap, 1);
      precisionWeighted.add(ap, support);
      if (area.optional().isPresent()) {
        auc.add(area.optional().getAsDouble(), 1);
        aucWeighted.add(area.optional().getAsDouble(), support);
        precisionPresent.add(ap, 1);
      }
    }
    int missing = labels - auc.classes;
    Metric refused =
        Metric.undefined(
            "%s of %s labels have no ROC AUC: no image, or every image, has them"
                .formatted(missing, labels));
    metrics.put(MetricName.MACRO_ROC_AUC, missing > 0 ? refused : auc.metric());
    metrics.put(MetricName.MACRO_ROC_AUC_PRESENT, auc.metric());
    metrics.put(MetricName.MICRO_ROC_AUC, rocAuc(layout.microColumn()));
    metrics.put(MetricName.WEIGHTED_ROC_AUC, missing > 0 ? refused : aucWeighted.metric());
    metrics.put(MetricName.WEIGHTED_ROC_AUC_PRESENT, aucWeighted.metric());
    metrics.put(MetricName.MACRO_AVERAGE_PRECISION, precision.metric());
    metrics.put(MetricName.MACRO_AVERAGE_PRECISION_PRESENT, precisionPresent.metric());
    metrics.put(MetricName.MICRO_AVERAGE_PRECISION, averagePrecision(layout.microColumn()));
    metrics.put(MetricName.WEIGHTED_AVERAGE_PRECISION, precisionWeighted.metric());
    return metrics;
  }

  /** ROC AUC one-against-one (Hand and Till, 2001), over the pairs of classes that occur. */
  public Metrics pairMetrics() {
    Metrics metrics = new Metrics();
    if (!layout.pairs()) {
      Metric reason =
          Metric.undefined(
              "pairs of classes are ranked up to " + RankLayout.PAIRS_UP_TO + " classes");
      return metrics
          .put(MetricName.MACRO_ROC_AUC_OVO, reason)
          .put(MetricName.WEIGHTED_ROC_AUC_OVO, reason);
    }
    Mean macro = new Mean();
    Mean weighted = new Mean();
    for (int a = 0; a < layout.labels(); a++) {
      for (int b = a + 1; b < layout.labels(); b++) {
        double na = positives(a);
        double nb = positives(b);
        if (na > 0 && nb > 0) {
          double mean = (part.wonPairs(a, b) / na / nb + part.wonPairs(b, a) / na / nb) / 2;
          macro.add(mean, 1);
          weighted.add(mean, na + nb);
        }
      }
    }
    return metrics
        .put(MetricName.MACRO_ROC_AUC_OVO, macro.pairs())
        .put(MetricName.WEIGHTED_ROC_AUC_OVO, weighted.pairs());
  }

  private static final class Mean {
    private final Sum total = new Sum();
    private final Sum weights = new Sum();
    private int classes;

    void add(double value, double weight) {
      total.addProduct(value, weight);
      weights.add(weight);
      classes++;
    }

    Metric metric() {
      if (classes == 0) {
        return Metric.undefined("no label has both images with and without it");
      }
      return Metric.average(LabelCounts.quotient(total.value(), weights.value()), classes);
    }

    Metric pairs() {
      return classes == 0
          ? Metric.undefined("the truth holds one class only")
          : Metric.of(LabelCounts.quotient(total.value(), weights.value()));
    }
  }
}
