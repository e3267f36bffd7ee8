package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.SparkFixture;
import io.labelmill.error.ImageException;
import io.labelmill.error.InputException;
import io.labelmill.error.Status;
import io.labelmill.error.UsageException;
import io.labelmill.option.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is an image of a folder or glob, and in which order. */
class ListingIT {
  private final SparkSession spark = SparkFixture.spark();

  @TempDir private Path folder;
  @TempDir private Path runFolder;

  @Test
  void everyFileIsARowButHiddenOnesAndOurOwn() throws IOException {
    List<String> images =
        List.of(
            "_DSC0001.JPG",
            "a b.jpg",
            "hash#tag.jpg",
            "percent%20.jpg",
            "plus+plus.jpg",
            "question?.jpg",
            "sub/_under/deep.png",
            "tränen-画像.webp");
    images.forEach(this::file);
    for (String other :
        List.of(
            ".hidden.jpg",
            ".cache/x.jpg",
            "_labelmill/run-1.json",
            "_temporary/0/x.jpg",
            "_delta_log/0.json",
            "sub/__magic_job-1/x.jpg")) {
      file(other);
    }
    assertThat(names(plan(SourceOptions.of(folder.toString())))).containsExactlyElementsOf(images);
  }

  @Test
  void filesAndArchivesWithoutANameAreCountedAndCutArchivesAreNot() throws Exception {
    file("a.jpg");
    int made =
        new ProcessBuilder(
                "bash",
                "-c",
                "printf x > $'\\xff.jpg'; mkdir tars; cd tars;"
                    + " printf x > $'\\xff.tar'; printf x > cut.tar")
            .directory(folder.toFile())
            .start()
            .waitFor();
    assertThat(made).isZero();
    assertThat(plan(SourceOptions.of(folder + "/*.jpg")).unopened()).isEqualTo(1);
    Plan archives =
        planIn(SourceOptions.of(folder.resolve("tars").toString()), runFolder.resolve("tars"));
    assertThat(archives.rows()).isEqualTo(2);
    assertThat(archives.unopened()).isEqualTo(1);
  }

  @Test
  void rowsCarryUnescapedPathAndStatus() throws IOException {
    file("a b%20#.jpg");
    Path file = folder.resolve("a b%20#.jpg");
    Row row = rows(plan(SourceOptions.of(folder.toString()))).get(0);
    assertThat(row.getString(PlanColumns.PATH)).isEqualTo("file:" + file);
    assertThat(row.getString(PlanColumns.LOCATION)).isEqualTo("file:" + file);
    assertThat(row.isNullAt(PlanColumns.PROBLEM)).isTrue();
    assertThat(row.getLong(PlanColumns.LENGTH)).isEqualTo(Files.size(file));
    assertThat(row.getLong(PlanColumns.MODIFICATION_TIME))
        .isEqualTo(Files.getLastModifiedTime(file).toMillis());
  }

  @Test
  void wavesCoverThePlanInOrderWithTasksOfTheSizeAskedFor() {
    for (int i = 0; i < 25; i++) {
      file("skewed/%03d.jpg".formatted(i));
    }
    file("a/x.jpg");
    file("z/x.jpg");
    Plan plan = plan(SourceOptions.of(folder.toString()));
    assertThat(plan.rows()).isEqualTo(27);
    assertThat(plan.bytes()).hasValue(27L * "content".length());
    List<String> seen = new ArrayList<>();
    Wave first = plan.wave(0, 10, TaskSizes.equal(3));
    assertThat(first.tasks()).isEqualTo(4);
    List<Integer> sizes = new ArrayList<>();
    for (List<Row> partition : first.images().javaRDD().glom().collect()) {
      sizes.add(partition.size());
      partition.forEach(row -> seen.add(row.getString(0)));
    }
    assertThat(sizes).containsExactly(3, 3, 3, 1);
    Wave second = plan.wave(first.end(), 100, TaskSizes.equal(4));
    assertThat(second.rows()).isEqualTo(17);
    second.images().collectAsList().forEach(row -> seen.add(row.getString(0)));
    assertThat(seen).hasSize(27).isSorted().doesNotHaveDuplicates();
    assertThat(plan.paths(3)).isEqualTo(seen.subList(0, 3));
  }

