package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.SparkFixture;
import io.labelmill.checkpoint.Sha256;
import io.labelmill.error.InputException;
import io.labelmill.option.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run that resumes plans: images that the table lacks, by path, version and count. */
class ResumeIT {
  private static final StructType COMMITTED =
      StructType.fromDDL("path string, content_version string, status string, run_id string");

  private final SparkSession spark = SparkFixture.spark();
  private final List<Row> committed = new ArrayList<>();

  @TempDir private Path folder;
  @TempDir private Path runFolder;

  @Test
  void aListingIsDoneWhenPathsAndVersionsAre() {
    for (String name : List.of("a.jpg", "b c%.jpg", "c.jpg")) {
      done(folder + "/" + name, image(name), "OK", 1);
    }
    assertThat(missing(listing())).isEmpty();
    assertThat(plan(listing()).paths(3)).isEmpty();
    image("d.jpg");
    image("x/e.jpg");
    assertThat(missing(listing())).containsExactly("d.jpg", "x/e.jpg");
  }

  @Test
  void changedFilesAreDoneAgainUnlessThatIsIgnored() {
    done("file://" + folder + "/a.jpg", image("a.jpg"), "OK", 1);
    done(folder + "/b.jpg", "7-1", "OK", 1);
    image("b.jpg");
    assertThat(missing(listing())).containsExactly("b.jpg");
    assertThat(missing(listing().with(SourceOptions.CHANGED, Optional.of(Changed.IGNORE))))
        .isEmpty();
  }

  @Test
  void contentThatChangedBackIsDoneAgain() {
    String version = image("a.jpg");
    done(folder + "/a.jpg", version, "OK", 1);
    done(folder + "/a.jpg", "7-1", "UNDECODABLE", 2);
    assertThat(missing(listing())).containsExactly("a.jpg");
    done(folder + "/a.jpg", version, "OK", 3);
    assertThat(missing(listing())).isEmpty();
    done(folder + "/a.jpg", null, "ACCESS_DENIED", 4);
    assertThat(missing(listing())).containsExactly("a.jpg");
    done(folder + "/a.jpg", version, "OK", 5);
    assertThat(missing(listing())).isEmpty();
  }

  @Test
  void failuresThatMayPassAreTriedAgain() {
    for (String status :
        List.of("NOT_FOUND", "ACCESS_DENIED", "READ_FAILED", "TIMED_OUT", "UNDECODABLE", "OK")) {
      done(folder + "/" + status, image(status), status, 1);
    }
    // Too long to be read: it has no version.
    image("TOO_LARGE");
    done(folder + "/TOO_LARGE", null, "TOO_LARGE", 1);
    assertThat(missing(listing()))
        .containsExactly("ACCESS_DENIED", "NOT_FOUND", "READ_FAILED", "TIMED_OUT");
    assertThat(missing(listing().with(SourceOptions.RETRY_FAILED, RetryFailed.NONE))).isEmpty();
    assertThat(missing(listing().with(SourceOptions.RETRY_FAILED, RetryFailed.ALL)))
        .containsExactly(
            "ACCESS_DENIED", "NOT_FOUND", "READ_FAILED", "TIMED_OUT", "TOO_LARGE", "UNDECODABLE");
    done(folder + "/NOT_FOUND", image("NOT_FOUND"), "OK", 2);
    assertThat(missing(listing())).containsExactly("ACCESS_DENIED", "READ_FAILED", "TIMED_OUT");
  }

  @Test
  void theLimitIsOfTheInputSoThatTheSameRunAgainHasNothingToDo() {
    done(folder + "/a.jpg", image("a.jpg"), "OK", 1);
    image("b.jpg");
    image("c.jpg");
    assertThat(missing(listing().with(SourceOptions.LIMIT, OptionalLong.of(2))))
        .containsExactly("b.jpg");
    assertThat(missing(listing().with(SourceOptions.LIMIT, OptionalLong.of(1)))).isEmpty();
  }

  @Test
  void anInputWithoutImagesIsStillAnError() {
    image("a.png");
    done(folder + "/a.jpg", "1-1", "OK", 1);
    assertThatThrownBy(() -> missing(listing().with(SourceOptions.INCLUDE, List.of("*.jpg"))))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("has no images that --include");
  }

