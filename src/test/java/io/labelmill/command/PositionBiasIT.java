package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.ml.ImageLabeler;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reading of relative positions, from the options of a job to its table and record. */
class PositionBiasIT {
  @TempDir static Path shared;
  private static Path model;
  private static Path images;

  @TempDir Path folder;

  @BeforeAll
  static void takeAModelThatIsNotSquare() throws IOException {
    SparkFixture.spark();
    model = Files.createDirectory(shared.resolve("oblong"));
    Path golden = Reference.golden().resolve("models").resolve("d2-beit-nonsquare");
    try (Stream<Path> files = Files.list(golden)) {
      for (Path file : files.toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
    images = Files.createDirectory(shared.resolve("images"));
    BufferedImage image = new BufferedImage(60, 40, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 60 * 40; i++) {
      image.setRGB(i % 60, i / 60, i * 7919);
    }
    ImageIO.write(image, "png", images.resolve("one.png").toFile());
  }

  @Test
  void aChoiceChangesScoresAndTheHashOfSettingsAndStandsInTheRecord() throws IOException {
    Path auto = score("auto");
    Path same = score("same", "--position-bias", "authors");
    Path other = score("other", "--position-bias", "transformers");
    assertThat(record(auto).path("positionBias").asText()).isEqualTo("authors");
    assertThat(record(same).path("positionBias").asText()).isEqualTo("authors");
    assertThat(record(other).path("positionBias").asText()).isEqualTo("transformers");
    assertThat(record(other).path("configuration").path("position-bias").asText())
        .isEqualTo("transformers");
    Row own = row(auto);
    assertThat(row(same)).isEqualTo(own);
    assertThat(row(other).get(0)).isNotEqualTo(own.get(0));
    assertThat(row(other).get(1)).isNotEqualTo(own.get(1));

    Ended resumed = run("score", auto, "--if-exists", "resume", "--position-bias", "transformers");
    assertThat(resumed.exitCode()).isEqualTo(2);
    assertThat(resumed.err())
        .contains("--position-bias was auto, now it is transformers. Take the model");

    try (ImageLabeler labeler =
        new ImageLabeler().setModel(model.toString()).setPositionBias("transformers")) {
      Row row =
          labeler
              .transform(SparkFixture.spark().read().parquet(other.toString()).select("path"))
              .selectExpr("predictions", "settings_sha256")
              .first();
      assertThat(row.get(0)).isEqualTo(row(other).get(0));
    }
  }

  @Test
  void vectorsOfAnotherReadingAreNotTrainedOn() throws IOException {
    Path embeddings = folder.resolve("embeddings");
    Ended embedded = run("embed", embeddings, "--position-bias", "transformers");
    assertThat(embedded.exitCode()).as(embedded.err()).isZero();
    Path truth =
        Files.writeString(folder.resolve("truth.csv"), "path,label\n" + images + "/one.png,a\n");
    Ended trained =
        CapturedTerminal.run(
            "train",
            "--model",
            model.toString(),
            "--embeddings",
            embeddings.toString(),
            "--truth",
            truth.toString(),
            "--split",
            "none",
            "--output",
            folder.resolve("trained").toString());
    assertThat(trained.exitCode()).isEqualTo(2);
    assertThat(trained.err())
        .contains(
            "The embeddings "
                + embeddings
                + " were written with --position-bias transformers, but the relative positions of"
                + " oblong are read as by authors: say --position-bias transformers, or embed again.");
  }

  private Path score(String name, String... options) {
    Path output = folder.resolve(name);
    Ended ended = run("score", output, options);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    return output;
  }

  private static Ended run(String command, Path output, String... options) {
    List<String> line =
        new ArrayList<>(
            List.of(
                command,
                "--model",
                model.toString(),
                "--input",
                images.toString(),
                "--output",
                output.toString()));
    line.addAll(List.of(options));
    return CapturedTerminal.run(line.toArray(String[]::new));
  }

  private static Row row(Path table) {
    return SparkFixture.spark()
        .read()
        .parquet(table.toString())
        .selectExpr("predictions", "settings_sha256")
        .first();
  }

  private static JsonNode record(Path table) throws IOException {
    try (Stream<Path> files = Files.list(table.resolve("_labelmill"))) {
      Path record =
          files
              .filter(file -> file.getFileName().toString().matches("run-.*\\.json"))
              .findFirst()
              .get();
      return new ObjectMapper().readTree(record.toFile());
    }
  }
}
