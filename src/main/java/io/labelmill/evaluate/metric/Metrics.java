package io.labelmill.evaluate.metric;

import io.labelmill.checkpoint.ProblemType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Named metrics in the order in which they are shown. Not thread-safe while it is filled. */
public final class Metrics {
  private static final String NOTHING = "nothing is computed yet";

  private final Map<String, Metric> metrics = new LinkedHashMap<>();

  public Metrics put(MetricName name, Metric metric) {
    return put(name.toString(), metric);
  }

  public Metrics putTopAccuracy(int k, Metric metric) {
    return put(MetricName.topAccuracy(k), metric);
  }

  private Metrics put(String name, Metric metric) {
    if (metrics.put(name, metric) != null) {
      throw new IllegalArgumentException("metric named twice: " + name);
    }
    return this;
  }

  public Metrics putAll(Metrics others) {
    others.metrics.forEach(this::put);
    return this;
  }

  /** Micro, macro and weighted precision, recall, F1 and Jaccard. */
  Metrics putAverages(LabelCounts counts) {
    for (LabelCounts.Kind kind : LabelCounts.Kind.values()) {
      String name = kind.name().toLowerCase(Locale.ROOT);
      put(MetricName.of("macro_" + name), counts.macro(kind));
      put(MetricName.of("macro_" + name + "_present"), counts.macroPresent(kind));
      put(MetricName.of("micro_" + name), counts.micro(kind));
      put(MetricName.of("weighted_" + name), counts.weighted(kind));
    }
    return this;
  }

  /** The same names, all undefined for one reason. */
  public Metrics undefined(String reason) {
    Metrics undefined = new Metrics();
    metrics.keySet().forEach(name -> undefined.put(name, Metric.undefined(reason)));
    return undefined;
  }

  public Metric get(MetricName name) {
    return get(name.toString());
  }

  public Metric get(String name) {
    Metric metric = metrics.get(name);
    if (metric == null) {
      throw new IllegalArgumentException("no metric is named " + name);
    }
    return metric;
  }

  /**
   * The names of all metrics, known before any image is read, in the order in which they are shown.
   *
   * @param topK the k for which top-k accuracy is given, where classes exclude each other
   */
  public static List<String> names(ProblemType type, List<Integer> topK) {
    boolean several = type == ProblemType.MULTI_LABEL;
    Counts one = Counts.of(several, 1);
    one.add(new int[] {0}, new int[] {0});
    Metrics metrics = new Metrics().putAll(one.metrics());
    if (!several) {
      topK.forEach(k -> metrics.putTopAccuracy(k, Metric.undefined(NOTHING)));
    }
    metrics.putAll(Scores.of(several, 1).metrics()).putAll(RankMetrics.undefined(NOTHING));
    if (!several) {
      metrics.putAll(RankMetrics.undefinedPairs(NOTHING));
    }
    return List.copyOf(metrics.metrics.keySet());
  }

  /** Read-only, in order. */
  public Map<String, Metric> asMap() {
    return Collections.unmodifiableMap(metrics);
  }
}
