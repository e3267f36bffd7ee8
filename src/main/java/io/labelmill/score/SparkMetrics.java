package io.labelmill.score;

import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.MetricsSystem;
import org.apache.spark.metrics.source.Source;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metrics system of the Spark that runs in this JVM. Sources go into it as jobs and tasks
 * begin: it needs no setting, works in a session that somebody else has started, and where it does
 * not work, jobs go on without. Thread-safe.
 */
final class SparkMetrics {
  private static final Logger log = LoggerFactory.getLogger(SparkMetrics.class);
  private static final Map<String, Shown> SHOWN = new HashMap<>();

  /** A source, and the system that has it, which ends with its Spark context. */
  private record Shown(Source source, WeakReference<MetricsSystem> system) {}

  private SparkMetrics() {}

  /** Shows a source, in place of one of the same name. Nothing happens when it is shown already. */
  static void show(Source source) {
    try {
      // An executor that is shutting down, or a test without Spark.
      SparkEnv env = SparkEnv.get();
      if (env != null) {
        show(source, env.metricsSystem());
      }
    } catch (RuntimeException | LinkageError e) {
      log.warn("This Spark takes no metrics of {}: {}", source.sourceName(), e.toString());
    }
  }

  private static void show(Source source, MetricsSystem system) {
    synchronized (SHOWN) {
      Shown shown = SHOWN.get(source.sourceName());
      if (shown != null && shown.system().refersTo(system)) {
        if (shown.source() == source) {
          return;
        }
        system.removeSource(shown.source());
      }
      system.registerSource(source);
      SHOWN.put(source.sourceName(), new Shown(source, new WeakReference<>(system)));
    }
  }
}
