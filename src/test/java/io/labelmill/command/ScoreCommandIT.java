package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.graph.BrainFloats;
import io.labelmill.score.KeptScores;
import io.labelmill.score.ScoreTable;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jobs/score} from its command line to its table, on {@code local[2]}. */
class ScoreCommandIT {
  private static final Path MODELS = Reference.golden().resolve("models");
  private static final Path MULTI_LABEL = MODELS.resolve("e-beit-multilabel-containers");

  /** Of which int8 keeps nothing in fp32. */
  private static final Path TEN_LABELS = MODELS.resolve("a-beit-meanpool-relpos");

  private static final Path SINGLE_LABEL = MODELS.resolve("f-beit-singlelabel-containers");
  private static final List<String> FRIDGE =
      List.of("can", "carton", "milk_bottle", "water_bottle");

  /** Names that are URIs, globs or escapes to somebody on the way. */
  private static final List<String> NAMES =
      List.of("a b.png", "a%20b.png", "a#b.png", "a+b.png", "_DSC0001.png", "ä.png", "x.png");

  @TempDir Path folder;
  private Path images;

  @BeforeAll
  static void startSpark() {
    // Commands use a session that is there: one for all tests.
    SparkFixture.spark();
  }

  @BeforeEach
  void drawImages() throws IOException {
    images = Files.createDirectories(folder.resolve("images"));
    for (int i = 0; i < NAMES.size(); i++) {
      draw(images.resolve(NAMES.get(i)), 20 + i, 30, i);
    }
  }

