package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import io.labelmill.score.ScoreTable;
import io.labelmill.table.ColumnPrefix;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables whose own columns have a prefix, since kept ones have their names. */
class ColumnPrefixIT {
  private static final int IMAGES = 6;

  /** Columns of embeddings and masks. */
  private static final List<String> OF_OTHER_COMMANDS =
      List.of("embedding", "segments", "mask", "mask_file");

  @TempDir static Path shared;
  @TempDir Path folder;
  private static final Path MODEL =
      Reference.golden().resolve("models").resolve("f-beit-singlelabel-containers");

  private static List<Path> images;
  private static JsonNode expected;

  @BeforeAll
  static void drawImages() throws IOException {
    SparkFixture.spark();
    Path pictures = new FridgePictures(IMAGES + 1, 7).write(shared);
    try (Stream<Path> files = Files.list(pictures)) {
      images = files.sorted().toList();
    }
  }

  @BeforeEach
  void listImages() throws IOException {
    writePaths(IMAGES);
  }

  /** With columns that the output has, too; the path is named otherwise. */
  private void writePaths(int count) throws IOException {
    StringBuilder csv = new StringBuilder("file,path,label,Status\n");
    for (int i = 0; i < count; i++) {
      csv.append(images.get(i)).append(",p%d,l%d,s%d%n".formatted(i, i, i));
    }
    Files.writeString(folder.resolve("paths.csv"), csv);
  }

  @ParameterizedTest
  @MethodSource("io.labelmill.table.WrittenFormats#each")
  void aTableIsWrittenResumedCompactedAndEvaluated(String format) throws IOException {
    writeResumeCompactAndEvaluate(format);
  }

  @Tag("stress")
  @ParameterizedTest
  @MethodSource("io.labelmill.table.WrittenFormats#alike")
  void soIsOneOfAFormatThatIsReadAlike(String format) throws IOException {
    writeResumeCompactAndEvaluate(format);
  }

  private void writeResumeCompactAndEvaluate(String format) throws IOException {
    Ended first = score("labels", "--output-format", format);
    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.out()).contains(IMAGES + " images in ", "commonest labels");
    Dataset<Row> rows = read("labels", format);
    assertThat(rows.columns()).contains("path", "label", "Status", "lm_path", "lm_label");
    assertThat(rows.filter("lm_status = 'OK' AND label = 'l3' AND path = 'p3'").count()).isOne();
    if (!format.equals(TableFormat.JSON.formatName())) {
      assertThat(List.of(rows.columns()).subList(0, 5))
          .containsExactly("lm_path", "path", "label", "Status", "lm_status");
    }

    writePaths(IMAGES + 1);
    Ended more = score("labels", "--output-format", format, "--if-exists", "resume");
    assertThat(more.exitCode()).as(more.err()).isZero();
    assertThat(more.out()).contains("1 images in ");

    writePaths(3);
    Ended appended = score("labels", "--output-format", format, "--if-exists", "append");
    assertThat(appended.exitCode()).as(appended.err()).isZero();
    assertThat(read("labels", format).count()).isEqualTo(IMAGES + 4);
    Ended compacted = CapturedTerminal.run("score", "--compact", "--output", output("labels"));
    assertThat(compacted.exitCode()).as(compacted.err()).isZero();
    assertThat(read("labels", format).count()).as("current rows").isEqualTo(IMAGES + 1);

