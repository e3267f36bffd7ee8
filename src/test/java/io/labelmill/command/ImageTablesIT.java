package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.hub.LoopbackHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tables of images as other libraries write them, through the command line. They are made by {@code
 * src/test/references/tables.py}, which says what those libraries read of them.
 */
class ImageTablesIT {
  private static final Path TABLES = Path.of("src/test/resources/tables");
  private static final SparkSession SPARK = SparkFixture.spark();

  @TempDir static Path shared;
  private static Path model;

  @TempDir Path folder;

  /** Of the pictures themselves, in the order of their names. */
  private static List<Row> scoresOfFiles;

  @BeforeAll
  static void write() {
    model = shared.resolve("model");
    TestCheckpoints.tiny().write(model);
    Path output = shared.resolve("files");
    assertThat(CapturedTerminal.score(model, TABLES + "/*.png", output).problems()).isEmpty();
    scoresOfFiles =
        SPARK.read().parquet(output.toString()).orderBy("path").select("score").collectAsList();
  }

  private Ended score(String input, String... more) {
    return CapturedTerminal.score(model, input, folder.resolve("scores"), more);
  }

  private Dataset<Row> scored() {
    return SPARK.read().parquet(folder.resolve("scores").toString());
  }

  private static String text(JsonNode node) {
    return node.isNull() ? null : node.asText();
  }

  @ParameterizedTest
  @ValueSource(strings = {"embedded.parquet", "paths.parquet", "mixed.parquet"})
  void imagesOfDatasetsAreReadAsDatasetsReadsThem(String table) throws IOException {
    JsonNode expected =
        new ObjectMapper().readTree(TABLES.resolve("expected.json").toFile()).get(table);
    for (String[] options : new String[][] {{}, {"--content-column", "image"}}) {
      List<String> line =
          new ArrayList<>(List.of("--keep", "meta.fine,tags", "--if-exists", "overwrite"));
      line.addAll(List.of(options));
      Ended ended = score(TABLES.resolve(table).toString(), line.toArray(String[]::new));
      assertThat(ended.problems()).isEmpty();
      List<Row> rows = scored().collectAsList();
      assertThat(rows).extracting(row -> row.getAs("status")).containsOnly("OK");
      for (JsonNode image : expected) {
        String path = text(image.get("path"));
        Row row =
            rows.stream()
                .filter(each -> Objects.equals(each.getAs("path"), path))
                .findFirst()
                .orElseThrow();
        assertThat(row.<String>getAs("fine")).isEqualTo(text(image.get("fine")));
        List<String> tags =
            image.get("tags").isNull()
                ? null
                : StreamSupport.stream(image.get("tags").spliterator(), false)
                    .map(JsonNode::asText)
                    .toList();
        List<Object> written =
            row.isNullAt(row.fieldIndex("tags")) ? null : row.getList(row.fieldIndex("tags"));
        assertThat(written).isEqualTo(tags);
        String version = row.getAs("content_version");
        // Of a file that is read the version is its length and time.
        assertThat(version.length() < 64 ? "file" : version)
            .isIn("file", text(image.get("sha256")));
      }
    }
    assertThat(scored().select("score").collectAsList())
        .containsExactlyInAnyOrderElementsOf(scoresOfFiles);
    Ended again =
        score(
            TABLES.resolve(table).toString(), "--keep", "meta.fine,tags", "--if-exists", "resume");
    assertThat(again.problems()).isEmpty();
    assertThat(again.out()).startsWith("nothing to score: the table has every image already");
    assertThat(scored().count()).isEqualTo(4);
  }

  @Test
  void imagesAndFilesOfSparkAreRead() throws IOException {
    String files = folder.resolve("files.parquet").toString();
    SPARK.read().format("binaryFile").load(TABLES + "/*.png").write().parquet(files);
    assertThat(score(files).problems()).isEmpty();
    assertThat(scored().orderBy("path").select("score").collectAsList()).isEqualTo(scoresOfFiles);
    assertThat(scored().where("length(content_version) = 64").count())
        .as("the content of the table, not the file")
        .isEqualTo(4);

    Path pictures = Files.createDirectory(folder.resolve("pictures"));
    for (int i = 0; i < 4; i++) {
      Files.copy(TABLES.resolve(i + ".png"), pictures.resolve(i + ".png"));
    }
    Files.writeString(pictures.resolve("9.png"), "no picture");
    assertThat(
            score(pictures.toString(), "--input-format", "image", "--if-exists", "overwrite")
                .problems())
        .isEmpty();
    Dataset<Row> rows = scored().orderBy("path");
    assertThat(rows.where("status = 'OK'").select("score").collectAsList())
        .isEqualTo(scoresOfFiles);
    Row broken = rows.where("status = 'INVALID_INPUT'").first();
    assertThat(broken.<String>getAs("error"))
        .startsWith("Spark's image source could not decode file:")
        .endsWith("9.png");
  }