  @Test
  void aFolderBecomesATable() {
    Ended ended = score(MULTI_LABEL, images);

    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out())
        .contains("7 images in ", "  OK                        7", "commonest labels")
        .contains("mean score of the best label: 0.", "table: " + output(), "run record: ");
    assertThat(read().schema()).isEqualTo(ScoreTable.of(List.of(), KeptScores.TOP).schema());
    Map<String, Row> rows = byName();
    assertThat(rows.keySet()).containsExactlyInAnyOrderElementsOf(NAMES);
    Row row = rows.get("a#b.png");
    assertThat(row.<String>getAs("status")).isEqualTo("OK");
    assertThat(row.<Integer>getAs("width")).isEqualTo(22);
    assertThat(row.<Integer>getAs("height")).isEqualTo(30);
    assertThat(row.<Long>getAs("bytes")).isEqualTo(images.resolve("a#b.png").toFile().length());
    assertThat(row.<String>getAs("content_version"))
        .isEqualTo(row.getAs("bytes") + "-" + images.resolve("a#b.png").toFile().lastModified());
    assertThat(row.<String>getAs("model")).isEqualTo("e-beit-multilabel-containers");
    assertThat(row.<String>getAs("precision")).isEqualTo("fp32");
    assertThat(row.getList(row.fieldIndex("predictions"))).hasSize(4);
  }

  @Test
  void aRunRecordTellsOfTheRun() throws IOException {
    score(MULTI_LABEL, images, "--commit-every", "3");
    JsonNode record = record(output().resolve("_labelmill"));
    assertThat(record.at("/state").asText()).isEqualTo("DONE");
    assertThat(record.at("/exitCode").asInt()).isZero();
    assertThat(record.at("/progress/waves").asInt()).as("waves of 3").isEqualTo(3);
    assertThat(record.at("/progress/statuses/OK").asInt()).isEqualTo(7);
    assertThat(record.at("/configuration/commit-every").asText()).isEqualTo("3");
    assertThat(record.at("/model/labels")).extracting(JsonNode::asText).isEqualTo(FRIDGE);
    Row row = read().first();
    assertThat(record.at("/runId").asText()).isEqualTo(row.<String>getAs("run_id"));
    assertThat(record.at("/model/sha256").asText()).isEqualTo(row.<String>getAs("model_sha256"));
    assertThat(record.at("/settingsSha256").asText())
        .isEqualTo(row.<String>getAs("settings_sha256"));
  }

  @Test
  void everyInputFormGivesTheSameScores() throws IOException {
    score(MULTI_LABEL, images);
    Map<String, Object> expected = scoresByName();

    List<Row> paths = new ArrayList<>();
    List<Row> contents = new ArrayList<>();
    StringBuilder csv = new StringBuilder("image_url,shelf\n");
    StringBuilder json = new StringBuilder();
    for (String name : NAMES) {
      Path file = images.resolve(name);
      byte[] bytes = Files.readAllBytes(file);
      String base64 = Base64.getEncoder().encodeToString(bytes);
      paths.add(RowFactory.create(file.toString(), 7));
      contents.add(
          RowFactory.create(file.toString(), bytes, base64, "data:image/png;base64," + base64));
      csv.append(file).append(",7\n");
      json.append("{\"path\": \"").append(file).append("\"}\n");
    }
    StructType pathTable =
        new StructType().add("path", DataTypes.StringType).add("shelf", DataTypes.IntegerType);
    StructType contentTable =
        new StructType()
            .add("path", DataTypes.StringType)
            .add("png", DataTypes.BinaryType)
            .add("base64", DataTypes.StringType)
            .add("uri", DataTypes.StringType);
    Path pathParquet = write("paths.parquet", paths, pathTable);
    Path contentParquet = write("contents.parquet", contents, contentTable);
    Path pathCsv = Files.writeString(folder.resolve("paths.csv"), csv);
    Path pathJson = Files.writeString(folder.resolve("paths.jsonl"), json);

    assertGives(expected, pathParquet);
    assertGives(expected, pathParquet, "--keep", "shelf");
    assertThat(read().schema().fieldNames()).startsWith("path", "shelf", "status");
    assertThat(read().select("shelf").distinct().collectAsList())
        .containsExactly(RowFactory.create(7));
    assertGives(expected, pathParquet, "--keep", "*");
    assertThat(read().schema().fieldNames()).startsWith("path", "shelf", "status");
    assertGives(expected, pathCsv);
    assertGives(expected, pathCsv, "--path-column", "image_url", "--input-format", "csv");
    assertGives(expected, pathJson);
    assertGives(expected, contentParquet, "--content-column", "png");
    assertThat(read().first().<String>getAs("content_version")).matches("[0-9a-f]{64}");
    assertGives(expected, contentParquet, "--content-column", "base64");
    assertGives(expected, contentParquet, "--content-column", "uri", "--version-column", "base64");
    assertThat(read().first().<String>getAs("content_version")).startsWith("iVBORw0KGgo");
    assertGives(expected, images.resolve("*"), "--batch-size", "3");
  }

  @Test
  void int8IsTheSameForAnImageInAnyCompanyAndSaysSo() throws IOException {
    Ended ended = score(TEN_LABELS, images, "--precision", "int8");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    Map<String, Object> together = scoresByName();
    assertThat(read().select("precision").distinct().collectAsList())
        .containsExactly(RowFactory.create("int8"));

    assertThat(score(TEN_LABELS, images, "--if-exists", "resume").problems())
        .singleElement()
        .asString()
        .contains("precision");
    for (String name : together.keySet().stream().limit(2).toList()) {
      Path alone = images.resolve(name);
      score(TEN_LABELS, alone, "--precision", "int8", "--if-exists", "overwrite");
      assertThat(scoresByName()).containsExactly(Map.entry(name, together.get(name)));
    }

    Ended batch = score(TEN_LABELS, images, "--precision", "int8", "--batch-size", "2");
    assertThat(batch.problems())
        .containsExactly(
            "The model in int8 takes 1 image a pass, and --batch-size is 2: leave --batch-size"
                + " out.");
  }

  @Test
  void int8BesideBf16IsTheSameInAnyCompanyAndNotMixedWithInt8() throws IOException {
    BrainFloats.assumed();
    String[] precision = {"--precision", "int8-bf16"};
    Ended ended = score(TEN_LABELS, images, with(precision, "--batch-size", "2"));
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    Map<String, Object> together = scoresByName();
    assertThat(read().select("precision").distinct().collectAsList())
        .containsExactly(RowFactory.create("int8-bf16"));

    assertThat(score(TEN_LABELS, images, "--precision", "int8", "--if-exists", "resume").problems())
        .singleElement()
        .asString()
        .contains("--precision was int8-bf16, now it is int8.");
    String name = together.keySet().iterator().next();
    score(TEN_LABELS, images.resolve(name), with(precision, "--if-exists", "overwrite"));
    assertThat(scoresByName()).containsExactly(Map.entry(name, together.get(name)));
  }

  private void assertGives(Map<String, Object> expected, Path input, String... more) {
    Ended ended = score(MULTI_LABEL, input, with(more, "--if-exists", "overwrite"));
    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
    assertThat(scoresByName()).isEqualTo(expected);
  }

  @Test
  void aFailureIsARowAndADuplicateKeepsItsOwn() throws IOException {
    Files.writeString(images.resolve("notes.txt"), "milk, cans");
    byte[] png = Files.readAllBytes(images.resolve("x.png"));
    Files.write(images.resolve("half.png"), Arrays.copyOf(png, png.length / 2));
    StructType table = new StructType().add("path", DataTypes.StringType);
    List<Row> rows =
        Stream.of("x.png", "x.png", "notes.txt", "half.png", "none.png")
            .map(name -> RowFactory.create(images.resolve(name).toString()))
            .collect(Collectors.toCollection(ArrayList::new));
    rows.add(RowFactory.create((Object) null));
    Ended ended = score(MULTI_LABEL, write("paths.parquet", rows, table));

    assertThat(ended.exitCode()).as("fewer than 20 rows never fail a run").isZero();
    assertThat(read().select("status").as(Encoders.STRING()).collectAsList())
        .containsExactlyInAnyOrder(
            "OK", "OK", "NOT_AN_IMAGE", "UNDECODABLE", "NOT_FOUND", "INVALID_INPUT");
    for (Row row : read().filter("status <> 'OK'").collectAsList()) {
      assertThat(row.<String>getAs("error")).isNotBlank();
      for (String column : List.of("label", "label_index", "score", "labels", "predictions")) {
        assertThat(row.<Object>getAs(column)).as(column).isNull();
      }
    }
    assertThat(ended.out()).contains("NOT_AN_IMAGE              1", "NOT_FOUND                 1");
  }

  @Test
  void tooManyFailuresFailTheRunAfterWriting() throws IOException {
    for (int i = 0; i < 20; i++) {
      Files.writeString(images.resolve("broken" + i + ".jpg"), "no image");
    }
    Ended ended = score(MULTI_LABEL, images);
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .containsExactly(
            "20 of 27 images failed, more than the share of 0.1 that --max-failed-fraction allows:"
                + " the table is written, its columns status and error say why");
    assertThat(ended.out()).contains("27 images in ");
    JsonNode record = record(output().resolve("_labelmill"));
    assertThat(record.at("/state").asText()).isEqualTo("FAILED");
    assertThat(record.at("/exitCode").asInt()).isEqualTo(2);
    assertThat(record.at("/progress/statuses/NOT_AN_IMAGE").asInt()).isEqualTo(20);
    assertThat(read().count()).isEqualTo(27);
    assertThat(
            score(MULTI_LABEL, images, "--if-exists", "overwrite", "--max-failed-fraction", "0.75")
                .exitCode())
        .isZero();
  }

  @Test
  void activationsAndScoresFollowTheOptions() {
    score(SINGLE_LABEL, images, "--scores", "all", "--activation", "none");
    Map<String, List<Float>> logits = allScores();
    assertThat(read().filter("labels is not null").count()).isZero();
    for (String activation : List.of("softmax", "sigmoid")) {
      score(
          SINGLE_LABEL,
          images,
          "--scores",
          "all",
          "--activation",
          activation,
          "--if-exists",
          "overwrite");
      allScores()
          .forEach(
              (name, scores) -> {
                double sum = logits.get(name).stream().mapToDouble(Math::exp).sum();
                for (int i = 0; i < scores.size(); i++) {
                  double e = Math.exp(logits.get(name).get(i));
                  double expected = activation.equals("softmax") ? e / sum : e / (1 + e);
                  assertThat((double) scores.get(i)).isCloseTo(expected, Offset.offset(1e-6));
                }
              });
    }
    assertThat(read().filter("labels is null").count()).isZero();
    score(SINGLE_LABEL, images, "--top-k", "2", "--if-exists", "overwrite");
    for (Row row : read().collectAsList()) {
      List<Row> predictions = row.getList(row.fieldIndex("predictions"));
      assertThat(predictions).hasSize(2);
      assertThat(predictions.get(0))
          .isEqualTo(
              RowFactory.create(row.getAs("label"), row.getAs("score"), row.getAs("label_index")));
      assertThat(predictions.get(0).getFloat(1))
          .isGreaterThanOrEqualTo(predictions.get(1).getFloat(1));
    }
    assertThat(read().columns()).doesNotContain("scores");
  }

  @Test
  void thresholdsAssignLabels() throws IOException {
    Path file = Files.writeString(folder.resolve("t.json"), "{\"thresholds\": {\"can\": 1}}");
    Map<String, float[]> thresholds =
        Map.of(
            "0.25",
            new float[] {0.25f, 0.25f, 0.25f, 0.25f},
            "carton=0,milk_bottle=0.75",
            new float[] {0.5f, 0, 0.75f, 0.5f},
            file.toString(),
            new float[] {1, 0.5f, 0.5f, 0.5f});
    thresholds.forEach(
        (text, values) -> {
          Ended ended =
              score(
                  MULTI_LABEL,
                  images,
                  "--threshold",
                  text,
                  "--scores",
                  "all",
                  "--if-exists",
                  "overwrite");
          assertThat(ended.exitCode()).isZero();
          for (Row row : read().collectAsList()) {
            List<Float> scores = row.getList(row.fieldIndex("scores"));
            List<String> expected =
                Stream.of(0, 1, 2, 3)
                    .filter(i -> scores.get(i) > values[i])
                    .sorted(Comparator.comparing(scores::get).reversed())
                    .map(FRIDGE::get)
                    .toList();
            assertThat(row.<String>getList(row.fieldIndex("labels"))).isEqualTo(expected);
          }
        });
  }

  @Test
  void whatDoesNotFitTheModelEndsWithOne() {
    assertEnds(
        score(SINGLE_LABEL, images, "--threshold", "0.4", "--top-k", "5"),
        1,
        "--threshold needs independent labels, but this model's activation is softmax: leave"
            + " --threshold out, or add --activation sigmoid if its labels are independent",
        "--top-k is 5, but the model has 4 labels");
    assertEnds(
        score(MULTI_LABEL, images, "--threshold", "cat=0.4"),
        1,
        "threshold of label cat: the model has no such label. Did you mean can?");
    assertThat(output()).doesNotExist();
  }

  @Test
  void whatIsMissingEndsWithTwoAndWithoutATrace() throws IOException {
    for (Ended ended :
        List.of(
            score(folder.resolve("no-model"), images),
            score(MULTI_LABEL, folder.resolve("no-images")),
            score(MULTI_LABEL, images, "--processor", folder.resolve("none").toString()),
            score(MULTI_LABEL, images, "--labels", folder.resolve("none").toString()))) {
      assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
      assertThat(ended.err()).startsWith("labelmill: ").doesNotContain("\tat ", "Exception");
    }
    assertThat(score(folder.resolve("no-model"), folder.resolve("no-images")).problems())
        .as("both are told")
        .hasSize(2);
    Files.writeString(output(), "a file");
    Ended ended = score(MULTI_LABEL, images);
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .containsExactly("The output " + output() + " is a file, not a folder.");
  }

  @Test
  void aColumnOfWhatIsNoTableEndsWithOneAndWithoutATrace() {
    Ended ended = score(MULTI_LABEL, images, "--path-column", "path");
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
    assertThat(ended.err()).startsWith("labelmill: ").doesNotContain("\tat ", "Exception");
  }

  @Test
  void aDamagedTableOfPathsEndsWithTwo() throws IOException {
    StructType schema = new StructType().add("path", DataTypes.StringType);
    List<Row> rows = NAMES.stream().map(name -> RowFactory.create((Object) name)).toList();
    Path table = write("paths.parquet", rows, schema);
    try (Stream<Path> files = Files.list(table)) {
      for (Path file : files.toList()) {
        byte[] bytes = Files.readAllBytes(file);
        if (file.toString().endsWith(".parquet")) {
          // The schema at the file's end stays readable, the rows don't.
          Arrays.fill(bytes, 4, 60, (byte) 0xff);
          Files.write(file, bytes);
        } else if (file.toString().endsWith(".crc")) {
          Files.delete(file);
        }
      }
    }
    Ended ended = score(MULTI_LABEL, table);
    assertThat(ended.problems())
        .singleElement()
        .asString()
        .startsWith("The input " + table + " cannot be read: ");
    assertThat(ended.exitCode()).isEqualTo(2);
  }

  @Test
  void anExistingTableFailsGrowsOrIsReplaced() {
    assertThat(score(MULTI_LABEL, images).exitCode()).isZero();
    Ended again = score(MULTI_LABEL, images);
    assertThat(again.exitCode()).isEqualTo(2);
    assertThat(again.problems()).singleElement().asString().contains("exists");
    assertThat(read().count()).isEqualTo(7);
    assertThat(score(MULTI_LABEL, images, "--if-exists", "append").exitCode()).isZero();
    assertThat(read().count()).isEqualTo(14);
    assertThat(read().select("run_id").distinct().count()).isEqualTo(2);
    assertThat(score(MULTI_LABEL, images, "--if-exists", "overwrite", "--limit", "3").exitCode())
        .isZero();
    assertThat(read().count()).isEqualTo(3);
  }

  @Test
  void imagesAreChosen() throws IOException {
    draw(Files.createDirectories(images.resolve("deep/er")).resolve("y.png"), 9, 9, 1);
    assertThat(chosen("--include", "a*.png"))
        .containsExactly("a b.png", "a#b.png", "a%20b.png", "a+b.png");
    String[] several = {"--include", "a*.png", "--include", "y.png", "--exclude", "*#*"};
    assertThat(chosen(several)).containsExactly("a b.png", "a%20b.png", "a+b.png", "y.png");
    assertThat(score(MULTI_LABEL, images, several).problems()).isEmpty();
    assertThat(byName()).containsOnlyKeys(chosen(several));
    assertThat(chosen("--limit", "2")).hasSize(2);
    List<String> sample = chosen("--sample", "0.5");
    assertThat(chosen("--sample", "0.5")).isEqualTo(sample);
    assertThat(sample).hasSizeBetween(1, 7);
    assertThat(
            Stream.of("1", "2", "3", "4")
                .map(seed -> chosen("--sample", "0.5", "--seed", seed))
                .distinct()
                .count())
        .isGreaterThan(1);
    Files.setLastModifiedTime(
        images.resolve("x.png"), FileTime.from(Instant.parse("2001-01-01T00:00:00Z")));
    assertThat(chosen("--modified-after", "2001-06-01")).hasSize(7).doesNotContain("x.png");
    String[] together = {"--modified-after", "2001-06-01", "--sample", "0.5", "--seed", "1"};
    assertThat(score(MULTI_LABEL, images, with(together, "--if-exists", "overwrite")).problems())
        .isEmpty();
    assertThat(byName()).containsOnlyKeys(chosen(together));
  }

  /** Names of the images that a run would score. */
  private List<String> chosen(String... more) {
    Ended ended = score(MULTI_LABEL, images, with(more, "--dry-run", "--if-exists", "overwrite"));
    assertThat(ended.problems()).isEmpty();
    return ended
        .out()
        .lines()
        .dropWhile(line -> !line.equals("paths:"))
        .skip(1)
        .map(path -> path.substring(path.lastIndexOf('/') + 1))
        .sorted()
        .toList();
  }

  @Test
  void aDryRunScoresNothing() {
    Ended ended = score(MULTI_LABEL, images, "--dry-run", "--commit-every", "3");
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out().lines())
        .contains("dry run: nothing is scored", "images: 7", "waves: 3", "paths:")
        .anyMatch(line -> line.matches("bytes: [\\d,]+"))
        .anyMatch(line -> line.matches("partitions: \\d+"))
        .anyMatch(line -> line.endsWith("/images/a b.png"));
    assertThat(score(MULTI_LABEL, images).exitCode()).as("the output does not exist yet").isZero();
  }

  @Test
  void aDryRunGoesBesideARunThatWrites() throws IOException {
    assertThat(score(MULTI_LABEL, images, "--limit", "2").exitCode()).isZero();
    Path lock = Files.writeString(output().resolve("_labelmill/lock"), "another run's");
    Ended ended = score(MULTI_LABEL, images, "--dry-run", "--if-exists", "resume");
    assertThat(ended.problems()).isEmpty();
    assertThat(ended.out()).contains("images: 5");
    assertThat(lock).hasContent("another run's");
  }

  @Test
  void anOutputAmongTheInputIsRefused() throws IOException {
    Path inner = images.resolve("labels");
    Ended ended = scoreInto(inner, images);
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.problems())
        .containsExactly(
            "The output "
                + inner
                + " and the input file:"
                + images
                + " lie one within the other, so that the job would read what it writes: choose"
                + " another output, or add --exclude 'labels/**'.");
    assertThat(inner).doesNotExist();
    assertThat(scoreInto(images, images).exitCode()).isEqualTo(1);
    assertThat(scoreInto(folder, images).exitCode()).as("an input in the output").isEqualTo(1);
    assertThat(scoreInto(output(), images, "--run-dir", images + "/runs").problems())
        .singleElement()
        .asString()
        .contains(images + "/runs");
    StructType paths = new StructType().add("path", DataTypes.StringType);
    Path table = write("paths", List.of(RowFactory.create(images + "/x.png")), paths);
    assertThat(scoreInto(table.resolve("labels"), table).problems())
        .singleElement()
        .asString()
        .endsWith("would read what it writes: choose another output.");
    assertThat(scoreInto(images.resolve(".labels"), images).exitCode()).as("hidden").isZero();
    Ended excluded = scoreInto(inner, images, "--exclude", "labels/**");
    assertThat(excluded.problems()).isEmpty();
    assertThat(scoreInto(inner, images, "--include", "*.png", "--if-exists", "resume").problems())
        .isEmpty();
    Files.createDirectories(folder.resolve("images-2"));
    assertThat(scoreInto(folder.resolve("images-2"), images).exitCode())
        .as("a name that begins alike")
        .isZero();
  }

  private Ended scoreInto(Path output, Path input, String... more) {
    return CapturedTerminal.run(
        with(
            more,
            "score",
            "--model",
            MULTI_LABEL.toString(),
            "--input",
            input.toString(),
            "--output",
            output.toString()));
  }

  @Test
  void aColumnOfThePathCannotMakeFolders() throws IOException {
    StructType paths =
        new StructType().add("path", DataTypes.StringType).add("shelf", DataTypes.StringType);
    Path table = write("paths", List.of(RowFactory.create(images + "/x.png", "a")), paths);
    Ended ended = score(MULTI_LABEL, table, "--keep", "*", "--partition-by", "label");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.problems())
        .containsExactly(
            "--partition-by names label, and folders are made of kept columns only: copy a column"
                + " of the input through with --keep; kept are shelf.");
  }

  @Test
  void picturesAreTurnedAndLimited() throws IOException {
    Path turned = Reference.golden().resolve("preprocessing/images/jpeg-exif-6.jpg");
    score(MULTI_LABEL, turned);
    Row upright = read().first();
    score(MULTI_LABEL, turned, "--orientation", "as-stored", "--if-exists", "overwrite");
    Row stored = read().first();
    assertThat(stored.<Integer>getAs("width")).isEqualTo(upright.<Integer>getAs("height"));
    assertThat(stored.<Float>getAs("score")).isNotEqualTo(upright.<Float>getAs("score"));
    assertThat(stored.<String>getAs("settings_sha256"))
        .isNotEqualTo(upright.<String>getAs("settings_sha256"));
    score(MULTI_LABEL, images, "--max-pixels", "" + 22 * 30, "--if-exists", "overwrite");
    Map<String, Row> rows = byName();
    assertThat(rows.get("a#b.png").<String>getAs("status")).isEqualTo("OK");
    Row large = rows.get("x.png");
    assertThat(large.<String>getAs("status")).isEqualTo("TOO_LARGE");
    assertThat(large.<Integer>getAs("width")).isEqualTo(26);
    assertThat(large.<Integer>getAs("height")).isEqualTo(30);
  }

  @Test
  void labelsAndProcessorMayBeOthers() throws IOException {
    Path names = Files.writeString(folder.resolve("names.txt"), "tin\nbox\njug\njug\n");
    score(MULTI_LABEL, images, "--labels", names.toString(), "--top-k", "4");
    Row row = read().first();
    List<Row> predictions = row.getList(row.fieldIndex("predictions"));
    assertThat(predictions)
        .allSatisfy(
            p ->
                assertThat(p.getString(0))
                    .isEqualTo(List.of("tin", "box", "jug", "jug").get(p.getInt(2))));
    String config = Files.readString(MULTI_LABEL.resolve("preprocessor_config.json"));
    Path other = Files.createDirectories(folder.resolve("processor"));
    Files.writeString(
        other.resolve("preprocessor_config.json"),
        config.replaceAll("\"image_mean\": *\\[[^]]*]", "\"image_mean\": [0, 0, 0]"));
    float before = row.getAs("score");
    score(MULTI_LABEL, images, "--processor", other.toString(), "--if-exists", "overwrite");
    assertThat(read().first().<Float>getAs("score")).isNotEqualTo(before);
  }

  @Test
  void tablesComeInOtherFormats() throws IOException {
    assertThat(score(MULTI_LABEL, images, "--output-format", "json").exitCode()).isZero();
    assertThat(SparkFixture.spark().read().json(output().toString()).count()).isEqualTo(7);
    assertThat(
            score(
                    MULTI_LABEL,
                    images,
                    "--output-format",
                    "csv",
                    "--scores",
                    "all",
                    "--if-exists",
                    "overwrite")
                .exitCode())
        .isZero();
    Row row =
        SparkFixture.spark()
            .read()
            .option("header", true)
            .option("escape", "\"")
            .csv(output().toString())
            .first();
    JsonNode predictions = new ObjectMapper().readTree(row.<String>getAs("predictions"));
    assertThat(predictions.at("/0/label").asText()).isEqualTo(row.getAs("label"));
    assertThat(new ObjectMapper().readTree(row.<String>getAs("scores"))).hasSize(4);
  }

  @Test
  void foldersOfTheTableAndOfTheRecordAreChosen() throws IOException {
    StructType table =
        new StructType().add("path", DataTypes.StringType).add("shelf", DataTypes.IntegerType);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      rows.add(RowFactory.create(images.resolve(NAMES.get(i)).toString(), i % 2));
    }
    Path records = folder.resolve("records");
    Ended ended =
        score(
            MULTI_LABEL,
            write("paths.parquet", rows, table),
            "--keep",
            "shelf",
            "--partition-by",
            "shelf",
            "--run-dir",
            records.toString());
    assertThat(ended.problems()).isEmpty();
    assertThat(output().resolve("shelf=0")).isDirectory();
    assertThat(output().resolve("shelf=1")).isDirectory();
    assertThat(record(records).at("/state").asText()).isEqualTo("DONE");
  }

  @Test
  void optionsComeFromAFile() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("score.properties"),
            "model = %s\ninput = %s\noutput = %s\ntop-k = 1\nscores = all\n"
                .formatted(MULTI_LABEL, images, output()));
    Ended ended = CapturedTerminal.run("score", "--config", config.toString(), "--top-k", "2");
    assertThat(ended.problems()).isEmpty();
    Row row = read().first();
    assertThat(row.getList(row.fieldIndex("predictions"))).as("the flag wins").hasSize(2);
    assertThat(row.getList(row.fieldIndex("scores"))).hasSize(4);
  }

  @Test
  void aLogitThatIsNotFiniteEndsTheJobAndNamesTheImage() throws IOException {
    Path broken = Files.createDirectories(folder.resolve("broken"));
    for (String name : List.of("config.json", "preprocessor_config.json")) {
      Files.copy(MULTI_LABEL.resolve(name), broken.resolve(name));
    }
    Files.write(broken.resolve("model.safetensors"), withNaN("classifier.bias"));
    Ended ended = score(broken, images.resolve("x.png"));
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .singleElement()
        .asString()
        .startsWith("the model broken gives NaN for label can, index 0, on the image ")
        .endsWith("/x.png: it ran in fp32 already, so its weights are damaged or overflow float32");
    JsonNode record = record(output().resolve("_labelmill"));
    assertThat(record.at("/state").asText()).isEqualTo("FAILED");
    assertThat(record.at("/exitCode").asInt()).isEqualTo(2);
  }

  /** The multi-label model's weights, the first number of one tensor replaced. */
  private static byte[] withNaN(String tensor) throws IOException {
    byte[] file = Files.readAllBytes(MULTI_LABEL.resolve("model.safetensors"));
    ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int header = Math.toIntExact(buffer.getLong(0));
    JsonNode entries = new ObjectMapper().readTree(file, 8, header);
    int offset = entries.path(tensor).path("data_offsets").path(0).asInt();
    buffer.putFloat(8 + header + offset, Float.NaN);
    return file;
  }

  private Path output() {
    return folder.resolve("labels");
  }

  private Ended score(Path model, Path input, String... more) {
    return CapturedTerminal.score(model, input.toString(), output(), more);
  }

  /** Some words, and more behind them. */
  private static String[] with(String[] more, String... words) {
    return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
  }

  private static void assertEnds(Ended ended, int exitCode, String... problems) {
    assertThat(ended.problems()).containsExactly(problems);
    assertThat(ended.exitCode()).isEqualTo(exitCode);
  }

  private Dataset<Row> read() {
    return SparkFixture.spark().read().parquet(output().toString());
  }

  /** Rows by the last part of their path, unescaped as written. */
  private Map<String, Row> byName() {
    Map<String, Row> rows = new TreeMap<>();
    for (Row row : read().collectAsList()) {
      String path = row.getAs("path");
      rows.put(path.substring(path.lastIndexOf('/') + 1), row);
    }
    return rows;
  }

  private Map<String, Object> scoresByName() {
    Map<String, Object> scores = new TreeMap<>();
    byName().forEach((name, row) -> scores.put(name, row.getList(row.fieldIndex("predictions"))));
    return scores;
  }

  private Map<String, List<Float>> allScores() {
    Map<String, List<Float>> scores = new TreeMap<>();
    byName().forEach((name, row) -> scores.put(name, row.getList(row.fieldIndex("scores"))));
    return scores;
  }

  private Path write(String name, List<Row> rows, StructType schema) {
    SparkSession spark = SparkFixture.spark();
    Path file = folder.resolve(name);
    spark.createDataFrame(rows, schema).coalesce(1).write().parquet(file.toString());
    return file;
  }

  private static JsonNode record(Path records) throws IOException {
    try (Stream<Path> files = Files.list(records)) {
      List<Path> found = files.filter(f -> f.toString().endsWith(".json")).toList();
      assertThat(found).hasSize(1);
      return new ObjectMapper().readTree(found.get(0).toFile());
    }
  }

  /** A picture that is not like its mirror images. */
  private static void draw(Path file, int width, int height, int kind) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setColor(new Color(40 * kind % 256, 255 - 30 * kind, 17 * kind));
    g.fillRect(0, 0, width / 2, height / 3);
    g.setColor(new Color(200, 30 * kind, 90));
    g.fillOval(width / 3, height / 2, width / 2, height / 3 + kind);
    g.dispose();
    ImageIO.write(image, "png", file.toFile());
  }
}
