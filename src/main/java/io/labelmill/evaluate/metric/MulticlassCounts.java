package io.labelmill.evaluate.metric;

/**
 * Truth against the one predicted class of each image. A failed image that is to count as wrong is
 * predicted as a class of its own, which no truth has. Not thread-safe.
 */
public final class MulticlassCounts implements Counts {
  private final int classes;
  private final ConfusionCounts confusion = new ConfusionCounts();
  private long rows;
  private long failed;

  /**
   * @param classes how many classes the model has
   */
  public MulticlassCounts(int classes) {
    this.classes = classes;
  }

  @Override
  public void add(int[] truth, int[] predicted) {
    confusion.add(truth[0], predicted[0], 1);
    rows++;
  }

  @Override
  public void addFailed(int[] truth) {
    confusion.add(truth[0], classes, 1);
    rows++;
    failed++;
  }

  @Override
  public MulticlassCounts sum(Counts other) {
    MulticlassCounts others = (MulticlassCounts) other;
    confusion.sum(others.confusion);
    rows += others.rows;
    failed += others.failed;
    return this;
  }

  @Override
  public long rows() {
    return rows;
  }

  /** Images counted as wrong for want of a prediction. */
  public long failed() {
    return failed;
  }

  /** The cells; the predicted index {@code classes} stands for failed images. */
  public ConfusionCounts confusion() {
    return confusion;
  }

  @Override
  public LabelCounts labelCounts() {
    long[] tp = new long[classes];
    long[] fp = new long[classes];
    long[] fn = new long[classes];
    confusion.forEach(
        (truth, predicted, count) -> {
          if (truth == predicted) {
            tp[truth] += count;
          } else {
            fn[truth] += count;
            if (predicted < classes) {
              fp[predicted] += count;
            }
          }
        });
    return new LabelCounts(rows, tp, fp, fn);
  }

  @Override
  public Metrics metrics() {
    LabelCounts counts = labelCounts();
    long correct = 0;
    int present = 0;
    Sum squares = new Sum();
    Sum hits = new Sum();
    for (int i = 0; i < classes; i++) {
      correct += counts.truePositives(i);
      double support = counts.support(i);
      present += support > 0 ? 1 : 0;
      squares.addProduct(support, support);
      hits.addProduct(support, (double) counts.truePositives(i));
    }
    Metric balanced = counts.macroPresent(LabelCounts.Kind.RECALL);
    Metrics metrics = new Metrics();
    metrics.put(MetricName.ACCURACY, Metric.ratio(correct, rows, "no image"));
    metrics.put(MetricName.BALANCED_ACCURACY, balanced);
    metrics.put(
        MetricName.BALANCED_ACCURACY_PRESENT_OR_PREDICTED,
        counts.macroSeen(LabelCounts.Kind.RECALL));
    double chance = 1.0 / present;
    metrics.put(
        MetricName.BALANCED_ACCURACY_ADJUSTED,
        Metric.ratio(
            balanced.optional().orElseThrow() - chance,
            1 - chance,
            "the truth holds one class only"));
    metrics.put(
        MetricName.WEIGHTED_ACCURACY, Metric.ratio(hits.value(), squares.value(), "no image"));
    metrics.putAverages(counts);
    metrics.put(MetricName.HAMMING_LOSS, Metric.ratio(rows - correct, rows, "no image"));
    putAgreement(metrics, counts, correct);
    return metrics;
  }

  private void putAgreement(Metrics metrics, LabelCounts counts, long correct) {
    double n = rows;
    Sum truthByPredicted = new Sum();
    Sum truthSquares = new Sum();
    Sum predictedSquares = new Sum();
    predictedSquares.addProduct((double) failed, (double) failed);
    for (int i = 0; i < classes; i++) {
      double truth = counts.support(i);
      double predicted = counts.truePositives(i) + counts.falsePositives(i);
      truthByPredicted.addProduct(truth, predicted);
      truthSquares.addProduct(truth, truth);
      predictedSquares.addProduct(predicted, predicted);
    }
    double denominator =
        Math.sqrt(n * n - truthSquares.value()) * Math.sqrt(n * n - predictedSquares.value());
    metrics.put(
        MetricName.MATTHEWS_CORRELATION,
        Metric.of(LabelCounts.quotient(correct * n - truthByPredicted.value(), denominator)));
    double expected = truthByPredicted.value() / n;
    metrics.put(
        MetricName.COHEN_KAPPA,
        Metric.ratio(
            correct - expected, n - expected, "truth and predictions hold one class only"));
    if (failed > 0) {
      String reason =
          "the distance of a class to \"failed\" is not defined (" + failed + " images)";
      metrics.put(MetricName.COHEN_KAPPA_LINEAR, Metric.undefined(reason));
      metrics.put(MetricName.COHEN_KAPPA_QUADRATIC, Metric.undefined(reason));
    } else {
      metrics.put(MetricName.COHEN_KAPPA_LINEAR, linearKappa(counts));
      metrics.put(MetricName.COHEN_KAPPA_QUADRATIC, quadraticKappa(counts));
    }
  }

  private Metric linearKappa(LabelCounts counts) {
    Sum observed = new Sum();
    confusion.forEach((t, p, count) -> observed.add((double) count * Math.abs(t - p)));
    // The sum over all pairs of |i - j| r(i) c(j), from running totals.
    Sum expected = new Sum();
    double truthBelow = 0;
    double predictedBelow = 0;
    for (int i = 0; i < classes - 1; i++) {
      truthBelow += counts.support(i);
      predictedBelow += counts.truePositives(i) + counts.falsePositives(i);
      expected.add(truthBelow * (rows - predictedBelow) / rows);
      expected.add(predictedBelow * (rows - truthBelow) / rows);
    }
    return weightedKappa(observed, expected);
  }

  private Metric quadraticKappa(LabelCounts counts) {
    Sum observed = new Sum();
    confusion.forEach((t, p, count) -> observed.add((double) count * ((double) (t - p) * (t - p))));
    // The sum over all pairs of (i - j)^2 r(i) c(j) = n sum i^2 r + n sum j^2 c - 2 sum i r sum j
    // c.
    Sum truth = new Sum();
    Sum predicted = new Sum();
    Sum squares = new Sum();
    for (int i = 0; i < classes; i++) {
      double r = counts.support(i);
      double c = counts.truePositives(i) + counts.falsePositives(i);
      truth.add(i * r);
      predicted.add(i * c);
      squares.add((double) i * i * (r + c));
    }
    Sum expected = new Sum();
    expected.add(squares.value());
    expected.add(-2 * truth.value() * (predicted.value() / rows));
    return weightedKappa(observed, expected);
  }

  private static Metric weightedKappa(Sum observed, Sum expected) {
    return expected.value() == 0
        ? Metric.undefined("truth and predictions hold one class only")
        : Metric.of(1 - observed.value() / expected.value());
  }
}