  @Test
  void aFileIsOneImage() {
    file("a.jpg");
    file("b.jpg");
    assertThat(names(plan(SourceOptions.of(folder.resolve("b.jpg").toString()))))
        .containsExactly("b.jpg");
  }

  @Test
  void globsMatchFilesAndFoldersAndThatIsRecursive() {
    for (String name :
        List.of("2023/a.jpg", "2024/a.jpg", "2024/x/b.png", "2025/c.jpg", "other/2024.jpg")) {
      file(name);
    }
    assertThat(names(plan(SourceOptions.of(folder + "/202[45]"))))
        .containsExactly("2024/a.jpg", "2024/x/b.png", "2025/c.jpg");
    clear();
    assertThat(names(plan(SourceOptions.of(folder + "/{2023,2025}/*.jpg"))))
        .containsExactly("2023/a.jpg", "2025/c.jpg");
    clear();
    assertThat(names(plan(SourceOptions.of(folder + "/**/?.png")))).containsExactly("2024/x/b.png");
  }

  @Test
  void aNameThatLooksLikeAGlobIsTakenAsItIsWhenItExists() {
    file("[1]/a*.jpg");
    file("1/ab.jpg");
    assertThat(names(plan(SourceOptions.of(folder + "/[1]")))).containsExactly("[1]/a*.jpg");
    clear();
    assertThat(names(plan(SourceOptions.of(folder + "/[1]/a*.jpg")))).containsExactly("[1]/a*.jpg");
  }

  @Test
  void severalInputsAreOneListingAndOverlapsCountOnce() {
    file("a/1.jpg");
    file("a/b/2.jpg");
    file("c/3.jpg");
    assertThat(names(plan(SourceOptions.of(folder + "/c", folder + "/a", folder + "/a/b"))))
        .containsExactly("a/1.jpg", "a/b/2.jpg", "c/3.jpg");
  }

  @Test
  void includeAndExcludeMatchTheEndsOfPaths() {
    for (String name : List.of("a.jpg", "a.png", "train/b.jpg", "x/train/thumbs/c.jpg")) {
      file(name);
    }
    assertThat(
            names(
                plan(
                    builder()
                        .with(SourceOptions.INCLUDE, List.of("*.jpg"))
                        .as(SourceOptions::read))))
        .containsExactly("a.jpg", "train/b.jpg", "x/train/thumbs/c.jpg");
    clear();
    assertThat(
            names(
                plan(
                    builder()
                        .with(SourceOptions.INCLUDE, List.of("train/*.jpg", "*.png"))
                        .as(SourceOptions::read))))
        .containsExactly("a.png", "train/b.jpg");
    clear();
    assertThat(
            names(
                plan(
                    builder()
                        .with(SourceOptions.INCLUDE, List.of("*.jpg"))
                        .with(SourceOptions.EXCLUDE, List.of("thumbs/**", "a.*"))
                        .as(SourceOptions::read))))
        .containsExactly("train/b.jpg");
  }

  @Test
  void modifiedAfterTakesLaterFilesOnly() throws IOException {
    file("old.jpg");
    file("new.jpg");
    Instant moment = Instant.parse("2026-01-01T00:00:00Z");
    Files.setLastModifiedTime(folder.resolve("old.jpg"), FileTime.from(moment));
    assertThat(
            names(
                plan(
                    builder()
                        .with(SourceOptions.MODIFIED_AFTER, Optional.of(moment))
                        .as(SourceOptions::read))))
        .containsExactly("new.jpg");
  }

  @Test
  void limitTakesTheFirstByPath() {
    for (int i = 9; i >= 0; i--) {
      file("d" + i % 3 + "/" + i + ".jpg");
    }
    Plan plan =
        plan(builder().with(SourceOptions.LIMIT, OptionalLong.of(5)).as(SourceOptions::read));
    assertThat(names(plan))
        .containsExactly("d0/0.jpg", "d0/3.jpg", "d0/6.jpg", "d0/9.jpg", "d1/1.jpg");
    assertThat(plan.bytes()).hasValue(5L * "content".length());
  }

  private List<String> sampled(double share, long seed) {
    return names(
        plan(
            builder()
                .with(SourceOptions.SAMPLE, OptionalDouble.of(share))
                .with(SourceOptions.SEED, seed)
                .as(SourceOptions::read)));
  }