  @Test
  void pathsOfTablesAreSubtractedByCount() {
    table(
        "path string, n int",
        row("/x/a.jpg", 1),
        row("s3://b/k.jpg", 2),
        row("/x/a.jpg", 3),
        row(null, 4),
        row(null, 5),
        row("/x/b.jpg", 6),
        row("/x/a.jpg", 7));
    done("file:/x/a.jpg", "9-9", "OK", 1);
    done("/x/a.jpg", "9-9", "OK", 1);
    done("s3a://b/k.jpg", "1-1", "OK", 1);
    done(null, null, "INVALID_INPUT", 1);
    assertThat(kept(tableOptions("n"))).containsExactly(5, 6, 7);
    assertThat(kept(tableOptions("n").with(SourceOptions.LIMIT, OptionalLong.of(5))))
        .containsExactly(5);
  }

  @Test
  void changedPathsOfTablesAreFoundByTheirStatusWhenAskedFor() throws IOException {
    table(
        "path string, n int",
        row(folder + "/same.jpg", 1),
        row(folder + "/changed.jpg", 2),
        row(folder + "/new.jpg", 3),
        row(folder + "/gone.jpg", 4),
        row(null, 5));
    done(folder + "/same.jpg", image("same.jpg"), "OK", 1);
    done(folder + "/changed.jpg", "1-1", "OK", 1);
    String version = image("changed.jpg");
    done(folder + "/gone.jpg", "1-1", "OK", 1);
    done(null, null, "INVALID_INPUT", 1);
    assertThat(kept(tableOptions("n"))).containsExactly(3);
    assertThat(kept(tableOptions("n").with(SourceOptions.CHANGED, Optional.of(Changed.CHECK))))
        .containsExactly(2, 3, 4);
    Row changed =
        rows(tableOptions("n").with(SourceOptions.CHANGED, Optional.of(Changed.CHECK))).get(0);
    assertThat(changed.get(PlanColumns.LENGTH) + "-" + changed.get(PlanColumns.MODIFICATION_TIME))
        .as("so that it is opened without asking again")
        .isEqualTo(version);
  }

  @Test
  void theUserIsToldWhetherContentIsCompared() {
    image("a.jpg");
    table("path string, image binary, n int, rev int", row("/x/a.jpg", null, 1, 7));
    assertThat(comparison(listing())).endsWith("length and modification time in the listing");
    assertThat(comparison(tableOptions("n")))
        .isEqualTo(
            "Images that the table has are done, whatever became of their content since: --changed"
                + " check compares it");
    assertThat(
            comparison(tableOptions("n").with(SourceOptions.CHANGED, Optional.of(Changed.CHECK))))
        .isEqualTo(
            "Images that the table has are scored again where their content changed, told by"
                + " length and modification time, which takes a request for each");
    assertThat(comparison(tableOptions("n").with(SourceOptions.VERSION_COLUMN, Optional.of("rev"))))
        .endsWith("told by the column rev");
    assertThat(
            comparison(tableOptions("n").with(SourceOptions.CONTENT_COLUMN, Optional.of("image"))))
        .endsWith("told by its hash");
  }

  private String comparison(Settings options) {
    try (ImageSource source =
        ImageSource.open(spark, options.as(SourceOptions::read), Set.of("path"))) {
      return source.comparison();
    }
  }

  @Test
  void aVersionColumnTellsChangesForNothing() {
    table("path string, n int, rev int", row("/x/a.jpg", 1, 7), row("/x/b.jpg", 2, 8));
    done("/x/a.jpg", "7", "OK", 1);
    done("/x/b.jpg", "7", "OK", 1);
    assertThat(kept(tableOptions("n").with(SourceOptions.VERSION_COLUMN, Optional.of("rev"))))
        .containsExactly(2);
    assertThat(
            kept(
                tableOptions("n")
                    .with(SourceOptions.VERSION_COLUMN, Optional.of("rev"))
                    .with(SourceOptions.CHANGED, Optional.of(Changed.IGNORE))))
        .isEmpty();
  }

  @Test
  void contentsAreSubtractedByPathAndHash() {
    table(
        "path string, image binary, n int",
        row("a", "one".getBytes(StandardCharsets.UTF_8), 1),
        row("a", "one".getBytes(StandardCharsets.UTF_8), 2),
        row("b", "two".getBytes(StandardCharsets.UTF_8), 3),
        row("c", null, 4));
    done("a", sha256("one"), "OK", 1);
    done("b", sha256("one"), "OK", 1);
    done("c", null, "INVALID_INPUT", 1);
    Settings options = tableOptions("n").with(SourceOptions.CONTENT_COLUMN, Optional.of("image"));
    assertThat(kept(options)).containsExactly(2, 3);
    options = options.with(SourceOptions.CHANGED, Optional.of(Changed.IGNORE));
    assertThat(kept(options)).containsExactly(2);
    done("a", sha256("one"), "OK", 2);
    assertThat(kept(options)).isEmpty();
  }

