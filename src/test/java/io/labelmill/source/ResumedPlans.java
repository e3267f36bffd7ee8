package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import io.labelmill.option.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.io.TempDir;

/** Images that a table is said to have, and the plan of a run that resumes it. */
abstract class ResumedPlans {
  private static final StructType COMMITTED =
      StructType.fromDDL("path string, content_version string, status string, run_id string");

  final SparkSession spark = SparkFixture.spark();
  private final List<Row> committed = new ArrayList<>();

  @TempDir Path folder;
  @TempDir private Path runFolder;

  Settings listing() {
    return new Settings()
        .with(SourceOptions.INPUT, List.of(folder.toString()))
        .with(SourceOptions.INPUT_FORMAT, "images");
  }

  Settings tableOptions(String keep) {
    return new Settings()
        .with(SourceOptions.INPUT, List.of(folder + "/t"))
        .with(SourceOptions.KEEP, List.of(keep));
  }

  /** Makes a file unless it is there, and says its version. */
  String image(String name) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "content");
      Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-02T03:04:05.678Z")));
      return "7-" + Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void done(String path, String version, String status, int run) {
    committed.add(RowFactory.create(path, version, status, "run" + run));
  }

  void table(String ddl, Row... rows) {
    spark
        .createDataFrame(List.of(rows), StructType.fromDDL(ddl))
        .coalesce(1)
        .write()
        .mode(SaveMode.Overwrite)
        .parquet(folder + "/t");
  }

  static Row row(Object... values) {
    return RowFactory.create(values);
  }

  Plan plan(Settings options) {
    try {
      org.apache.commons.io.FileUtils.deleteDirectory(runFolder.resolve("run").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Dataset<Row> rows = spark.createDataFrame(committed, COMMITTED);
    try (ImageSource source =
        ImageSource.open(spark, options.as(SourceOptions::read), Set.of("path"))) {
      return source.plan(
          new org.apache.hadoop.fs.Path(runFolder.toString(), "run"), Optional.of(rows));
    }
  }

  List<Row> rows(Settings options) {
    Plan plan = plan(options);
    List<Row> rows = new ArrayList<>();
    for (long first = 0; first < plan.rows(); ) {
      Wave wave = plan.wave(first, 2, TaskSizes.equal(1_000));
      List<Row> images = wave.images().collectAsList();
      assertThat(images).hasSize((int) wave.rows());
      rows.addAll(images);
      first = wave.end();
    }
    return rows;
  }

  List<String> missing(Settings options) {
    return rows(options).stream()
        .map(row -> row.getString(0).substring(("file:" + folder + "/").length()))
        .toList();
  }

  List<Object> kept(Settings options) {
    return rows(options).stream().map(row -> row.get(PlanColumns.KEPT)).toList();
  }
}