  @Test
  void columnsThatSparkHasNoTypeForDoNotMatter() {
    for (String table : List.of("types.parquet", "pandas.parquet")) {
      Ended ended = score(TABLES.resolve(table).toString(), "--if-exists", "overwrite");
      assertThat(ended.problems()).isEmpty();
      assertThat(scored().where("status = 'OK'").count()).isEqualTo(2);
    }
    Ended kept =
        score(
            TABLES.resolve("types.parquet").toString(),
            "--keep",
            "shelf,exif.camera",
            "--if-exists",
            "overwrite");
    assertThat(kept.problems()).isEmpty();
    assertThat(scored().where("shelf = 7 AND camera = 'A'").count()).isEqualTo(1);
    Ended all =
        score(
            TABLES.resolve("types.parquet").toString(), "--keep", "*", "--if-exists", "overwrite");
    assertThat(all.problems()).isEmpty();
    assertThat(List.of(scored().columns()))
        .contains("shelf", "exif")
        .doesNotContain("taken", "seen", "half", "opens", "price", "boxes");
    Ended asked = score(TABLES.resolve("types.parquet").toString(), "--keep", "taken");
    assertThat(asked.exitCode()).isEqualTo(2);
    assertThat(asked.err())
        .contains(
            "The column taken of "
                + TABLES.resolve("types.parquet")
                + ", which --keep names, is of a type that Spark does not read, INT64"
                + " (TIMESTAMP(NANOS,false)): leave it out");
  }

  @Test
  void brotliIsToldWhereItMatters() {
    assertThat(score(TABLES.resolve("brotli-beside.parquet").toString()).problems()).isEmpty();
    assertThat(scored().where("status = 'OK'").count()).isEqualTo(2);
    Ended ended = score(TABLES.resolve("brotli.parquet").toString(), "--if-exists", "overwrite");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .contains(
            "has its columns path compressed by brotli, for which no library is here: write it"
                + " with another codec (pyarrow: pq.write_table(table, file,"
                + " compression=\"zstd\")), or put a jar with that codec on the class path, behind"
                + " --: --jars JAR.");
  }

  /** Each file is looked at: another writer may have appended it. */
  @Test
  void brotliOfALaterFileIsToldBeforeAnythingIsRead() throws IOException {
    Path table = Files.createDirectory(folder.resolve("table"));
    String picture = TABLES.resolve("0.png").toAbsolutePath().toString();
    SPARK.sql("SELECT '" + picture + "' AS path").write().mode("append").parquet(table.toString());
    // Behind Spark's own, by name.
    Files.copy(TABLES.resolve("brotli.parquet"), table.resolve("z 1.parquet"));
    Ended ended = score(table.toString());
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .contains("has its columns path compressed by brotli, for which no library is here");
    assertThat(folder.resolve("scores")).doesNotExist();
  }

  @Test
  void namesOfPartitionsAreText() {
    String table = folder.resolve("parts").toString();
    String picture = TABLES.resolve("0.png").toAbsolutePath().toString();
    SPARK
        .sql(
            "SELECT * FROM VALUES ('%1$s', '007', '2024-01-01'), ('%1$s', '1e3', '2024-01-02') AS t(path, shop, day)"
                .formatted(picture))
        .write()
        .partitionBy("shop", "day")
        .parquet(table);
    assertThat(score(table, "--keep", "shop,day").problems()).isEmpty();
    assertThat(
            scored().orderBy("shop").select("shop", "day").collectAsList().stream()
                .map(Row::mkString))
        .containsExactly("0072024-01-01", "1e32024-01-02");
  }

