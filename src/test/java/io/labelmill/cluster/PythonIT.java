package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.PythonFixture;
import io.labelmill.ShortProcess;
import io.labelmill.SparkFixture;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import io.labelmill.ml.ImageLabeler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Python package in the packaged jar, on the PySpark that users install. */
class PythonIT {
  private static final long LIMIT_MINUTES = 8;

  /** Marks of pytest. */
  private static final String DEFAULT = "not stress";

  private static final String ALL = "";

  @TempDir Path folder;

  /** Stages, jobs and pictures in a session of their own. */
  @ParameterizedTest
  @ValueSource(strings = {"pyspark-4.1", "pyspark-3.5"})
  void thePackageWorks(String environment) throws Exception {
    pytest(environment, "labelmill", DEFAULT);
  }

  /** On the lines whose jars come with PySpark alone: {@code .ci/setup all} fetches these. */
  @ParameterizedTest
  @Tag("stress")
  @CsvSource({
    "pyspark-4.0, labelmill",
    "pyspark-4.1, distribution",
    "pyspark-4.2, labelmill",
    "pyspark-4.2, connect",
    "pyspark-4.2, distribution",
    "pyspark-4.3, labelmill",
    "pyspark-4.3, connect",
    "pyspark-4.3, distribution"
  })
  void thePackageWorksOnEachLine(String environment, String tests) throws Exception {
    draw();
    pytest(environment, tests, ALL);
  }

  /** Through a server of Spark Connect in a process of its own. */
  @Test
  void stagesWorkOnSparkConnect() throws Exception {
    draw();
    pytest("pyspark-4.1", "connect", DEFAULT);
  }

  /** A standalone cluster of the distribution that pip installs, with drivers in both languages. */
  @Test
  void jobsRunOnARealDistribution() throws Exception {
    pytest("pyspark-4.1", "distribution", DEFAULT);
  }

  /** What tests on Connect read. */
  private void draw() throws IOException {
    TinyBeit.checkpoint(5).write(folder.resolve("model"));
    Dataset<Row> paths =
        SparkFixture.spark()
            .read()
            .format("binaryFile")
            .load(new FridgePictures(6, 5).write(folder).toString())
            .select("path");
    try (ImageLabeler labeler = new ImageLabeler().setModel(folder.resolve("model").toString())) {
      labeler.write().save(folder.resolve("written-by-java").toString());
      labeler
          .transform(paths)
          .drop("scored_at", "run_id")
          .write()
          .parquet(folder.resolve("expected").toString());
    }
  }

  private void pytest(String environment, String tests, String marks)
      throws IOException, InterruptedException {
    Optional<Path> python = PythonFixture.interpreter(environment);
    Assumptions.assumeTrue(python.isPresent(), "no target/" + environment);
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(
                List.of(
                    python.get().toString(),
                    "-m",
                    "pytest",
                    "-q",
                    "-p",
                    "no:cacheprovider",
                    "-m",
                    marks,
                    "--basetemp",
                    folder.resolve("pytest").toString(),
                    SparkJars.project().resolve("src/test/python").resolve(tests).toString()))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().keySet().removeIf(name -> name.matches("SPARK_HOME|PYTHON.*|PYSPARK.*"));
    builder.environment().putAll(ShortProcess.environment());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("LABELMILL_JAR", SparkJars.application().toString());
    builder.environment().put("LABELMILL_DRAWN", folder.toString());
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    Process process = builder.start();
    try {
      boolean ended = process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES);
      assertThat(ended && process.exitValue() == 0).as(Files.readString(log)).isTrue();
      assertThat(Files.readString(log)).contains(" passed").doesNotContain(" skipped");
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
