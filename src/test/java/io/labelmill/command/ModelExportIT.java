package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import io.labelmill.checkpoint.OnnxModels;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Row;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders with a graph, exported or brought along, scored as models. */
class ModelExportIT {
  @TempDir static Path folder;
  private static Path images;
  private static Path model;

  @BeforeAll
  static void start() {
    SparkFixture.spark();
    images = new FridgePictures(12, 5).write(folder);
    model = folder.resolve("fridge");
    TinyBeit.checkpoint(5).write(model);
  }

  @Test
  void anExportScoresAsItsCheckpointDoes() {
    assertThat(score(model, "checkpoint").exitCode()).isZero();
    Map<String, Row> expected = rows("checkpoint");
    assertThat(expected).hasSize(12);
    for (String graph : List.of("portable", "fast")) {
      Path exported = folder.resolve("exported-" + graph);
      Ended ended =
          CapturedTerminal.run(
              "model",
              "export",
              model.toString(),
              "--output",
              exported.toString(),
              "--graph",
              graph);
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      Ended scored = score(exported, "from-" + graph);
      assertThat(scored.exitCode()).as(scored.err()).isZero();
      Map<String, Row> rows = rows("from-" + graph);
      assertThat(rows.keySet()).isEqualTo(expected.keySet());
      // The same graph gives the same bits; other operators round otherwise.
      double tolerance = graph.equals("fast") ? 0 : 1e-6;
      for (String path : rows.keySet()) {
        assertSame(rows.get(path), expected.get(path), tolerance);
      }
      assertThat(rows.values().iterator().next().<String>getAs("model"))
          .isEqualTo("exported-" + graph);
    }
  }

  private static void assertSame(Row row, Row expected, double tolerance) {
    List<String> differing =
        List.of("scores", "score", "predictions", "model", "model_sha256", "run_id", "scored_at");
    for (String column : row.schema().fieldNames()) {
      if (!differing.contains(column)) {
        assertThat(row.<Object>getAs(column)).as(column).isEqualTo(expected.getAs(column));
      }
    }
    List<Float> scores = row.getList(row.fieldIndex("scores"));
    List<Float> others = expected.getList(expected.fieldIndex("scores"));
    for (int i = 0; i < scores.size(); i++) {
      assertThat((double) scores.get(i))
          .isCloseTo((double) others.get(i), Offset.offset(tolerance));
    }
  }

  @Test
  void aGraphWithOpenAxesIsScoredAsItIs() throws IOException {
    Path ready = OnnxModels.folder(folder.resolve("means"));
    OnnxModels.dynamic(ready.resolve("model.onnx"));
    Path pictures = Files.createDirectory(folder.resolve("plain"));
    for (int i = 0; i < 3; i++) {
      BufferedImage image = new BufferedImage(12, 16, BufferedImage.TYPE_INT_RGB);
      int[] pixels = new int[12 * 16];
      Arrays.fill(pixels, 255 << (16 - 8 * i));
      image.setRGB(0, 0, 12, 16, pixels, 0, 12);
      ImageIO.write(image, "png", pictures.resolve(i + ".png").toFile());
    }
    Ended ended =
        score(ready, "means-table", pictures, "--activation", "none", "--batch-size", "2");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    Map<String, Row> rows = rows("means-table");
    List<String> colours = List.of("red", "green", "blue");
    for (int i = 0; i < 3; i++) {
      Row row = rows.get(i + ".png");
      assertThat(row.<String>getAs("label")).isEqualTo(colours.get(i));
      assertThat(row.<Float>getAs("score")).isEqualTo(1f);
    }
  }

  @Test
  void whatAGraphDoesNotTakeIsAMistakeOfTheUser() throws IOException {
    Path single = OnnxModels.folder(folder.resolve("single"));
    OnnxModels.write(
        single.resolve("model.onnx"),
        new OnnxModels.Port("pixel_values", OnnxModels.FLOAT, 1, 3, 16, 12),
        new OnnxModels.Port("logits", OnnxModels.FLOAT, 1, 3),
        "unused");
    assertThat(score(single, "single-table").exitCode()).isZero();
    Ended ended = score(single, "single-batch", images, "--batch-size", "4");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .containsExactly(
            single.resolve("model.onnx")
                + " takes 1 image a pass, and --batch-size is 4: leave --batch-size out.");

    assertThat(score(single, "single-int8", images, "--precision", "int8").problems())
        .containsExactly(
            single.resolve("model.onnx")
                + " is a ready graph and runs as it is: --precision int8 needs the checkpoint that it"
                + " was made of.");

    Path large = OnnxModels.folder(folder.resolve("large"));
    OnnxModels.write(
        large.resolve("model.onnx"),
        new OnnxModels.Port("pixel_values", OnnxModels.FLOAT, 0, 3, 32, 32),
        new OnnxModels.Port("logits", OnnxModels.FLOAT, 0, 3),
        "unused");
    assertThat(score(large, "large-table").problems())
        .singleElement()
        .asString()
        .startsWith("The model large takes pictures of [h=32,w=32], its preprocessor_config.json");

    // Two open logits in config.json, three in truth.
    Path more = OnnxModels.folder(folder.resolve("more"));
    OnnxModels.dynamic(more.resolve("model.onnx"));
    Files.writeString(
        more.resolve("config.json"),
        "{\"model_type\": \"vit\", \"id2label\": {\"0\": \"red\", \"1\": \"green\"}}");
    Ended counted = score(more, "more-table");
    assertThat(counted.exitCode()).isEqualTo(2);
    assertThat(counted.problems())
        .contains("the model gives 3 logits an image, and its config.json names 2 labels");
  }

  private static Ended score(Path scored, String output) {
    return score(scored, output, images);
  }

  private static Ended score(Path scored, String output, Path input, String... options) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "score",
                "--model",
                scored.toString(),
                "--input",
                input.toString(),
                "--output",
                folder.resolve(output).toString(),
                "--scores",
                "all"));
    words.addAll(List.of(options));
    return CapturedTerminal.run(words.toArray(String[]::new));
  }

  private static Map<String, Row> rows(String output) {
    Map<String, Row> rows = new TreeMap<>();
    for (Row row :
        SparkFixture.spark().read().parquet(folder.resolve(output).toString()).collectAsList()) {
      rows.put(row.<String>getAs("path").replaceFirst(".*/", ""), row);
    }
    return rows;
  }
}