  @Test
  void contentsWithoutPathsAreSubtractedByHashAlone() {
    String one = Base64.getEncoder().encodeToString("one".getBytes(StandardCharsets.UTF_8));
    table(
        "image string, n int",
        row(one, 1),
        row("data:image/png;base64," + one, 2),
        row("no base64!", 3),
        row("dHdv", 4));
    done(null, sha256("one"), "OK", 1);
    done(null, null, "INVALID_INPUT", 1);
    Settings options = tableOptions("n").with(SourceOptions.CONTENT_COLUMN, Optional.of("image"));
    assertThat(kept(options)).containsExactly(2, 4);
    assertThat(kept(options.with(SourceOptions.LIMIT, OptionalLong.of(2)))).containsExactly(2);
  }

  @Test
  void contentsOfRowsThatLackAPathAreToldApartByHash() {
    byte[] one = "one".getBytes(StandardCharsets.UTF_8);
    byte[] two = "two".getBytes(StandardCharsets.UTF_8);
    byte[] three = "three".getBytes(StandardCharsets.UTF_8);
    table(
        "path string, image binary, n int",
        row(null, one, 1),
        row(null, two, 2),
        row(null, two, 3),
        row(null, three, 4),
        row("a", three, 5),
        row(null, null, 6));
    Settings options = tableOptions("n").with(SourceOptions.CONTENT_COLUMN, Optional.of("image"));
    done(null, sha256("one"), "OK", 1);
    done(null, sha256("two"), "OK", 1);
    assertThat(kept(options)).containsExactly(3, 4, 5, 6);
    options = options.with(SourceOptions.CHANGED, Optional.of(Changed.IGNORE));
    assertThat(kept(options)).containsExactly(3, 4, 5, 6);
    done(null, sha256("two"), "OK", 2);
    done(null, sha256("three"), "OK", 2);
    done("a", sha256("three"), "OK", 2);
    done(null, null, "INVALID_INPUT", 2);
    assertThat(kept(options)).isEmpty();
    assertThat(kept(options.with(SourceOptions.CHANGED, Optional.of(Changed.CHECK)))).isEmpty();
  }

  @Test
  void nullPathsAreToldApartByTheVersionColumn() {
    table("path string, n int, rev int", row(null, 1, 7), row(null, 2, 8), row(null, 3, null));
    done(null, "7", "INVALID_INPUT", 1);
    done(null, "9", "INVALID_INPUT", 2);
    assertThat(kept(tableOptions("n").with(SourceOptions.VERSION_COLUMN, Optional.of("rev"))))
        .containsExactly(2, 3);
    assertThat(
            kept(
                tableOptions("n")
                    .with(SourceOptions.VERSION_COLUMN, Optional.of("rev"))
                    .with(SourceOptions.CHANGED, Optional.of(Changed.IGNORE))))
        .containsExactly(2, 3);
  }

  private static String sha256(String text) {
    return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private Settings listing() {
    return new Settings()
        .with(SourceOptions.INPUT, List.of(folder.toString()))
        .with(SourceOptions.INPUT_FORMAT, "images");
  }

  private Settings tableOptions(String keep) {
    return new Settings()
        .with(SourceOptions.INPUT, List.of(folder + "/t"))
        .with(SourceOptions.KEEP, List.of(keep));
  }

  /** Makes a file unless it is there, and says its version. */
  private String image(String name) {
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

  private void done(String path, String version, String status, int run) {
    committed.add(RowFactory.create(path, version, status, "run" + run));
  }

  private void table(String ddl, Row... rows) {
    spark
        .createDataFrame(List.of(rows), StructType.fromDDL(ddl))
        .coalesce(1)
        .write()
        .mode(SaveMode.Overwrite)
        .parquet(folder + "/t");
  }

  private static Row row(Object... values) {
    return RowFactory.create(values);
  }

  private Plan plan(Settings options) {
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

  private List<Row> rows(Settings options) {
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

  private List<String> missing(Settings options) {
    return rows(options).stream()
        .map(row -> row.getString(0).substring(("file:" + folder + "/").length()))
        .toList();
  }

  private List<Object> kept(Settings options) {
    return rows(options).stream().map(row -> row.get(PlanColumns.KEPT)).toList();
  }
}
