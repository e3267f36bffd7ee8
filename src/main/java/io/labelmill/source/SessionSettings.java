package io.labelmill.source;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.spark.sql.RuntimeConfig;
import org.apache.spark.sql.SparkSession;

/** Settings of a Spark session that hold for one piece of work and are then as they were. */
public final class SessionSettings {
  private SessionSettings() {}

  /**
   * Does some work under settings; for the thread alone that uses the session.
   *
   * @param settings of keys that Spark knows, so that each has a value before
   */
  public static <T> T during(SparkSession spark, Map<String, String> settings, Supplier<T> work) {
    RuntimeConfig session = spark.conf();
    Map<String, String> before = new TreeMap<>();
    settings.keySet().forEach(key -> before.put(key, session.get(key)));
    try {
      settings.forEach(session::set);
      return work.get();
    } finally {
      before.forEach(session::set);
    }
  }
}
