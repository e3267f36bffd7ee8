package io.labelmill;

import org.apache.spark.sql.SparkSession;

/** The one Spark session, {@code local[2]}, that tests of a JVM share; it ends with the JVM. */
public final class SparkFixture {
  private SparkFixture() {}

  public static SparkSession spark() {
    return Holder.SPARK;
  }

  private static final class Holder {
    private static final SparkSession SPARK =
        SparkSession.builder()
            .master("local[2]")
            .appName("tests")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "3")
            .config("spark.sql.warehouse.dir", System.getProperty("java.io.tmpdir") + "/warehouse")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate();
  }
}
