package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import io.labelmill.error.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Waves, what becomes of an output that exists, and what a killed run leaves. */
class ScoreOutputIT {
  private static final StructType SCHEMA =
      StructType.fromDDL(
          "path string, category string, status string, label string, label_index int, score float,"
              + " predictions array<struct<label: string, score: float, index: int>>,"
              + " run_id string, scored_at timestamp");

  private final SparkSession spark = SparkFixture.spark();

  @TempDir private Path folder;
  private int runs;

  @Test
  void committedWavesAreCountedFromTheirFiles() throws IOException {
    try (ScoreOutput output = open("parquet", IfExists.FAIL)) {
      assertThat(output.commit(rows(0, 10), 10))
          .isEqualTo(
              new WaveCounts(
                  Map.of(Status.OK, 8L, Status.NOT_FOUND, 2L),
                  Map.of(
                      new WaveCounts.TopLabel(0, "can"), 4L,
                      new WaveCounts.TopLabel(1, "crane"), 2L,
                      new WaveCounts.TopLabel(2, "crane"), 2L),
                  4.0));
      assertThat(output.commit(rows(10, 15), 5).rows()).isEqualTo(5);
      assertThat(folder.resolve("out/_SUCCESS")).doesNotExist();
      output.finish();
    }
    assertThat(folder.resolve("out/_SUCCESS")).exists();
    assertThat(dataFiles()).hasSize(2);
    assertThat(paths("parquet")).hasSize(15).doesNotHaveDuplicates();
    assertThat(folder.resolve("out/_labelmill")).isEmptyDirectory();
  }

  private ScoreOutput open(String format, IfExists ifExists) {
    runs++;
    return ScoreOutput.open(
        spark,
        new OutputOptions(
            folder.resolve("out").toString(),
            Optional.of(format),
            ifExists,
            List.of(),
            Optional.empty()),
        SCHEMA,
        "test-" + runs);
  }

  /** Rows by number; every fifth is NOT_FOUND, the others are can or one of the two cranes. */
  private Dataset<Row> rows(int from, int to) {
    List<Row> rows = new ArrayList<>();
    for (int i = from; i < to; i++) {
      boolean ok = i % 5 != 4;
      int index = i % 2 == 0 ? 0 : 1 + i / 2 % 2;
      String label = index == 0 ? "can" : "crane";
      rows.add(
          RowFactory.create(
              "/images/" + i + ".jpg",
              "c" + i % 3,
              ok ? "OK" : "NOT_FOUND",
              ok ? label : null,
              ok ? index : null,
              ok ? 0.5f : null,
              ok ? List.of(RowFactory.create(label, 0.5f, index)) : null,
              "test-" + runs,
              java.sql.Timestamp.from(java.time.Instant.parse("2026-01-02T03:04:05.678901Z"))));
    }
    return spark.createDataFrame(rows, SCHEMA).repartition(3);
  }

  private List<Path> dataFiles() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      return files.filter(file -> file.getFileName().toString().startsWith("part-")).toList();
    }
  }

  private List<String> paths(String format) {
    return ScoreTableReader.read(
            spark,
            format,
            SCHEMA,
            folder.resolve("out").toString(),
            List.of(folder.resolve("out").toString()))
        .select("path")
        .collectAsList()
        .stream()
        .map(row -> row.getString(0))
        .toList();
  }
}
