package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.command.CapturedTerminal.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests of Azure ML's endpoints, answered in their own form. */
class AzureFormatsIT {
  private static final Path MODELS = Reference.golden().resolve("models");
  private static final Path MODEL = MODELS.resolve("f-beit-singlelabel-containers");
  private static final int IMAGES = 12;

  @TempDir Path folder;

  /** Pictures of different models' examples, the sixth of them none. */
  private final List<String> images = new ArrayList<>();

  @BeforeAll
  static void startSpark() {
    SparkFixture.spark();
  }

  @BeforeEach
  void encode() throws IOException {
    String[] models = {"a-beit-meanpool-relpos", "f-beit-singlelabel-containers", "g-vit"};
    for (int i = 0; i < IMAGES; i++) {
      byte[] png = Files.readAllBytes(MODELS.resolve(models[i % 3]).resolve("example.png"));
      images.add(i == 5 ? "bm8gaW1hZ2U=" : Base64.getEncoder().encodeToString(png));
    }
  }

  @Test
  void everyFormOfRequestIsAnsweredInItsOrder() throws IOException {
    String quoted = "\"" + String.join("\", \"", images) + "\"";
    Path list = Files.writeString(folder.resolve("a.json"), "{\"input_data\": [" + quoted + "]}");
    Path table =
        Files.writeString(
            folder.resolve("b.json"),
            "{\n"
                + " \"input_data\": {\"columns\": [\"id\", \"image\"], \"index\": [0], \"data\":"
                + " [[7, \""
                + String.join("\"], [7, \"", images)
                + "\"]]}\n}\n");
    Path flat =
        Files.writeString(
            folder.resolve("d.json"),
            "\uFEFF{\"input_data\": {\"columns\": [\"image\"], \"index\": [0], \"data\": [\""
                + String.join("\", \"", images)
                + "\"]}}\n");
    Path csv =
        Files.writeString(
            folder.resolve("c.csv"), "id,image\n7," + String.join("\n7,", images) + "\n");
    JsonNode expected = expected();
    for (Path request : List.of(list, table, flat, csv)) {
      Ended ended = score(request, "--if-exists", "overwrite", "--commit-every", "5");
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(answer()).as(request.toString()).isEqualTo(expected);
    }
    assertThat(expected).hasSize(IMAGES);
    assertThat(expected.get(5).get(0).path("status").asText()).isEqualTo("NOT_AN_IMAGE");
    assertThat(expected.get(0)).isNotEqualTo(expected.get(1)).isEqualTo(expected.get(3));
    try (var files = Files.list(folder.resolve("answer"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(name -> !name.endsWith(".crc"))
          .containsExactlyInAnyOrder("predictions.json", "_labelmill");
    }
  }

  @Test
  void severalInputsAreAnsweredAsTheyWereGiven() throws IOException {
    Path last = body("a.json", 8, 12);
    Path first = body("z.json", 0, 4);
    Path folderOfTwo = Files.createDirectories(folder.resolve("m"));
    body("m/1.json", 4, 6);
    body("m/2.json", 6, 8);
    List<String> inputs = List.of("--input", folderOfTwo.toString(), "--input", last.toString());
    Ended ended = score(first, inputs.toArray(String[]::new));
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    JsonNode expected = expected();
    assertThat(answer()).isEqualTo(expected);

    // Named twice, an input is answered twice, one after the other.
    Ended twice = score(first, "--input", first.toString(), "--if-exists", "overwrite");
    assertThat(twice.exitCode()).as(twice.err()).isZero();
    assertThat(answer()).hasSize(8);
    for (int i = 0; i < 4; i++) {
      assertThat(answer().get(4 + i)).isEqualTo(answer().get(i)).isEqualTo(expected.get(i));
    }
  }

  private Path body(String name, int from, int to) throws IOException {
    return Files.writeString(
        folder.resolve(name),
        "{\"input_data\": [\"" + String.join("\", \"", images.subList(from, to)) + "\"]}");
  }

  /** From a table of the same contents, scored to Parquet. */
  private JsonNode expected() throws IOException {
    StringBuilder csv = new StringBuilder("path,image\n");
    for (int i = 0; i < IMAGES; i++) {
      csv.append("%02d,%s%n".formatted(i, images.get(i)));
    }
    Path input = Files.writeString(folder.resolve("plain.csv"), csv);
    String output = folder.resolve("plain").toString();
    Ended ended =
        CapturedTerminal.run(
            "score",
            "--model",
            MODEL.toString(),
            "--input",
            input.toString(),
            "--content-column",
            "image",
            "--top-k",
            "3",
            "--if-exists",
            "overwrite",
            "--output",
            output);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    ObjectMapper json = new ObjectMapper();
    var all = json.createArrayNode();
    for (Row row : SparkFixture.spark().read().parquet(output).orderBy("path").collectAsList()) {
      var one = all.addArray();
      if (row.isNullAt(row.fieldIndex("predictions"))) {
        one.addObject()
            .put("status", row.<String>getAs("status"))
            .put("error", row.<String>getAs("error"));
        continue;
      }
      for (Row prediction : row.<Row>getList(row.fieldIndex("predictions"))) {
        one.addObject().put("label", prediction.getString(0)).put("score", prediction.getFloat(1));
      }
    }
    return json.readTree(all.toString());
  }

  private JsonNode answer() throws IOException {
    return new ObjectMapper().readTree(folder.resolve("answer/predictions.json").toFile());
  }

  @Test
  void requestsThatAreNoneEndWithTwo() throws IOException {
    assertFails("{\"input\": []}", ".json", "has neither a list input_data nor one with columns");
    assertFails("{\"input_data\": [", ".json", "is not valid JSON: ");
    assertFails(
        "id,picture\n1,x\n", ".csv", "has no column image of base64 text; it has id, picture");
  }

  private void assertFails(String body, String ending, String problem) throws IOException {
    Ended ended = score(Files.writeString(folder.resolve("bad" + ending), body));
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
    assertThat(ended.problems()).singleElement().asString().contains(problem);
  }

  @Test
  void optionsThatDoNotGoTogetherEndWithOne() throws IOException {
    Path body = Files.writeString(folder.resolve("a.json"), "{\"input_data\": []}");
    Ended resumed = score(body, "--if-exists", "resume", "--keep", "id");
    assertThat(resumed.exitCode()).isEqualTo(1);
    assertThat(resumed.problems())
        .containsExactly(
            "--input-format azure has one column of images: leave --path-column, --content-column,"
                + " --version-column and --keep out.",
            "--output-format azure writes one file: leave --partition-by out, name a folder, and"
                + " let --if-exists be fail or overwrite.");
    Ended plain =
        CapturedTerminal.run(
            "score",
            "--model",
            MODEL.toString(),
            "--input",
            MODEL.resolve("example.png").toString(),
            "--output",
            folder.resolve("answer").toString(),
            "--output-format",
            "azure");
    assertThat(plain.exitCode()).isEqualTo(1);
    assertThat(plain.problems())
        .containsExactly(
            "--output-format azure is for jobs/score with --input-format azure, whose order it"
                + " keeps");
  }

  private Ended score(Path request, String... more) {
    List<String> line =
        new ArrayList<>(
            List.of(
                "score",
                "--model",
                MODEL.toString(),
                "--input",
                request.toString(),
                "--input-format",
                "azure",
                "--top-k",
                "3",
                "--output",
                folder.resolve("answer").toString(),
                "--output-format",
                "azure"));
    line.addAll(Arrays.asList(more));
    return CapturedTerminal.run(line.toArray(String[]::new));
  }
}
