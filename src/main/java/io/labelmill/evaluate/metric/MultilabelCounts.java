package io.labelmill.evaluate.metric;

/** Truth against the labels assigned to each image. Not thread-safe. */
public final class MultilabelCounts implements Counts {
  private final long[] tp;
  private final long[] fp;
  private final long[] fn;
  private final Sum precision = new Sum();
  private final Sum recall = new Sum();
  private final Sum f1 = new Sum();
  private final Sum jaccard = new Sum();
  private long rows;
  private long exact;
  private long wrongCells;

  public MultilabelCounts(int labels) {
    tp = new long[labels];
    fp = new long[labels];
    fn = new long[labels];
  }

  @Override
  public void add(int[] truth, int[] assigned) {
    int common = 0;
    int t = 0;
    int a = 0;
    while (t < truth.length || a < assigned.length) {
      if (a == assigned.length || (t < truth.length && truth[t] < assigned[a])) {
        fn[truth[t++]]++;
      } else if (t == truth.length || assigned[a] < truth[t]) {
        fp[assigned[a++]]++;
      } else {
        tp[truth[t]]++;
        common++;
        t++;
        a++;
      }
    }
    int union = truth.length + assigned.length - common;
    rows++;
    exact += union == common ? 1 : 0;
    wrongCells += union - common;
    precision.add(share(common, assigned.length));
    recall.add(share(common, truth.length));
    f1.add(share(2 * common, truth.length + assigned.length));
    jaccard.add(share(common, union));
  }

  /** Takes it for no label, and never for an exact match. */
  @Override
  public void addFailed(int[] truth) {
    rows++;
    wrongCells += truth.length;
    for (int label : truth) {
      fn[label]++;
    }
  }

  private static double share(int part, int whole) {
    return LabelCounts.quotient((long) part, whole);
  }

  @Override
  public MultilabelCounts sum(Counts other) {
    MultilabelCounts others = (MultilabelCounts) other;
    for (int i = 0; i < tp.length; i++) {
      tp[i] += others.tp[i];
      fp[i] += others.fp[i];
      fn[i] += others.fn[i];
    }
    precision.sum(others.precision);
    recall.sum(others.recall);
    f1.sum(others.f1);
    jaccard.sum(others.jaccard);
    rows += others.rows;
    exact += others.exact;
    wrongCells += others.wrongCells;
    return this;
  }

  @Override
  public long rows() {
    return rows;
  }

  @Override
  public LabelCounts labelCounts() {
    return new LabelCounts(rows, tp, fp, fn);
  }

  @Override
  public Metrics metrics() {
    Metrics metrics = new Metrics();
    metrics.put(MetricName.EXACT_MATCH, Metric.ratio(exact, rows, "no image"));
    metrics.put(MetricName.ZERO_ONE_LOSS, Metric.ratio(rows - exact, rows, "no image"));
    metrics.put(MetricName.HAMMING_LOSS, Metric.ratio(wrongCells, rows * tp.length, "no image"));
    metrics.putAverages(labelCounts());
    metrics.put(MetricName.SAMPLES_PRECISION, precision.mean(rows));
    metrics.put(MetricName.SAMPLES_RECALL, recall.mean(rows));
    metrics.put(MetricName.SAMPLES_F1, f1.mean(rows));
    metrics.put(MetricName.SAMPLES_JACCARD, jaccard.mean(rows));
    return metrics;
  }
}
