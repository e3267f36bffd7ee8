package io.labelmill.sink;

import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitterFactory;

/**
 * Spark's settings for committing to S3 without copying. Spark 4.1 makes them by itself where the
 * classes are there; Spark 3.5 has to be told.
 */
public final class MagicCommitter {
  private static final String PROTOCOL =
      "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol";

  /** Spark's own, which is its default. */
  static final String RENAMING =
      "org.apache.spark.sql.execution.datasources.SQLHadoopMapReduceCommitProtocol";

  private static final String PARQUET =
      "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter";

  private static final String SCHEME = "s3a";

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
   * Whether waves reach an output as uploads that a commit completes. S3A's two other committers
   * that do so keep the lists of their uploads where nobody else finds them: their waves are
   * written to a place of their own, and moved.
   */
  static boolean isUsed(TableWriter.Output output) {
    Path table = output.folder().table();
    return table != null
        && !renames(output.commitProtocol())
        && isUsed(table, output.configuration());
  }

  private static boolean isUsed(Path table, Configuration configuration) {
    if (!SCHEME.equals(table.toUri().getScheme())) {
      return false;
    }
    String factory =
        PathOutputCommitterFactory.getCommitterFactory(table, configuration)
            .getClass()
            .getSimpleName();
    String name =
        configuration.get(
            "fs.s3a.bucket." + table.toUri().getHost() + ".committer.name",
            configuration.get("fs.s3a.committer.name", "file"));
    return factory.equals("S3ACommitterFactory") && name.equals("magic");
  }

  /** Whether Spark commits as to file systems. */
  static boolean renames(String commitProtocol) {
    return commitProtocol.isEmpty() || commitProtocol.equals(RENAMING);
  }

  /**
   * Whether a table that Spark writes can be committed as to file systems: it is, or would be by
   * {@link #settings()} alone, which are of no use to its store.
   */
  static boolean mayRename(String commitProtocol, Path table, Configuration configuration) {
    return renames(commitProtocol)
        || (commitProtocol.equals(PROTOCOL) && !isUsed(table, configuration));
  }

  /** What is wrong with Spark's way to commit to a store. */
  static Optional<String> warning(String scheme, String commitProtocol) {
    return scheme.equals(SCHEME) && renames(commitProtocol)
        ? Optional.of(
            "The output is on S3, and Spark commits by renaming, which there is copying: slow,"
                + " though complete. For the magic committer, add --packages"
                + " org.apache.spark:spark-hadoop-cloud with Spark's own version behind --.")
        : Optional.empty();
  }
}
