package io.labelmill.evaluate.metric;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Named metrics in the order in which they are shown. Not thread-safe while it is filled. */
public final class Metrics {
  private final Map<String, Metric> metrics = new LinkedHashMap<>();

  public Metrics put(String name, Metric metric) {
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
      put("macro_" + name, counts.macro(kind));
      put("macro_" + name + "_present", counts.macroPresent(kind));
      put("micro_" + name, counts.micro(kind));
      put("weighted_" + name, counts.weighted(kind));
    }
    return this;
  }

  /** The same names, all undefined for one reason. */
  public Metrics undefined(String reason) {
    Metrics undefined = new Metrics();
    metrics.keySet().forEach(name -> undefined.put(name, Metric.undefined(reason)));
    return undefined;
  }

  public Metric get(String name) {
    Metric metric = metrics.get(name);
    if (metric == null) {
      throw new IllegalArgumentException("no metric is named " + name);
    }
    return metric;
  }

  /** Read-only, in order. */
  public Map<String, Metric> asMap() {
    return Collections.unmodifiableMap(metrics);
  }
}
