package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.SparkFixture;
import io.labelmill.error.InputException;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.sink.RunRecord;
import io.labelmill.sink.ScoreOutput;
import io.labelmill.sink.ScoreTableReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code jobs/score --compact} keeps of a table that several runs wrote. */
class CompactIT {
  private final SparkSession spark = SparkFixture.spark();
  private final StructType schema =
      ScoreTable.of(List.of(StructType.fromDDL("shelf string").fields()), KeptScores.ALL).schema();
  private final List<Row> rows = new ArrayList<>();

  @TempDir private Path folder;

  /** Rows are named {@code path version status}. */
  @Test
  void whatLaterRunsReplacedGoes() {
    run("r1", "fail", "none");
    add("changed v1 OK", "same v1 OK", "/failed null NOT_FOUND", "twice v1 OK", "twice v1 OK");
    add("split v1 OK", "appended v1 OK", "back v1 OK", "broken v1 UNDECODABLE", "null s1 OK");
    run("r2", "resume", "transient");
    add("changed v2 OK", "file:/failed v3 OK", "split v1 OK", "back v2 OK", "null s1 OK");
    run("r3", "resume", "transient");
    add("back v1 OK", "gone v1 OK", "s3a://b/k v1 OK");
    run("r4", "append", "none");
    add("appended v1 OK", "s3://b/k v1 OK");
    run("r5", "resume", "all");
    add("broken v1 UNDECODABLE", "gone null NOT_FOUND");
    CompactJob.Result result = compact();
    assertThat(result.rowsBefore()).isEqualTo(22);
    assertThat(result.filesBefore()).hasValue(5);
    assertThat(result.files()).hasValue(1);
    assertThat(table("parquet"))
        .containsExactlyInAnyOrder(
            "r2 changed v2 OK",
            "r1 same v1 OK",
            "r2 file:/failed v3 OK",
            "r1 twice v1 OK",
            "r1 twice v1 OK",
            // An input that names it twice, and a run that was killed between.
            "r1 split v1 OK",
            "r2 split v1 OK",
            "r3 back v1 OK",
            "r4 appended v1 OK",
            "r4 s3://b/k v1 OK",
            "r5 broken v1 UNDECODABLE",
            "r5 gone null NOT_FOUND",
            "r1 null s1 OK",
            "r2 null s1 OK");
    assertThat(result.rows()).isEqualTo(14);
    RunRecord record =
        RunRecord.read(new org.apache.hadoop.fs.Path(result.runRecord()), new Configuration());
    assertThat(record.state()).isEqualTo(RunRecord.State.DONE);
    assertThat(record.command()).isEqualTo("score --compact");
    assertThat(folder.resolve("out/_labelmill/run-r1.json")).exists();
    assertThat(compact().rows()).as("nothing more to do").isEqualTo(14);
  }

  @Test
  void aRunWithoutRecordCountsAsOneThatDidNotResume() throws IOException {
    run("r1", "fail", "none");
    add("a v1 OK");
    run("r2", "resume", "none");
    add("a v1 OK");
    flush();
    Files.delete(folder.resolve("out/_labelmill/run-r2.json"));
    compact();
    assertThat(table("parquet")).containsExactly("r2 a v1 OK");
  }

  @ParameterizedTest
  @MethodSource("io.labelmill.table.WrittenFormats#each")
  void theTableKeepsItsFormatItsFoldersAndEveryValue(String format) throws IOException {
    compactInFolders(format);
  }

  @Tag("stress")
  @ParameterizedTest
  @MethodSource("io.labelmill.table.WrittenFormats#alike")
  void soDoesOneOfAFormatThatIsReadAlike(String format) throws IOException {
    compactInFolders(format);
  }

