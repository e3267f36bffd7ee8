package io.labelmill.sink;

import java.util.Map;
import java.util.Optional;

/**
 * Spark's settings for committing to S3 without copying. Spark 4.1 makes them by itself where the
 * classes are there; Spark 3.5 has to be told.
 */
public final class MagicCommitter {
  private static final String PROTOCOL =
      "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol";
  private static final String PARQUET =
      "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter";

  private MagicCommitter() {}

  /** What to set where it is not set; nothing where spark-hadoop-cloud is not on the class path. */
  public static Map<String, String> settings() {
    try {
      Class.forName(PROTOCOL, false, Thread.currentThread().getContextClassLoader());
    } catch (ClassNotFoundException e) {
      return Map.of();
    }
    return Map.of(
        "spark.hadoop.fs.s3a.committer.magic.enabled",
        "true",
        "spark.hadoop.fs.s3a.committer.name",
        "magic",
        "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a",
        "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
        "spark.sql.parquet.output.committer.class",
        PARQUET,
        "spark.sql.sources.commitProtocolClass",
        PROTOCOL);
  }

  /**
   * What is wrong with Spark's way to commit to a store; nothing is, where it is another than the
   * one for file systems, which renames.
   */
  static Optional<String> warning(String scheme, String commitProtocol) {
    boolean renames =
        commitProtocol.isEmpty() || commitProtocol.endsWith(".SQLHadoopMapReduceCommitProtocol");
    return scheme.equals("s3a") && renames
        ? Optional.of(
            "The output is on S3, and Spark commits by renaming, which there is copying: slow,"
                + " though complete. For the magic committer, add --packages"
                + " org.apache.spark:spark-hadoop-cloud with Spark's own version behind --.")
        : Optional.empty();
  }
}