  @Test
  void inputsThatNameClassesDifferentlyAreNotMixed() {
    String other = folder.resolve("other.parquet").toString();
    SPARK.read().parquet(TABLES.resolve("paths.parquet").toString()).write().parquet(other);
    Ended ended =
        score(TABLES.resolve("paths.parquet").toString(), "--input", other, "--keep", "tags");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .contains(
            "The inputs do not agree on what the numbers of their column tags stand for: [round,"
                + " blue, dented], nothing. Label them one after the other.");
  }

  private String written(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  @Test
  void separatorsAreSaidAndTold() throws IOException {
    String rows = "path;shelf\n%s;7\n".formatted(TABLES.resolve("0.png").toAbsolutePath());
    String table = written("semi.csv", rows);
    Ended told = score(table);
    assertThat(told.exitCode()).isEqualTo(2);
    assertThat(told.err())
        .contains(
            "has one column, path;shelf, and ';' in its name, which separates columns as it seems:"
                + " say so with --csv-separator ';'.");
    assertThat(score(table, "--csv-separator", ";", "--keep", "shelf").problems()).isEmpty();
    assertThat(scored().where("status = 'OK' AND shelf = '7'").count()).isEqualTo(1);
    String tabs = written("tabs.csv", rows.replace(';', '\t'));
    assertThat(score(tabs, "--if-exists", "overwrite").err()).contains("--csv-separator tab.");
    assertThat(score(tabs, "--csv-separator", "tab", "--if-exists", "overwrite").problems())
        .isEmpty();
    String tsv = written("t.tsv", rows.replace(';', '\t'));
    assertThat(score(tsv, "--if-exists", "overwrite").problems()).isEmpty();
    Ended wrong = score(table, "--csv-separator", ";;", "--if-exists", "overwrite");
    assertThat(wrong.exitCode()).isEqualTo(1);
    assertThat(wrong.err())
        .contains("--csv-separator is ;;: it must be one character, such as ';', or tab.");
  }

  @Test
  void aTextOfPathsSaysHowItIsRead() throws IOException {
    String list = written("list.txt", TABLES.resolve("0.png").toAbsolutePath() + "\n");
    Ended told = score(list);
    assertThat(told.exitCode()).isEqualTo(2);
    assertThat(told.err()).contains("read it with --input-format text --path-column value.");
    assertThat(score(list, "--input-format", "text", "--path-column", "value").problems())
        .isEmpty();
    assertThat(scored().where("status = 'OK'").count()).isEqualTo(1);
    Ended compressed = score(written("a.csv.br", "x"), "--if-exists", "overwrite");
    assertThat(compressed.exitCode()).isEqualTo(2);
    assertThat(compressed.err())
        .contains("is a table that is compressed as .br, which is not read: decompress it");
  }

  @Test
  void filesOfADataSetOfTheHubAreRead() throws IOException {
    Map<String, String> settings = new HashMap<>();
    try (LoopbackHub hub = new LoopbackHub()) {
      byte[] table = Files.readAllBytes(TABLES.resolve("embedded.parquet"));
      hub.dataset("org/fridge")
          .file("README.md", "a card")
          .large("data/train-00000-of-00002.parquet", table)
          .large("data/train-00001-of-00002.parquet", table)
          .file("photos/0.png", Files.readAllBytes(TABLES.resolve("0.png")));
      settings.put("HF_ENDPOINT", hub.endpoint().toString());
      settings.put("HF_HUB_CACHE", folder.resolve("cache").toString());
      settings.put("HF_HUB_OFFLINE", "0");
      settings.replaceAll(System::setProperty);
      assertThat(score("hf://datasets/org/fridge", "--keep", "tags").problems()).isEmpty();
      assertThat(scored().where("status = 'OK'").count()).isEqualTo(8);
      assertThat(scored().where("array_contains(tags, 'dented')").count()).isEqualTo(2);
      assertThat(
              score("hf://datasets/org/fridge@main/photos", "--if-exists", "overwrite").problems())
          .isEmpty();
      assertThat(scored().where("path LIKE '%datasets--org--fridge%photos/0.png'").count())
          .isEqualTo(1);
      Ended none = score("hf://datasets/org/fridge/none", "--if-exists", "overwrite");
      assertThat(none.exitCode()).isEqualTo(2);
      assertThat(none.err()).contains("is no file, folder or glob that matches any file");
    } finally {
      settings.forEach(
          (name, before) -> {
            if (before == null) {
              System.clearProperty(name);
            } else {
              System.setProperty(name, before);
            }
          });
    }
  }
}
