package io.labelmill;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Has the session write code for each job of a class of tests, as Spark does by default. */
public final class GeneratedCode implements BeforeAllCallback, AfterAllCallback {
  private static final Map<String, String> DEFAULTS =
      Map.of("spark.sql.codegen.wholeStage", "true", "spark.sql.codegen.factoryMode", "FALLBACK");

  private final Map<String, String> before = new HashMap<>();

  @Override
  public void beforeAll(ExtensionContext context) {
    SparkSession spark = SparkFixture.spark();
    DEFAULTS.forEach(
        (key, value) -> {
          before.put(key, spark.conf().get(key));
          spark.conf().set(key, value);
        });
  }

  @Override
  public void afterAll(ExtensionContext context) {
    before.forEach(SparkFixture.spark().conf()::set);
  }
}
