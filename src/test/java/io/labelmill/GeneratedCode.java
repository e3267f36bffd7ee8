package io.labelmill;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/**
 * Has the session of tests write code for each job until this is closed, as Spark does by default.
 */
public final class GeneratedCode implements AutoCloseable {
  private static final Map<String, String> DEFAULTS =
      Map.of("spark.sql.codegen.wholeStage", "true", "spark.sql.codegen.factoryMode", "FALLBACK");

  private final Map<String, String> before = new HashMap<>();

  private GeneratedCode() {}

  public static GeneratedCode on() {
    SparkSession spark = SparkFixture.spark();
    GeneratedCode on = new GeneratedCode();
    DEFAULTS.forEach(
        (key, value) -> {
          on.before.put(key, spark.conf().get(key));
          spark.conf().set(key, value);
        });
    return on;
  }

  @Override
  public void close() {
    before.forEach(SparkFixture.spark().conf()::set);
  }
}
