package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.demo.FridgePictures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of formats whose jars a user adds: written in waves, gone on with, compacted. */
class TableFormatsIT {
  private static final int WAVE = 4;
  private static final TableFormatsProcess PROCESS = TableFormatsProcess.shared();

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
    scoreTwice(out.toString(), "--output-format", "delta");
    try (Stream<Path> log = Files.list(out.resolve("_delta_log"))) {
      assertThat(log.filter(file -> file.getFileName().toString().matches("\\d+\\.json")))
          .as("a commit a wave: 4 and 2, then 4")
          .hasSize(3);
    }
    assertAll(SparkFixture.spark().read().parquet(out.toString()));
    compact(out.toString());
  }

  @Test
  void iceberg() throws IOException {
    String records = folder.resolve("records").toString();
    scoreTwice("table:ice.shop.labels", "--output-format", "iceberg", "--run-dir", records);
    assertAll(
        SparkFixture.spark()
            .read()
            .parquet(PROCESS.warehouse().resolve("shop/labels/data").toString()));
    compact("table:ice.shop.labels", "--run-dir", records);
  }

  /** Some images, then all: the second job scores the rest. */
  private void scoreTwice(String output, String... more) throws IOException {
    List<String> score =
        new ArrayList<>(List.of("score", "--output", output, "--if-exists", "resume"));
    score.addAll(List.of("--model", folder + "/model", "--input", images.toString()));
    score.addAll(List.of("--commit-every", Integer.toString(WAVE)));
    score.addAll(List.of(more));
    List<String> some = new ArrayList<>(score);
    some.addAll(List.of("--limit", "6"));
    assertThat(PROCESS.run(some)).contains("6 images in ");
    assertThat(PROCESS.run(score)).contains("4 images in ");
  }

  private static void compact(String output, String... more) throws IOException {
    List<String> compact = new ArrayList<>(List.of("score", "--compact", "--output", output));
    compact.addAll(List.of(more));
    assertThat(PROCESS.run(compact)).contains("10 rows are current; 0 that were replaced");
  }

  private static void assertAll(Dataset<Row> rows) {
    assertThat(rows.select("path").distinct().count()).isEqualTo(10);
    assertThat(rows.filter("status = 'OK' and score > 0").count()).isEqualTo(10);
  }
}
