package io.labelmill;

import io.labelmill.sink.MagicCommitter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.SparkSession;

/** The one Spark session, {@code local[2]}, that tests of a JVM share; it ends with the JVM. */
public final class SparkFixture {
  private SparkFixture() {}

  public static SparkSession spark() {
    return Holder.SPARK;
  }

  private static final class Holder {
    private static final SparkSession SPARK = start();

    private static SparkSession start() {
      SparkSession.Builder builder = SparkSession.builder();
      MagicCommitter.settings().forEach(builder::config);
      return builder
          .master("local[2]")
          .appName("tests")
          .config("spark.ui.enabled", "false")
          .config("spark.sql.shuffle.partitions", "3")
          .config("spark.sql.warehouse.dir", warehouse())
          .config("spark.driver.host", "127.0.0.1")
          .config("spark.driver.bindAddress", "127.0.0.1")
          .getOrCreate();
    }

    /** A folder of this JVM: the catalog is in memory, and knows nothing of another's tables. */
    private static String warehouse() {
      try {
        Path folder = Files.createTempDirectory("warehouse");
        FileUtils.forceDeleteOnExit(folder.toFile());
        return folder.toString();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
