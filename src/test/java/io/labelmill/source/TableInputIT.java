package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.SparkFixture;
import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.option.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of paths and of contents: recognised, read whole, no row lost. */
class TableInputIT {
  private static final Set<String> RESERVED = Set.of("path", "status", "score", "width");

  private final SparkSession spark = SparkFixture.spark();

  @TempDir private Path folder;
  @TempDir private Path runFolder;

  @Test
  void csvIsReadAsStringsWithItsHeader() {
    text(
        "t.csv",
        "id,path,note",
        "007,/images/a b%20#.jpg,\"two, \"\"quoted\"\"\"",
        "008,s3://bucket/ü.jpg,\"a",
        "line\"",
        "009,,");
    List<Row> rows =
        rows(builder("t.csv").with(SourceOptions.KEEP, List.of("*")).as(SourceOptions::read));
    assertThat(column(rows, PlanColumns.PATH))
        .containsExactly("/images/a b%20#.jpg", "s3://bucket/ü.jpg", null);
    assertThat(column(rows, PlanColumns.LOCATION))
        .containsExactly("file:/images/a b%20#.jpg", "s3a://bucket/ü.jpg", null);
    assertThat(column(rows, PlanColumns.PROBLEM)).containsExactly(null, null, "The path is null.");
    assertThat(column(rows, PlanColumns.KEPT)).containsExactly("007", "008", "009");
    assertThat(column(rows, PlanColumns.KEPT + 1))
        .containsExactly("two, \"quoted\"", "a\nline", null);
    assertThat(column(rows, PlanColumns.LENGTH)).containsOnlyNulls();
  }

  @Test
  void jsonLinesAndArraysAndImageUrlColumns() {
    text(
        "t.jsonl",
        "{\"image_url\": \"/a.jpg\", \"tags\": [\"x\", \"y\"]}",
        "{\"image_url\": \"/b.jpg\"}");
    List<Row> rows =
        rows(builder("t.jsonl").with(SourceOptions.KEEP, List.of("tags")).as(SourceOptions::read));
    assertThat(column(rows, PlanColumns.PATH)).containsExactly("/a.jpg", "/b.jpg");
    assertThat(rows.get(0).<String>getList(PlanColumns.KEPT)).containsExactly("x", "y");
    clear();
    text("u.json", "  [", "{\"path\": \"/a.jpg\"},", "{\"path\": null}]");
    assertThat(column(rows(builder("u.json").as(SourceOptions::read)), PlanColumns.PATH))
        .containsExactly("/a.jpg", null);
  }

  @Test
  void keptColumnsOfAnyTypeComeThrough() {
    write(
        "path string, meta struct<a: int, b: array<string>>, `odd.name` double, raw binary",
        List.of(
            row("/a.jpg", row(1, List.of("x")), 0.5, new byte[] {1, 2}),
            row("/b.jpg", null, null, null)));
    SourceOptions options =
        builder("t")
            .with(SourceOptions.KEEP, List.of("odd.name", "META", "raw"))
            .as(SourceOptions::read);
    List<Row> rows = rows(options);
    assertThat(rows.get(0).getDouble(PlanColumns.KEPT)).isEqualTo(0.5);
    assertThat(rows.get(0).getStruct(PlanColumns.KEPT + 1).getInt(0)).isEqualTo(1);
    assertThat(rows.get(0).<byte[]>getAs(PlanColumns.KEPT + 2)).containsExactly(1, 2);
    assertThat(rows.get(1).isNullAt(PlanColumns.KEPT + 1)).isTrue();
  }

