package io.labelmill.sink;

import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.spark_partition_id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.SparkFixture;
import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import io.labelmill.error.Status;
import io.labelmill.error.UsageException;
import io.labelmill.source.Seam;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  @Test
  void anOutputThatExistsIsLeftAloneByDefault() throws IOException {
    write("parquet", IfExists.FAIL, 0, 5);
    assertThatThrownBy(() -> open("parquet", IfExists.FAIL))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The output "
                + folder
                + "/out exists: choose another, or say append, overwrite or resume with"
                + " --if-exists.");
    assertThat(paths("parquet")).hasSize(5);
    assertThat(folder.resolve("out/_labelmill")).isEmptyDirectory();
  }

  @Test
  void appendAddsRowsOfTheSameColumnsAndFormat() throws IOException {
    write("parquet", IfExists.APPEND, 0, 5);
    write("parquet", IfExists.APPEND, 5, 7);
    assertThat(paths("parquet")).hasSize(7);
    StructType others = SCHEMA.add("shop", "string");
    assertThatThrownBy(() -> open("parquet", IfExists.APPEND, others))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("/out cannot take these rows: it has no column shop.");
  }

  @Test
  void overwriteKeepsTheOldTableUntilItsLastWaveIsCommitted() throws IOException {
    write("parquet", IfExists.FAIL, 0, 5);
    try (ScoreOutput output = open("parquet", IfExists.OVERWRITE)) {
      output.commit(rows(10, 13), 3);
      assertThat(paths("parquet")).hasSize(5);
      output.commit(rows(13, 15), 2);
      output.finish();
      assertThat(paths("parquet"))
          .containsExactlyInAnyOrder(
              "/images/10.jpg",
              "/images/11.jpg",
              "/images/12.jpg",
              "/images/13.jpg",
              "/images/14.jpg");
    }
    assertThat(folder.resolve("out/_labelmill")).isEmptyDirectory();
    try (ScoreOutput output = open("json", IfExists.OVERWRITE)) {
      output.commit(rows(0, 2), 2);
    }
    assertThat(paths("parquet")).as("a run that ends early changes nothing").hasSize(5);
    write("json", IfExists.OVERWRITE, 0, 2);
    assertThat(paths("json")).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource(IfExists.class)
  void anOutputThatIsRefusedIsNotTouched(IfExists ifExists) throws IOException {
    Files.createDirectories(folder.resolve("out/_temporary/0/task_1"));
    Files.writeString(folder.resolve("out/_temporary/0/task_1/part-0"), "of another's job");
    Files.createDirectories(folder.resolve("out/__magic_job-1/x"));
    Files.writeString(folder.resolve("out/a.jpg"), "x");
    List<Path> before = entries(folder);
    assertThatThrownBy(() -> open("parquet", ifExists)).isInstanceOf(InputException.class);
    assertThat(entries(folder)).isEqualTo(before);
  }

  @Test
  void anOutputThatIsLostWhileItIsOpenedIsNobodysMistake() throws IOException {
    write("parquet", IfExists.FAIL, 0, 5);
    TestSeams.doAt(
        Seam.LOCKED,
        () -> {
          try {
            Files.writeString(folder.resolve("out/_labelmill/lock-0000000009-other"), "");
            Files.writeString(folder.resolve("out/part-of-another.csv"), "x");
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    assertThatThrownBy(() -> open("parquet", IfExists.RESUME))
        .isInstanceOf(OutageException.class)
        .hasMessageContaining("and run other took over its output.")
        .satisfies(lost -> assertThat(lost.getSuppressed()[0]).isInstanceOf(InputException.class));
  }

  @Test
  void aRunThatLostItsOutputLeavesTheMarkOfTheCompleteTable() throws IOException {
    try (ScoreOutput lost = openAsOneThatIsPaused(parquet())) {
      TestSeams.doAt(Seam.WAVE_STARTED, () -> takeOver(parquet()));
      assertThatThrownBy(() -> lost.commit(rows(0, 5), 5)).isInstanceOf(OutageException.class);
      assertThat(folder.resolve("out/_SUCCESS")).exists();
      Files.delete(folder.resolve("out/_SUCCESS"));
      assertThatThrownBy(lost::finish).isInstanceOf(OutageException.class);
      assertThat(folder.resolve("out/_SUCCESS")).doesNotExist();
    }
    assertThat(paths("parquet")).hasSize(5);
  }

  /** Whatever is on the class path for stores. */
  @Test
  void aRunThatIsPausedWithinSparksCommitToACatalogAddsNothing() {
    assertThat(spark.conf().get("spark.sql.sources.commitProtocolClass"))
        .isEqualTo("org.apache.spark.internal.io.cloud.PathOutputCommitProtocol");
    OutputOptions options = catalog("paused", folder.resolve("runs").toString());
    try (ScoreOutput lost = openAsOneThatIsPaused(options)) {
      // The first is this run's look before it asks Spark, the second is in Spark's commit.
      TestSeams.doAt(
          Seam.COMMITTING, () -> TestSeams.doAt(Seam.COMMITTING, () -> takeOver(options)));
      assertThatThrownBy(() -> lost.commit(rows(0, 5), 5))
          .satisfies(e -> assertThat(lost.lost(new IllegalStateException(e))).isPresent());
      spark.catalog().refreshTable("paused");
      assertThat(spark.table("paused").count()).isEqualTo(5);
    } finally {
      spark.sql("DROP TABLE IF EXISTS paused");
    }
  }

  private OutputOptions parquet() {
    return new OutputOptions(
        folder.resolve("out").toString(),
        Optional.of("parquet"),
        IfExists.RESUME,
        List.of(),
        Optional.empty());
  }

  /** A run that shows itself never. */
  private ScoreOutput openAsOneThatIsPaused(OutputOptions options) {
    System.setProperty("labelmill.lock.interval-millis", "600000");
    System.setProperty("labelmill.lock.patience-millis", "300");
    return ScoreOutput.open(spark, options, SCHEMA, "20260101T000000000-a");
  }

  /**
   * In a session of its own, as in a process of its own: settings of a commit are the session's.
   */
  private void takeOver(OutputOptions options) {
    System.setProperty("labelmill.lock.interval-millis", "100");
    SparkSession own = spark.newSession();
    Dataset<Row> rows = own.createDataFrame(rows(0, 5).collectAsList(), SCHEMA);
    try (ScoreOutput other = ScoreOutput.open(own, options, SCHEMA, "20260101T000001000-b")) {
      other.commit(rows, 5);
      other.finish();
    }
  }

  @AfterEach
  void keepTheUsualPace() {
    System.clearProperty("labelmill.lock.interval-millis");
    System.clearProperty("labelmill.lock.patience-millis");
  }

  @Test
  void filesOfCsvTellTheirColumns() {
    write("csv", IfExists.FAIL, 0, 5);
    write("csv", IfExists.APPEND, 5, 7);
    assertThat(paths("csv")).hasSize(7);
    StructType more = SCHEMA.add("shop", "string");
    for (IfExists ifExists : List.of(IfExists.APPEND, IfExists.RESUME)) {
      assertThatThrownBy(() -> open("csv", ifExists, more))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("/out cannot take these rows: it has no column shop.");
    }
    assertThat(paths("csv")).hasSize(7);
  }

  @Test
  void foldersOfCsvAreColumnsToo() {
    for (IfExists ifExists : List.of(IfExists.FAIL, IfExists.APPEND)) {
      OutputOptions options =
          new OutputOptions(
              folder + "/out", Optional.of("csv"), ifExists, List.of("category"), Optional.empty());
      try (ScoreOutput output = ScoreOutput.open(spark, options, SCHEMA, "p" + ifExists)) {
        assertThat(output.commit(rows(0, 10), 10).rows()).isEqualTo(10);
        output.finish();
      }
    }
  }

  @Test
  void filesOfOrcTellTheirColumns() {
    write("orc", IfExists.FAIL, 0, 5);
    write("orc", IfExists.APPEND, 5, 7);
    assertThat(paths("orc")).hasSize(7);
    StructType others = SCHEMA.add("shop", "string");
    assertThatThrownBy(() -> open("orc", IfExists.APPEND, others))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("/out cannot take these rows: it has no column shop.");
  }

  private static List<Path> entries(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.sorted().toList();
    }
  }

  @Test
  void aWaveOfAnotherNumberOfRowsIsABug() {
    try (ScoreOutput output = open("parquet", IfExists.FAIL)) {
      assertThatThrownBy(() -> output.commit(rows(0, 3), 4))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("A wave of 4 images was committed as 3 rows");
    }
  }

  @ParameterizedTest
  @MethodSource("io.labelmill.table.TableFormat#written")
  void everyFormatGivesBackWhatWasWritten(String format) {
    StructType schema =
        StructType.fromDDL(
            "path string, status string, labels array<string>,"
                + " predictions array<struct<label: string, score: float, index: int>>,"
                + " scores array<float>, meta struct<a: string, b: map<string,int>>, raw binary,"
                + " bytes bigint, label_index int, label string, score float,"
                + " scored_at timestamp");
    Timestamp time = Timestamp.from(Instant.parse("2026-01-02T03:04:05.678901Z"));
    float odd = 0.1f + 0.7f / 3;
    List<Row> rows =
        List.of(
            RowFactory.create(
                "/a \"quoted\", b\nc\\.jpg",
                "OK",
                List.of("x", "\"y,\n"),
                List.of(RowFactory.create("ü", odd, 3), RowFactory.create("y", 1e-12f, 0)),
                List.of(odd, 0f, 1f),
                RowFactory.create(null, Map.of("k", 1)),
                new byte[] {0, -1, 7},
                123_456_789_012L,
                3,
                "l",
                odd,
                time),
            RowFactory.create(
                null, "OK", List.of(), null, null, null, null, null, null, null, null, time));
    try (ScoreOutput output =
        ScoreOutput.open(
            spark,
            new OutputOptions(
                folder + "/out", Optional.of(format), IfExists.FAIL, List.of(), Optional.empty()),
            schema,
            "test")) {
      output.commit(spark.createDataFrame(rows, schema), 2);
      output.finish();
    }
    List<Row> read =
        ScoreTableReader.read(spark, format, schema, folder + "/out", List.of(folder + "/out"))
            .orderBy(org.apache.spark.sql.functions.col("path").isNull())
            .collectAsList();
    assertThat(read).hasSize(2);
    for (int i = 0; i < 2; i++) {
      assertThat(read.get(i).json()).isEqualTo(withSchema(rows.get(i), schema).json());
    }
  }

  private Row withSchema(Row row, StructType schema) {
    return spark.createDataFrame(List.of(row), schema).first();
  }

  @Test
  void partitionsAreFoldersOfKeptColumns() throws IOException {
    OutputOptions options =
        new OutputOptions(
            folder + "/out",
            Optional.empty(),
            IfExists.OVERWRITE,
            List.of("category"),
            Optional.empty());
    for (int run = 0; run < 2; run++) {
      try (ScoreOutput output = ScoreOutput.open(spark, options, SCHEMA, "p" + run)) {
        assertThat(output.commit(rows(0, 10), 10).rows()).isEqualTo(10);
        output.finish();
      }
    }
    try (Stream<Path> folders = Files.list(folder.resolve("out"))) {
      assertThat(folders.map(path -> path.getFileName().toString()))
          .contains("category=c0", "category=c1", "category=c2");
    }
    assertThat(paths("parquet")).hasSize(10);
  }

  /** A table's own values name these folders. */
  @Test
  void partitionsStayInTheOutput() throws IOException {
    OutputOptions options =
        new OutputOptions(
            folder + "/out",
            Optional.empty(),
            IfExists.FAIL,
            List.of("category"),
            Optional.empty());
    List<String> values = List.of("../../evil", "/tmp/evil", "..", "a/b", "_labelmill", "");
    List<Row> rows = new ArrayList<>();
    for (String value : values) {
      rows.add(
          RowFactory.create(
              "/images/" + rows.size() + ".jpg",
              value,
              "NOT_FOUND",
              null,
              null,
              null,
              null,
              "hostile",
              Timestamp.from(Instant.EPOCH)));
    }
    try (ScoreOutput output = ScoreOutput.open(spark, options, SCHEMA, "hostile")) {
      output.commit(spark.createDataFrame(rows, SCHEMA), values.size());
      output.finish();
    }
    assertThat(folder.resolve("evil")).doesNotExist();
    assertThat(folder.getParent().resolve("evil")).doesNotExist();
    assertThat(Path.of("/tmp/evil")).doesNotExist();
    try (Stream<Path> folders = Files.list(folder.resolve("out"))) {
      assertThat(folders.map(path -> path.getFileName().toString()).filter(n -> n.contains("=")))
          .hasSize(values.size())
          .allMatch(name -> name.startsWith("category="));
    }
  }

  /** Rows of one value of a partition would otherwise be one task, however many. */
  @Test
  void rowsOfAWaveAreSpreadOverItsFilesWhateverItsPartitions() {
    Dataset<Row> many =
        spark
            .range(1_000)
            .selectExpr(
                "if(id % 10 = 0, null, cast(id as string)) as path",
                "cast(id as string) as content_version", "'c' as category");
    FileSizes sizes = new FileSizes(4L << 30);
    for (List<String> partitionBy : List.of(List.<String>of(), List.of("category"))) {
      OutputOptions options =
          new OutputOptions(
              folder + "/out", Optional.empty(), IfExists.FAIL, partitionBy, Optional.empty());
      List<Row> files =
          sizes
              .gathered(many, 1_000, options)
              .groupBy(spark_partition_id())
              .agg(count("*"))
              .collectAsList();
      assertThat(files).hasSize(4).allMatch(file -> file.getLong(1) < 300);
    }
  }

  @Test
  void aRunThatLooksCommitsNothing() throws IOException {
    write("parquet", IfExists.FAIL, 0, 5);
    try (ScoreOutput look =
        ScoreOutput.look(
            spark, OutputOptions.of(folder + "/out", IfExists.APPEND), SCHEMA, "look")) {
      assertThatThrownBy(() -> look.commit(rows(0, 1), 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("a run that only looks commits nothing");
    }
    assertThat(paths("parquet")).hasSize(5);
  }

  @Test
  void catalogTablesAreWrittenAndCountedByRun() {
    spark.sql("drop table if exists scores_it");
    OutputOptions append =
        new OutputOptions(
            "table:scores_it",
            Optional.empty(),
            IfExists.APPEND,
            List.of(),
            Optional.of(folder + "/runs"));
    for (int run = 0; run < 2; run++) {
      runs++;
      try (ScoreOutput output = ScoreOutput.open(spark, append, SCHEMA, "test-" + runs)) {
        assertThat(output.commit(rows(0, 5), 5).statuses())
            .containsExactly(Map.entry(Status.OK, 4L), Map.entry(Status.NOT_FOUND, 1L));
        assertThat(output.commit(rows(5, 8), 3).rows()).isEqualTo(3);
        output.finish();
      }
    }
    assertThat(spark.table("scores_it").count()).isEqualTo(16);
    OutputOptions overwrite =
        new OutputOptions(
            "table:scores_it",
            Optional.empty(),
            IfExists.OVERWRITE,
            List.of(),
            Optional.of(folder + "/runs"));
    try (ScoreOutput output = ScoreOutput.open(spark, overwrite, SCHEMA, "test-o")) {
      assertThat(output.commit(rows(0, 5), 5).rows()).isEqualTo(5);
      assertThat(spark.table("scores_it").count()).isEqualTo(16);
      output.finish();
    }
    spark.catalog().refreshTable("scores_it");
    assertThat(spark.table("scores_it").count()).isEqualTo(5);
    assertThat(folder.resolve("runs")).isEmptyDirectory();
    assertThatThrownBy(() -> OutputOptions.of("table:scores_it", IfExists.FAIL))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--output table:scores_it needs --run-dir: a catalog table has no folder for plan and"
                + " run record.");
  }

  /** Else the work of a run would grow by the square of its waves. */
  @Test
  void aCatalogTableIsLockedWhateverTheRunFolder() {
    spark.sql("drop table if exists locked_it");
    System.setProperty("labelmill.lock.interval-millis", "100");
    try (ScoreOutput first =
        ScoreOutput.open(spark, catalog("locked_it", "runs-a"), SCHEMA, "locked-1")) {
      assertThatThrownBy(
              () -> ScoreOutput.open(spark, catalog("default.LOCKED_IT", "b"), SCHEMA, "locked-2"))
          .isInstanceOf(InputException.class)
          .hasMessageStartingWith("The output is being written by run locked-1 of ")
          .hasMessageContaining(": wait until it ends, or end it.");
      first.assertHeld();
    } finally {
      System.clearProperty("labelmill.lock.interval-millis");
    }
  }

  private OutputOptions catalog(String table, String runFolder) {
    return new OutputOptions(
        "table:" + table,
        Optional.empty(),
        IfExists.APPEND,
        List.of(),
        Optional.of(folder.resolve(runFolder).toString()));
  }

  @Test
  void aWaveOfACatalogTableIsCountedWithoutReadingTheTable() {
    spark.sql("drop table if exists counted_it");
    OutputOptions options =
        new OutputOptions(
            "table:counted_it",
            Optional.empty(),
            IfExists.APPEND,
            List.of(),
            Optional.of(folder + "/runs"));
    RowsRead read = new RowsRead();
    spark.sparkContext().addSparkListener(read);
    try (ScoreOutput output = ScoreOutput.open(spark, options, SCHEMA, "test-1")) {
      List<Long> waves = new ArrayList<>();
      for (int wave = 0; wave < 4; wave++) {
        output.commit(rows(5 * wave, 5 * wave + 5), 5);
        waves.add(read.soFar(spark));
      }
      assertThat(waves.get(3) - waves.get(2))
          .as("rows read within the fourth wave, and within the second")
          .isEqualTo(waves.get(1) - waves.get(0))
          .isPositive();
    } finally {
      spark.sparkContext().removeSparkListener(read);
    }
    assertThat(spark.table("counted_it").count()).isEqualTo(20);
  }

  private static final class RowsRead extends SparkListener {
    private final AtomicLong rows = new AtomicLong();

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      rows.addAndGet(end.taskMetrics().inputMetrics().recordsRead());
    }

    long soFar(SparkSession spark) {
      try {
        spark.sparkContext().listenerBus().waitUntilEmpty();
      } catch (java.util.concurrent.TimeoutException e) {
        throw new IllegalStateException(e);
      }
      return rows.get();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "csv"})
  void resumeGivesWhatIsCommitted(String format) {
    StructType schema = stamped();
    try (ScoreOutput output = open(format, IfExists.RESUME, schema)) {
      assertThat(output.committed()).as("there is nothing to resume").isEmpty();
      output.checkResumable(record("m1", "s1", "5"));
      output.commit(stampedRow("m1", "s1"), 1);
    }
    try (ScoreOutput output = open(format, IfExists.RESUME, schema)) {
      assertThat(output.committed().orElseThrow().select("path", "content_version").first())
          .isEqualTo(RowFactory.create("/a.jpg", "1-2"));
      output.checkResumable(record("m1", "s1", "5"));
    }
  }

  @Test
  void resumeOfAnotherModelOrOtherSettingsIsRefused() {
    StructType schema = stamped();
    try (ScoreOutput output = open("parquet", IfExists.RESUME, schema)) {
      output.commit(stampedRow("m1", "s1"), 1);
      record("m1", "s1", "5").write(output.recordFolder(), new Configuration());
    }
    try (ScoreOutput output = open("parquet", IfExists.RESUME, schema)) {
      assertThatThrownBy(() -> output.checkResumable(record("m2", "s2", "3")))
          .isInstanceOf(InputException.class)
          .hasMessageContaining(
              "the model was tiny (sha256 m1), now it is tiny (sha256 m2); --activation was"
                  + " softmax, now it is none; --resize-backend was pillow, now it is torchvision; --top-k was"
                  + " 5, now it is 3.");
    }
    assertThat(folder.resolve("out/_labelmill/run-stamped.json").toFile().delete()).isTrue();
    try (ScoreOutput output = open("parquet", IfExists.RESUME, schema)) {
      assertThatThrownBy(() -> output.checkResumable(record("m1", "s2", "5")))
          .hasMessageContaining(
              "the settings of run stamped differ, and its run record is missing");
    }
  }

  private static StructType stamped() {
    return StructType.fromDDL(
        "path string, status string, content_version string, model string, model_sha256 string,"
            + " settings_sha256 string, run_id string, scored_at timestamp");
  }

  private Dataset<Row> stampedRow(String model, String settings) {
    return spark.createDataFrame(
        List.of(
            RowFactory.create(
                "/a.jpg",
                "OK",
                "1-2",
                "tiny",
                model,
                settings,
                "stamped",
                Timestamp.from(Instant.EPOCH))),
        stamped());
  }

  private static RunRecord record(String model, String settings, String topK) {
    return new RunRecord(
        "stamped",
        RunRecord.State.DONE,
        0,
        null,
        "score",
        Map.of("top-k", topK, "batch-size", topK),
        new RunRecord.Code("0.1", "abc"),
        new RunRecord.Model("tiny", "/m", model, List.of(), null, List.of(), List.of()),
        settings,
        "fp32",
        topK.equals("5") ? "pillow" : "torchvision",
        null,
        "2",
        topK.equals("5") ? "softmax" : "none",
        null,
        null,
        null,
        List.of());
  }

  private ScoreOutput open(String format, IfExists ifExists, StructType schema) {
    runs++;
    return ScoreOutput.open(
        spark,
        new OutputOptions(
            folder.resolve("out").toString(),
            Optional.of(format),
            ifExists,
            List.of(),
            Optional.empty()),
        schema,
        "test-" + runs);
  }

  private void write(String format, IfExists ifExists, int from, int to) {
    try (ScoreOutput output = open(format, ifExists)) {
      assertThat(output.commit(rows(from, to), to - from).rows()).isEqualTo(to - from);
      output.finish();
    }
  }

  private ScoreOutput open(String format, IfExists ifExists) {
    return open(format, ifExists, SCHEMA);
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
              Timestamp.from(Instant.parse("2026-01-02T03:04:05.678901Z"))));
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