  @Test
  void aSampleIsTheSameForOneSeedAndAnotherForAnother() {
    for (int i = 0; i < 400; i++) {
      file("%03d.jpg".formatted(i));
    }
    List<String> one = sampled(0.25, 1);
    clear();
    List<String> again = sampled(0.25, 1);
    clear();
    List<String> other = sampled(0.25, 2);
    clear();
    List<String> larger = sampled(0.5, 1);
    assertThat(one).hasSizeBetween(70, 130).isEqualTo(again).isNotEqualTo(other);
    assertThat(larger).containsAll(one);
    clear();
    assertThat(
            names(
                plan(
                    builder()
                        .with(SourceOptions.SAMPLE, OptionalDouble.of(1.0))
                        .as(SourceOptions::read))))
        .hasSize(400);
  }

  @Test
  void manyFoldersAreSpreadOverTasksAndEveryFileComesOnce() {
    for (int i = 0; i < 120; i++) {
      file("d%02d/e%d/%03d.jpg".formatted(i % 50, i % 3, i));
    }
    assertThat(names(plan(SourceOptions.of(folder.toString()))))
        .hasSize(120)
        .isSorted()
        .doesNotHaveDuplicates();
  }

  @Test
  void moreSubfoldersThanAPageHasAreSharedOutAndEveryFileComesOnce() {
    for (int i = 0; i < 40; i++) {
      file("wide/d%02d/%d.jpg".formatted(i, i));
    }
    file("wide/own.jpg");
    file("narrow/x/1.jpg");
    file("flat/1.jpg");
    file("flat/2.jpg");
    Dataset<Row> rows = listing(3);
    assertThat(rows.select("relative").as(Encoders.STRING()).collectAsList())
        .hasSize(44)
        .doesNotHaveDuplicates()
        .contains("wide/d00/0.jpg", "wide/d39/39.jpg", "wide/own.jpg", "flat/2.jpg");
    assertThat(tasksWithFiles(rows)).as("tasks that have files").isGreaterThan(15);
  }

  /** As {@link Listing#rows} gives it, with pages of so many entries. */
  private Dataset<Row> listing(int entries) {
    SourceSetup setup = new SourceSetup(spark, SourceOptions.of(folder.toString()));
    return Listing.rows(
        spark,
        setup.broadcast(),
        List.of(new Listing.Root("file:" + folder, null)),
        new ListingParts.Cut(entries, spark.sparkContext().collectionAccumulator()));
  }

  private static long tasksWithFiles(Dataset<Row> rows) {
    return rows.javaRDD().glom().filter(task -> !task.isEmpty()).count();
  }

  @Test
  void ofTwoLinksToOneFolderOneIsGoneInto() throws IOException {
    Path inside = Files.createDirectories(folder.resolve("in"));
    file("in/own.jpg");
    file("out/1.jpg");
    file("out/x/2.jpg");
    Files.createSymbolicLink(inside.resolve("b"), folder.resolve("out"));
    Files.createSymbolicLink(inside.resolve("c"), folder.resolve("out"));
    Files.createSymbolicLink(inside.resolve("a"), folder.resolve("out/x"));
    Plan plan = plan(SourceOptions.of(inside.toString()));
    assertThat(names(plan)).containsExactly("in/b/1.jpg", "in/b/x/2.jpg", "in/own.jpg");
    clear();
    assertThat(
            names(
                plan(
                    new Settings()
                        .with(SourceOptions.INPUT, List.of(inside.toString()))
                        .with(SourceOptions.INCLUDE, List.of("c/*"))
                        .as(SourceOptions::read))))
        .as("who names one of them is given that")
        .containsExactly("in/c/1.jpg");
  }

  @Test
  void linksThatLeadNowhereKeepTheirRows() throws Exception {
    file("a.jpg");
    Files.createSymbolicLink(folder.resolve("gone.jpg"), folder.resolve("nowhere"));
    Files.createSymbolicLink(folder.resolve("loop"), folder);
    Plan plan = plan(SourceOptions.of(folder.toString()));
    assertThat(names(plan)).containsExactly("a.jpg", "gone.jpg");
    Row gone = rows(plan).get(1);
    assertThat(gone.isNullAt(PlanColumns.LENGTH)).isTrue();
    assertThatThrownBy(
            () ->
                new ImageReader(spark.sparkContext().hadoopConfiguration()).read(gone, byte[]::new))
        .isInstanceOfSatisfying(
            ImageException.class, e -> assertThat(e.status()).isEqualTo(Status.NOT_FOUND));
  }

