package io.labelmill.source;

import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;

/**
 * How Spark works on a handful of rows: code that it would generate, compile and warm up takes
 * longer than the rows take without, and stages planned anew as others end, longer than a plan that
 * is not the best.
 */
public final class FewRows {
  /** In the driver's memory these are less than a megabyte, and one page of a bucket's listing. */
  private static final int MOST = 1_000;

  /** Another number than {@link #MOST}: with 0 tests send few rows the way of many. */
  private static final String PROPERTY = "labelmill.few-rows";

  private static final Map<String, String> SETTINGS =
      Map.of(
          "spark.sql.codegen.factoryMode",
          "NO_CODEGEN",
          "spark.sql.codegen.wholeStage",
          "false",
          "spark.sql.adaptive.enabled",
          "false");

  private FewRows() {}

  /** So many rows are few, and none more. */
  static int most() {
    return Integer.getInteger(PROPERTY, MOST);
  }

  /** Whether so many rows are few. */
  public static boolean are(long rows) {
    return rows <= most();
  }

  /**
   * Does some work on so many rows; for the thread alone that uses the session.
   *
   * @param rows their number, whether they are few or not
   */
  public static <T> T during(SparkSession spark, long rows, Supplier<T> work) {
    return are(rows) ? SessionSettings.during(spark, SETTINGS, work) : work.get();
  }
}
