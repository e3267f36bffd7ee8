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
  private record Shown(Source source, WeakReference<MetricsSystem> system) {
    boolean isIn(MetricsSystem asked) {
      return system.refersTo(asked);
    }
  }

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
    String name = source.sourceName();
    synchronized (SHOWN) {
      Shown shown = SHOWN.get(name);
      if (shown != null && shown.isIn(system)) {
        if (shown.source() == source) {
          return;
        }
        SHOWN.remove(name);
        system.removeSource(shown.source());
        // Spark removes all metrics whose names begin with the source's: those of others, too.
        for (Shown other : SHOWN.values()) {
          if (other.isIn(system) && other.source().sourceName().startsWith(name)) {
            system.removeSource(other.source());
            system.registerSource(other.source());
          }
        }
      }
      system.registerSource(source);
      SHOWN.put(name, new Shown(source, new WeakReference<>(system)));
    }
  }
}