  @Test
  void aMissingInputIsSaidBeforeAnythingRunsAllAtOnce() {
    assertThatThrownBy(
            () -> plan(SourceOptions.of(folder + "/none", folder + "/no*ne", "foo://x/y")))
        .isInstanceOf(InputException.class)
        .satisfies(
            e ->
                assertThat(((InputException) e).problems())
                    .containsExactly(
                        "The input " + folder + "/none does not exist.",
                        "The input " + folder + "/no*ne has no files.",
                        "The input foo://x/y cannot be listed:"
                            + " org.apache.hadoop.fs.UnsupportedFileSystemException: No FileSystem"
                            + " for scheme \"foo\""));
  }

  @Test
  void refusedSchemesAreInputErrors() {
    assertThatThrownBy(() -> plan(SourceOptions.of("https://user:secret@example.org/a?key=secret")))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The input cannot be read: https://example.org/a is an address: put addresses into a"
                + " table, a line each of a CSV file for example, and name the table.");
  }

  @Test
  void anInputWithoutImagesIsAnError() throws IOException {
    assertThatThrownBy(() -> plan(SourceOptions.of(folder.toString())))
        .isInstanceOf(InputException.class)
        .hasMessage("The input " + folder + " has no files.");
    Files.createDirectories(folder.resolve("empty"));
    assertThatThrownBy(
            () ->
                plan(builder().with(SourceOptions.INPUT_FORMAT, "images").as(SourceOptions::read)))
        .isInstanceOf(InputException.class)
        .hasMessage("The input " + folder + " has no images.");
    clear();
    file("a.png");
    assertThatThrownBy(
            () ->
                plan(
                    builder()
                        .with(SourceOptions.INCLUDE, List.of("*.jpg"))
                        .as(SourceOptions::read)))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The input "
                + folder
                + " has no images that --include, --exclude, --sample and --modified-after let"
                + " through.");
    clear();
    assertThatThrownBy(() -> plan(SourceOptions.of(folder + "/*.jpg")))
        .isInstanceOf(InputException.class)
        .hasMessage("The input " + folder + "/*.jpg has no files.");
  }

  @Test
  void optionsOfTablesAreRefused() {
    file("a.jpg");
    SourceOptions options =
        builder()
            .with(SourceOptions.KEEP, List.of("x"))
            .with(SourceOptions.PATH_COLUMN, Optional.of("p"))
            .with(SourceOptions.CONTENT_COLUMN, Optional.of("c"))
            .with(SourceOptions.VERSION_COLUMN, Optional.of("v"))
            .as(SourceOptions::read);
    assertThatThrownBy(() -> plan(options))
        .isInstanceOf(UsageException.class)
        .satisfies(
            e ->
                assertThat(((UsageException) e).problems())
                    .hasSize(4)
                    .contains(
                        "--keep needs a table, but "
                            + folder
                            + " is read as images: name a table, or its kind with"
                            + " --input-format."));
  }

  private Settings builder() {
    return new Settings().with(SourceOptions.INPUT, List.of(folder.toString()));
  }

  private void file(String name) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, "content".getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Plan plan(SourceOptions options) {
    return planIn(options, runFolder.resolve("run"));
  }

  private Plan planIn(SourceOptions options, Path run) {
    try (ImageSource source = ImageSource.open(spark, options, Set.of("path", "status"))) {
      return source.plan(new org.apache.hadoop.fs.Path(run.toString()));
    }
  }

  /** Deletes the last plan, as the output does at the end of its run. */
  private void clear() {
    try {
      org.apache.commons.io.FileUtils.deleteDirectory(runFolder.resolve("run").toFile());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static List<Row> rows(Plan plan) {
    List<Row> rows = new ArrayList<>();
    for (long first = 0; first < plan.rows(); ) {
      Wave wave = plan.wave(first, 1_000, TaskSizes.equal(4));
      rows.addAll(wave.images().collectAsList());
      first = wave.end();
    }
    return rows;
  }

  private List<String> names(Plan plan) {
    return rows(plan).stream()
        .map(row -> row.getString(0).substring(("file:" + folder + "/").length()))
        .toList();
  }
}