  private void compactInFolders(String format) throws IOException {
    for (int run = 1; run <= 2; run++) {
      run("r" + run, "append", "none");
      add("/x/\"a\",b.jpg v1 OK", "/x/b.jpg null NOT_FOUND");
      write(format, List.of("shelf"));
    }
    List<String> before =
        read(format).filter("run_id = 'r2'").collectAsList().stream().map(Row::json).toList();
    compact();
    assertThat(read(format).collectAsList().stream().map(Row::json))
        .containsExactlyInAnyOrderElementsOf(before);
    assertThat(folder.resolve("out/shelf=007")).isDirectory();
    try (Stream<Path> files = Files.walk(folder.resolve("out"))) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("part-")))
          .singleElement()
          .asString()
          .contains("." + format);
    }
    // The table can be added to, as it could before.
    run("r3", "append", "none");
    add("/x/c.jpg v1 OK");
    write(format, List.of("shelf"));
    assertThat(read(format).count()).isEqualTo(3);
  }

  @Test
  void filesAreLarge() throws IOException {
    spark
        .range(0, 230_000, 1, 20)
        .selectExpr(
            "'/x/' || id as path",
            "'v1' as content_version",
            "'OK' as status",
            "'can' as label",
            "0 as label_index",
            "0.5f as score",
            "'r1' as run_id")
        .write()
        .parquet(folder + "/out");
    CompactJob.Result result = compact();
    assertThat(result.filesBefore()).hasValue(20);
    assertThat(result.files()).hasValue(2);
    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      assertThat(files.map(Path::toString).filter(file -> file.endsWith(".parquet")))
          .allSatisfy(
              file -> assertThat(spark.read().parquet(file).count()).isGreaterThan(100_000));
    }
  }

  @Test
  void catalogTablesKeepTheirDefinition() {
    spark.sql("drop table if exists compact_it");
    run("r1", "fail", "none");
    add("a v1 OK", "b null NOT_FOUND");
    spark
        .createDataFrame(rows, schema)
        .write()
        .partitionBy("shelf")
        .format("orc")
        .saveAsTable("compact_it");
    rows.clear();
    run("r2", "append", "none");
    add("b v1 OK");
    spark
        .createDataFrame(rows, schema)
        .write()
        .mode(SaveMode.Append)
        .partitionBy("shelf")
        .format("orc")
        .saveAsTable("compact_it");
    String definition = spark.sql("show create table compact_it").first().getString(0);
    CompactJob.Result result =
        CompactJob.run(
            spark,
            new CompactJob.Options(
                "table:compact_it", Optional.of(folder + "/runs"), new TreeMap<>()));
    assertThat(result.rowsBefore()).isEqualTo(3);
    assertThat(result.files()).isEmpty();
    assertThat(spark.table("compact_it").select("path", "status").collectAsList())
        .containsExactlyInAnyOrder(RowFactory.create("a", "OK"), RowFactory.create("b", "OK"));
    assertThat(spark.sql("show create table compact_it").first().getString(0))
        .isEqualTo(definition);
    spark.sql("drop table compact_it");
  }

  @Test
  void whatIsNoTableIsLeftAlone() throws IOException {
    Files.createDirectories(folder.resolve("out/_temporary/0"));
    assertThatThrownBy(this::compact)
        .isInstanceOf(InputException.class)
        .hasMessage("The output file:" + folder + "/out holds no table to compact.");
    Files.writeString(folder.resolve("out/picture.jpg"), "x");
    assertThatThrownBy(this::compact)
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The output holds file:" + folder + "/out/picture.jpg, which is no file of a table.");
    Files.move(folder.resolve("out/picture.jpg"), folder.resolve("out/a.csv"));
    Files.writeString(folder.resolve("out/b.json"), "{}");
    assertThatThrownBy(this::compact)
        .hasMessage(
            "The output file:" + folder + "/out holds files of several formats: csv, json.");
    assertThatThrownBy(
            () ->
                CompactJob.run(
                    spark,
                    new CompactJob.Options(
                        "table:not_there", Optional.of(folder + "/runs"), new TreeMap<>())))
        .hasMessage("The catalog has no table not_there to compact.");
    assertThat(folder.resolve("out/_labelmill")).doesNotExist();
    assertThat(folder.resolve("out/_temporary/0")).as("of another's job").exists();
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "orc"})
  void filesOfDifferentColumnsKeepThemAll(String format) {
    for (String column : List.of("shop", "floor")) {
      spark
          .range(2)
          .selectExpr(
              "'/" + column + "/' || id as path",
              "'v1' as content_version",
              "'OK' as status",
              "'can' as label",
              "0 as label_index",
              "0.5f as score",
              "'r1' as run_id",
              "cast(id as int) as " + column)
          .coalesce(1)
          .write()
          .mode(SaveMode.Append)
          .format(format)
          .save(folder + "/out");
    }
    assertThat(compact().rows()).isEqualTo(4);
    assertThat(
            spark
                .read()
                .format(format)
                .load(folder + "/out")
                .selectExpr("concat_ws(' ', path, 'shop', shop, 'floor', floor)")
                .collectAsList()
                .stream()
                .map(row -> row.getString(0)))
        .containsExactlyInAnyOrder(
            "/shop/0 shop 0 floor", "/shop/1 shop 1 floor",
            "/floor/0 shop floor 0", "/floor/1 shop floor 1");
    spark
        .range(1)
        .selectExpr("'x' as path", "'high' as floor")
        .write()
        .mode(SaveMode.Append)
        .format(format)
        .save(folder + "/out");
    assertThatThrownBy(this::compact)
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(
            "The output file:"
                + folder
                + "/out cannot be compacted, since a column has several types in its files: ");
  }

  private String runId;

  /** Rows that are added from here on are of this run. */
  private void run(String id, String ifExists, String retryFailed) {
    flush();
    runId = id;
    new RunRecord(
            id,
            RunRecord.State.DONE,
            0,
            null,
            "score",
            Map.of("if-exists", ifExists, "retry-failed", retryFailed),
            null,
            null,
            "s",
            "fp32",
            "pillow",
            null,
            "2",
            "softmax",
            null,
            null,
            null,
            List.of())
        .write(new org.apache.hadoop.fs.Path(folder + "/out/_labelmill"), new Configuration());
  }

  private void add(String... named) {
    for (String name : named) {
      String[] words = name.split(" ", -1);
      List<Object> values = new ArrayList<>();
      for (StructField field : schema.fields()) {
        values.add(
            switch (field.name()) {
              case "path" -> words[0].equals("null") ? null : words[0];
              case "content_version" -> words[1].equals("null") ? null : words[1];
              case "status" -> words[2];
              case "shelf" -> "007";
              case "error" -> words[2].equals("OK") ? null : "it, said \"no\"";
              case "label" -> words[2].equals("OK") ? "can" : null;
              case "label_index" -> words[2].equals("OK") ? 0 : null;
              case "score" -> words[2].equals("OK") ? 0.1f + 0.7f / 3 : null;
              case "labels" -> List.of("can", "ü, \"x\"");
              case "predictions" -> List.of(RowFactory.create("can", 0.1f, 0));
              case "scores" -> List.of(0.1f, 1e-12f);
              case "bytes" -> 123_456_789_012L;
              case "run_id" -> runId;
              case "scored_at" -> Timestamp.from(Instant.parse("2026-01-02T03:04:05.678901Z"));
              default -> null;
            });
      }
      rows.add(RowFactory.create(values.toArray()));
    }
  }

  private void flush() {
    if (!rows.isEmpty()) {
      write("parquet", List.of());
    }
  }

  private void write(String format, List<String> partitionBy) {
    try (ScoreOutput output =
        ScoreOutput.open(
            spark,
            new OutputOptions(
                folder + "/out",
                Optional.of(format),
                IfExists.APPEND,
                partitionBy,
                Optional.empty()),
            schema,
            "writing")) {
      output.commit(spark.createDataFrame(List.copyOf(rows), schema), rows.size());
      output.finish();
    }
    rows.clear();
  }

  private CompactJob.Result compact() {
    flush();
    return CompactJob.run(
        spark, new CompactJob.Options(folder + "/out", Optional.empty(), new TreeMap<>()));
  }

  private org.apache.spark.sql.Dataset<Row> read(String format) {
    return ScoreTableReader.read(spark, format, schema, folder + "/out", List.of(folder + "/out"))
        .select(
            Arrays.stream(schema.fieldNames())
                .map(org.apache.spark.sql.functions::col)
                .toArray(org.apache.spark.sql.Column[]::new));
  }

  /** Rows as run and name. */
  private List<String> table(String format) {
    return read(format)
        .selectExpr(
            "concat_ws(' ', run_id, coalesce(path, 'null'), coalesce(content_version, 'null'),"
                + " status)")
        .collectAsList()
        .stream()
        .map(row -> row.getString(0))
        .toList();
  }
}
