package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.JobProcess;
import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.demo.FridgePictures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tables of formats whose jars a user adds, each job in a process of its own: written in waves,
 * gone on with, compacted.
 */
class TableFormatsIT {
  private static final int WAVE = 4;

  @TempDir private Path folder;
  private Path images;

  @BeforeEach
  void draw() {
    images = new FridgePictures(10, 3).write(folder.resolve("in"));
    TestCheckpoints.tiny().write(folder.resolve("model"));
  }

  @Test
  void delta() throws IOException {
    Path out = folder.resolve("out");
    List<String> settings =
        List.of(
            "-Dspark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension",
            "-Dspark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog");
    scoreTwice(settings, out.toString(), "--output-format", "delta");
    try (Stream<Path> log = Files.list(out.resolve("_delta_log"))) {
      assertThat(log.filter(file -> file.getFileName().toString().matches("\\d+\\.json")))
          .as("a commit a wave: 4 and 2, then 4")
          .hasSize(3);
    }
    assertAll(SparkFixture.spark().read().parquet(out.toString()));
    compact(settings, out.toString());
  }

  @Test
  void iceberg() throws IOException {
    List<String> settings =
        List.of(
            "-Dspark.sql.catalog.ice=org.apache.iceberg.spark.SparkCatalog",
            "-Dspark.sql.catalog.ice.type=hadoop",
            "-Dspark.sql.catalog.ice.warehouse=" + folder.resolve("warehouse"));
    String records = folder.resolve("records").toString();
    scoreTwice(
        settings, "table:ice.shop.labels", "--output-format", "iceberg", "--run-dir", records);
    assertAll(
        SparkFixture.spark()
            .read()
            .parquet(folder.resolve("warehouse/shop/labels/data").toString()));
    compact(settings, "table:ice.shop.labels", "--run-dir", records);
  }

  /** Some images, then all: the second job scores the rest. */
  private void scoreTwice(List<String> settings, String output, String... more) throws IOException {
    List<String> score = new ArrayList<>(List.of("--output", output, "--if-exists", "resume"));
    score.addAll(List.of("--model", folder + "/model", "--input", images.toString()));
    score.addAll(List.of("--commit-every", Integer.toString(WAVE)));
    score.addAll(List.of(more));
    List<String> some = new ArrayList<>(score);
    some.addAll(List.of("--limit", "6"));
    assertThat(run(settings, some)).contains("6 images in ");
    assertThat(run(settings, score)).contains("4 images in ");
  }

  private void compact(List<String> settings, String output, String... more) throws IOException {
    List<String> compact = new ArrayList<>(List.of("--compact", "--output", output));
    compact.addAll(List.of(more));
    assertThat(run(settings, compact)).contains("10 rows are current; 0 that were replaced");
  }

  private static void assertAll(Dataset<Row> rows) {
    assertThat(rows.select("path").distinct().count()).isEqualTo(10);
    assertThat(rows.filter("status = 'OK' and score > 0").count()).isEqualTo(10);
  }

  /** What {@code jobs/score} says in the end. */
  private String run(List<String> settings, List<String> arguments) throws IOException {
    String formats;
    try (Stream<Path> jars = Files.list(Path.of("target/table-formats"))) {
      formats = jars.map(Path::toString).sorted().collect(Collectors.joining(":"));
    }
    Path log = Files.createTempFile(folder, "run", ".log");
    Process process = JobProcess.start(settings, ":" + formats, arguments, log);
    try {
      assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
      return Files.readString(log);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
