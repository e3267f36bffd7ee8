package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CommitterWarningTest {
  private static final String RENAMES =
      "org.apache.spark.sql.execution.datasources.SQLHadoopMapReduceCommitProtocol";
  private static final String MAGIC = "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol";

  @Test
  void onlyRenamingOnS3IsWorthAWord() {
    assertThat(MagicCommitter.warning("s3a", RENAMES).orElseThrow())
        .isEqualTo(
            "The output is on S3, and Spark commits by renaming, which there is copying: slow,"
                + " though complete. For the magic committer, add --packages"
                + " org.apache.spark:spark-hadoop-cloud with Spark's own version behind --.");
    assertThat(MagicCommitter.warning("s3a", "")).isPresent();
    assertThat(MagicCommitter.warning("s3a", MAGIC)).isEmpty();
    assertThat(MagicCommitter.warning("file", RENAMES)).isEmpty();
  }
}