  @Test
  void severalTablesAreOneAndTheirColumnsMustAgree() {
    text("a.csv", "path,x", "/a.jpg,1");
    text("b.csv", "x,path", "2,/b.jpg");
    List<Row> rows =
        rows(
            new Settings()
                .with(SourceOptions.INPUT, List.of(folder + "/a.csv", folder + "/b.csv"))
                .with(SourceOptions.KEEP, List.of("x"))
                .as(SourceOptions::read));
    assertThat(column(rows, PlanColumns.PATH)).containsExactly("/a.jpg", "/b.jpg");
    assertThat(column(rows, PlanColumns.KEPT)).containsExactly("1", "2");
    text("c.csv", "path", "/c.jpg");
    assertThatThrownBy(() -> rows(SourceOptions.of(folder + "/a.csv", folder + "/c.csv")))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The inputs "
                + folder
                + "/a.csv and "
                + folder
                + "/c.csv have different columns: path, x and path.");
  }

  @Test
  void tablesInFoldersThatAreNoPartitionsAreReadWhole() {
    text("t/x/one.csv", "path", "/1.jpg");
    text("t/y/z/two.csv", "path", "/2.jpg");
    assertThat(column(rows(builder("t").as(SourceOptions::read)), PlanColumns.PATH))
        .containsExactlyInAnyOrder("/1.jpg", "/2.jpg");
    clear();
    text("p/day=1/one.csv", "path", "/1.jpg");
    text("p/day=2/two.csv", "path", "/2.jpg");
    assertThat(
            column(
                rows(builder("p").with(SourceOptions.KEEP, List.of("day")).as(SourceOptions::read)),
                PlanColumns.KEPT))
        .containsExactlyInAnyOrder("1", "2");
  }

  @Test
  void catalogTablesAndOtherFormats() {
    spark
        .createDataFrame(List.of(row("/a.jpg", 1)), StructType.fromDDL("path string, x int"))
        .createOrReplaceTempView("input_view");
    SourceOptions catalog =
        new Settings()
            .with(SourceOptions.INPUT, List.of("table:input_view"))
            .with(SourceOptions.KEEP, List.of("x"))
            .as(SourceOptions::read);
    assertThat(column(rows(catalog), PlanColumns.KEPT)).containsExactly(1);
    clear();
    spark.table("input_view").write().orc(folder + "/orc");
    assertThat(
            column(
                rows(
                    builder("orc").with(SourceOptions.INPUT_FORMAT, "orc").as(SourceOptions::read)),
                PlanColumns.PATH))
        .containsExactly("/a.jpg");
    assertThatThrownBy(() -> rows(SourceOptions.of("table:none")))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("The input table:none cannot be read as table: ");
    assertThatThrownBy(
            () ->
                rows(
                    builder("orc")
                        .with(SourceOptions.INPUT_FORMAT, "nonsense")
                        .as(SourceOptions::read)))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("The input " + folder + "/orc cannot be read as nonsense: ");
    text("broken.parquet", "this is no Parquet");
    assertThatThrownBy(() -> rows(builder("broken.parquet").as(SourceOptions::read)))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(
            "The input " + folder + "/broken.parquet cannot be read as parquet: ");
  }

  @Test
  void limitSampleAndGlobsWorkOnTables() {
    List<Row> input = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      input.add(row("/x/%03d.%s".formatted(i, i % 2 == 0 ? "jpg" : "png")));
    }
    input.add(row((Object) null));
    write("path string", input);
    assertThat(
            column(
                rows(
                    builder("t")
                        .with(SourceOptions.LIMIT, OptionalLong.of(3))
                        .as(SourceOptions::read)),
                PlanColumns.PATH))
        .containsExactly("/x/000.jpg", "/x/001.png", "/x/002.jpg");
    clear();
    assertThat(
            rows(
                builder("t").with(SourceOptions.INCLUDE, List.of("*.png")).as(SourceOptions::read)))
        .hasSize(101);
    clear();
    List<Object> sample =
        column(
            rows(
                builder("t")
                    .with(SourceOptions.SAMPLE, OptionalDouble.of(0.5))
                    .with(SourceOptions.SEED, 7L)
                    .as(SourceOptions::read)),
            0);
    clear();
    assertThat(sample)
        .hasSizeBetween(70, 130)
        .isEqualTo(
            column(
                rows(
                    builder("t")
                        .with(SourceOptions.SAMPLE, OptionalDouble.of(0.5))
                        .with(SourceOptions.SEED, 7L)
                        .as(SourceOptions::read)),
                0));
    assertThatThrownBy(
            () ->
                rows(
                    builder("t")
                        .with(SourceOptions.MODIFIED_AFTER, Optional.of(java.time.Instant.EPOCH))
                        .as(SourceOptions::read)))
        .isInstanceOf(UsageException.class)
        .hasMessage("--modified-after needs a listing, but " + folder + "/t is a table.");
  }

  @Test
  void aConnectorThatIsMissingIsNamedBeforeAnyImageIsRead() {
    write("path string", List.of(row("/a.jpg"), row("gs://b/a.jpg"), row("gs://b/b.jpg")));
    assertThatThrownBy(() -> rows(builder("t").as(SourceOptions::read)))
        .isInstanceOf(InputException.class)
        .satisfies(e -> assertThat(((InputException) e).problems()).hasSize(1))
        .hasMessageStartingWith(
            "There is no connector for gs:// on the class path, which gs://b/a.jpg needs: add it"
                + " behind --, as --packages com.google.cloud.bigdataoss:gcs-connector:");
  }

  @Test
  void anEmptyTableIsAnError() {
    text("t.csv", "path");
    assertThatThrownBy(() -> rows(builder("t.csv").as(SourceOptions::read)))
        .isInstanceOf(InputException.class)
        .hasMessage("The input " + folder + "/t.csv has no images.");
  }

  @Test
  void contentsComeInWholeSplitsWithoutAShuffle() throws Exception {
    List<Row> input = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      input.add(row("name" + i, new byte[] {(byte) i, 1, 2}, i));
    }
    write("path string, content binary, n int", input, 4);
    SourceOptions options =
        builder("t")
            .with(SourceOptions.CONTENT_COLUMN, Optional.of("content"))
            .with(SourceOptions.KEEP, List.of("n"))
            .as(SourceOptions::read);
    try (ImageSource source = ImageSource.open(spark, options, RESERVED)) {
      assertThat(source).isInstanceOf(ContentTable.class);
      Plan plan = source.plan(run());
      assertThat(plan.rows()).isEqualTo(40);
      Wave first = plan.wave(0, 15, TaskSizes.equal(5));
      assertThat(first.rows()).isGreaterThanOrEqualTo(15).isLessThan(40);
      Wave second = plan.wave(first.end(), 1_000, TaskSizes.equal(5));
      assertThat(second.end()).isEqualTo(40);
      List<Row> rows = new ArrayList<>(first.images().collectAsList());
      assertThat(rows).hasSize((int) first.rows());
      rows.addAll(second.images().collectAsList());
      assertThat(column(rows, PlanColumns.KEPT)).hasSize(40).doesNotHaveDuplicates();
      ImageReader reader = new ImageReader(spark.sparkContext().hadoopConfiguration());
      for (Row row : rows) {
        EncodedImage image = reader.read(row, byte[]::new);
        assertThat(image.length()).isEqualTo(3);
        assertThat((int) image.bytes()[0]).isEqualTo(row.getInt(PlanColumns.KEPT));
        assertThat(row.getString(PlanColumns.PATH)).isEqualTo("name" + image.bytes()[0]);
      }
      assertThat(plan.paths(2)).hasSize(2);
    }
  }

  @Test
  void limitIsExactWithinASplitOfContents() {
    List<Row> input = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      input.add(row("name" + i, new byte[] {(byte) i}));
    }
    write("path string, content binary", input, 4);
    Settings options = builder("t").with(SourceOptions.CONTENT_COLUMN, Optional.of("content"));
    assertThat(rows(options.with(SourceOptions.LIMIT, OptionalLong.of(13)).as(SourceOptions::read)))
        .hasSize(13);
    assertThat(rows(options.with(SourceOptions.LIMIT, OptionalLong.of(1)).as(SourceOptions::read)))
        .hasSize(1);
    assertThat(
            rows(options.with(SourceOptions.LIMIT, OptionalLong.of(400)).as(SourceOptions::read)))
        .hasSize(40);
    try (ImageSource source =
        ImageSource.open(
            spark,
            options.with(SourceOptions.LIMIT, OptionalLong.of(13)).as(SourceOptions::read),
            RESERVED)) {
      assertThat(source.plan(run()).paths(20)).hasSize(13);
    }
  }

  @Test
  void contentsNeedNoPathColumn() {
    write("jpeg string", List.of(row("AQI="), row((Object) null)));
    List<Row> rows =
        rows(
            builder("t")
                .with(SourceOptions.CONTENT_COLUMN, Optional.of("jpeg"))
                .as(SourceOptions::read));
    assertThat(column(rows, PlanColumns.PATH)).containsOnlyNulls();
    assertThat(column(rows, PlanColumns.CONTENT)).containsExactlyInAnyOrder("AQI=", null);
  }

  private Settings builder(String name) {
    return new Settings().with(SourceOptions.INPUT, List.of(folder.resolve(name).toString()));
  }

  private List<Row> rows(SourceOptions options) {
    try (ImageSource source = ImageSource.open(spark, options, RESERVED)) {
      Plan plan = source.plan(run());
      List<Row> rows = new ArrayList<>();
      for (long first = 0; first < plan.rows(); ) {
        Wave wave = plan.wave(first, 1_000, TaskSizes.equal(1_000));
        rows.addAll(wave.images().collectAsList());
        first = wave.end();
      }
      assertThat(rows).hasSize((int) plan.rows());
      return rows;
    }
  }

  private org.apache.hadoop.fs.Path run() {
    return new org.apache.hadoop.fs.Path(runFolder.toString(), "run");
  }

  private void clear() {
    try {
      org.apache.commons.io.FileUtils.deleteDirectory(runFolder.resolve("run").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Object> column(List<Row> rows, int column) {
    return rows.stream().map(row -> row.get(column)).toList();
  }

  private static Row row(Object... values) {
    return RowFactory.create(values);
  }

  private void write(String ddl, List<Row> rows) {
    write(ddl, rows, 1);
  }

  private void write(String ddl, List<Row> rows, int files) {
    spark
        .createDataFrame(rows, StructType.fromDDL(ddl))
        .coalesce(files)
        .write()
        .mode(SaveMode.Overwrite)
        .parquet(folder + "/t");
  }

  private void text(String name, String... lines) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, Arrays.asList(lines), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