    assertThat(metrics("labels")).isEqualTo(expected());
  }

  @Test
  void withoutThePrefixTheWayOutIsTold() {
    Ended kept = run("score", "labels", "--keep", "label");
    assertThat(kept.exitCode()).isEqualTo(2);
    assertThat(kept.problems())
        .containsExactly(
            "The output has columns of its own with the names of the kept columns label: rename"
                + " those in the input, leave them out of --keep, or give the output's own another"
                + " beginning with --column-prefix.");
    assertThat(score("labels").exitCode()).isZero();
    Ended other = run("score", "labels", "--if-exists", "resume");
    assertThat(other.exitCode()).isEqualTo(2);
    assertThat(other.problems())
        .singleElement()
        .asString()
        .endsWith(
            " cannot take these rows: it was written with --column-prefix lm_. Give the options"
                + " that it was written with, or another output.");
  }

  @Test
  void labelsOfOneModelAreTheInputOfTheNext() throws IOException {
    assertThat(score("labels").exitCode()).isZero();
    Ended next =
        CapturedTerminal.run(
            "score",
            "--model",
            MODEL.toString(),
            "--input",
            output("labels"),
            "--path-column",
            "lm_path",
            "--keep",
            "*",
            "--column-prefix",
            "second_",
            "--output",
            output("both"));
    assertThat(next.exitCode()).as(next.err()).isZero();
    Dataset<Row> rows = read("both", "parquet");
    assertThat(ColumnPrefix.found(List.of(rows.columns()))).hasValue(new ColumnPrefix("second_"));
    assertThat(rows.filter("lm_label = second_label AND lm_score = second_score").count())
        .isEqualTo(IMAGES);
    assertThat(metrics("both")).isEqualTo(expected());
  }

  @Test
  void embeddingsWithAPrefixAreTrainedOn() throws IOException {
    Ended embedded = run("embed", "vectors", "--keep", "label", "--column-prefix", "e_");
    assertThat(embedded.exitCode()).as(embedded.err()).isZero();
    assertThat(read("vectors", "parquet").columns()).contains("label", "e_embedding", "e_path");
    Ended trained =
        CapturedTerminal.run(
            "train",
            "--model",
            MODEL.toString(),
            "--embeddings",
            output("vectors"),
            "--truth",
            truth(),
            "--match-by",
            "name",
            "--split",
            "none",
            "--output",
            output("trained"));
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(trained.out()).contains("2 labels, " + IMAGES + " images to train on");
  }

  private Ended score(String table, String... more) {
    List<String> all = new ArrayList<>(List.of("--keep", "path,label,Status"));
    all.addAll(List.of("--column-prefix", "lm_"));
    all.addAll(List.of(more));
    return run("score", table, all.toArray(String[]::new));
  }

  private Ended run(String command, String table, String... more) {
    List<String> line = new ArrayList<>(List.of(command, "--model", MODEL.toString()));
    line.addAll(List.of("--input", folder.resolve("paths.csv").toString()));
    line.addAll(List.of("--path-column", "file", "--output", output(table)));
    line.addAll(List.of(more));
    return CapturedTerminal.run(line.toArray(String[]::new));
  }

  private String output(String name) {
    return folder.resolve(name).toString();
  }

  private Dataset<Row> read(String table, String format) {
    SparkSession spark = SparkFixture.spark();
    TableFormat known = TableFormat.named(format).orElseThrow();
    return spark.read().format(known.source()).options(known.options()).load(output(table));
  }

  /** Every other image has the model's first label, the others its second one. */
  private String truth() throws IOException {
    StringBuilder csv = new StringBuilder("path,label\n");
    for (int i = 0; i < IMAGES; i++) {
      csv.append(images.get(i).getFileName()).append(i % 2 == 0 ? ",can\n" : ",carton\n");
    }
    return Files.writeString(folder.resolve("truth.csv"), csv).toString();
  }

  /** Those of a table without prefix, of the same images. */
  private JsonNode expected() throws IOException {
    if (expected == null) {
      writePaths(IMAGES);
      assertThat(run("score", "bare").exitCode()).isZero();
      expected = metrics("bare");
      assertThat(expected.get("accuracy").asDouble()).isBetween(0.0, 1.0);
    }
    return expected;
  }

  private JsonNode metrics(String table) throws IOException {
    String report = output("report-" + table);
    Ended ended =
        CapturedTerminal.run(
            "evaluate",
            "--predictions",
            output(table),
            "--truth",
            truth(),
            "--match-by",
            "name",
            "--thumbnails",
            "none",
            "--output",
            report);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    return new ObjectMapper()
        .readTree(Path.of(report, "metrics.json").toFile())
        .at("/contenders/0/metrics");
  }

  /** The names in the code's table of columns are what a prefix stands before. */
  @Test
  void everyColumnButKeptOnesHasIt() {
    assertThat(score("labels", "--scores", "all").exitCode()).isZero();
    List<String> own = new ArrayList<>(List.of(read("labels", "parquet").columns()));
    own.removeAll(List.of("path", "label", "Status"));
    assertThat(own)
        .allMatch(name -> name.startsWith("lm_"))
        .extracting(name -> name.substring("lm_".length()))
        .containsExactlyElementsOf(
            ScoreTable.ownNames().stream()
                .filter(name -> !OF_OTHER_COMMANDS.contains(name))
                .toList());
  }
}
