package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.checkpoint.Taps;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.preprocess.ResizeBackend;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code jobs/model} does with models that label points. */
class SegmentationModelTest {
  private static final Path MODEL = Reference.golden().resolve("segmentation-models/base-4");
  private static final String GOLDEN = MODEL.resolve("golden.safetensors").toString();

  @TempDir Path folder;

  private static Ended model(String command, Path model, String... options) {
    List<String> line = new ArrayList<>(List.of("model", command, model.toString()));
    line.addAll(List.of(options));
    return CapturedTerminal.run(line.toArray(String[]::new));
  }

  @Test
  void inspectTellsOfPointsAndTaps() {
    Ended ended = model("inspect", MODEL);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            "architecture BeitForSemanticSegmentation",
            "layers 10, hidden 16, heads 2, intermediate 32",
            "logits [labels, h, w] = [4, 32, 32]",
            "labels 4: thing 0, thing 1, thing 2, thing 3")
        .anyMatch(
            line -> line.startsWith("taps out_indices [3, 5, 7, 11] are read as Transformers"))
        .noneMatch(line -> line.startsWith("activation"))
        .noneMatch(line -> line.contains("problem_type"));
    assertThat(model("inspect", MODEL, "--taps", "authors").out())
        .contains("are read as the authors' code does, the states behind blocks [4, 6, 8, 12]");
    assertThat(model("inspect", MODEL, "--taps", "last").problems())
        .containsExactly("--taps is last: it must be transformers or authors.");
  }

  @Test
  void verifyHoldsItAgainstTheOriginal() {
    Ended same = model("verify", MODEL, "--golden", GOLDEN);
    assertThat(same.exitCode()).as(same.err()).isZero();
    assertThat(same.out()).contains("logits").contains("[1, 4, 32, 32]");
    Ended other = model("verify", MODEL, "--golden", GOLDEN, "--taps", "authors");
    assertThat(other.exitCode()).isEqualTo(2);
    assertThat(other.problems()).singleElement().asString().contains("logits differs by");
  }

  @Test
  void anExportGivesTheSameAndKeepsItsTaps() throws IOException {
    Path exported = folder.resolve("exported");
    Ended ended = model("export", MODEL, "--output", exported.toString());
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(Files.readString(exported.resolve("serving.properties")))
        .contains("translatorFactory=io.labelmill.djl.MaskTranslatorFactory");
    Ended same = model("verify", exported, "--golden", GOLDEN);
    assertThat(same.exitCode()).as(same.err()).isZero();
    assertThat(model("inspect", exported, "--taps", "authors").problems())
        .containsExactly(
            exported
                + "/model.onnx is a finished graph, in which states are taken one way: leave --taps"
                + " out, or name the checkpoint that it was exported from.");
    assertThat(model("verify", exported, "--golden", GOLDEN, "--taps", "transformers").problems())
        .singleElement()
        .asString()
        .contains("leave --taps out");
    Path authors = folder.resolve("authors");
    model("export", MODEL, "--output", authors.toString(), "--taps", "authors");
    assertThat(model("verify", authors, "--golden", GOLDEN).exitCode()).isEqualTo(2);
  }

  /** What config.json says counts where no option says another. */
  @Test
  void anOptionCountsMoreThanTheFiles() throws IOException {
    Path checkpoint = Files.createDirectory(folder.resolve("of-authors"));
    for (String name : List.of("model.safetensors", "preprocessor_config.json")) {
      Files.copy(MODEL.resolve(name), checkpoint.resolve(name));
    }
    String config = Files.readString(MODEL.resolve("config.json"));
    Files.writeString(
        checkpoint.resolve("config.json"),
        config.replaceFirst("\\{", "{\"labelmill_taps\": \"authors\","));
    assertThat(model("verify", checkpoint, "--golden", GOLDEN).problems())
        .singleElement()
        .asString()
        .contains("logits differs by");
    assertThat(taps(checkpoint, null)).isEqualTo(Taps.AUTHORS);
    assertThat(taps(MODEL, null)).isNull();

    Ended chosen = model("verify", checkpoint, "--golden", GOLDEN, "--taps", "transformers");
    assertThat(chosen.exitCode()).as(chosen.err()).isZero();
    assertThat(taps(checkpoint, Taps.TRANSFORMERS)).isEqualTo(Taps.TRANSFORMERS);

    Path exported = folder.resolve("exported");
    model("export", checkpoint, "--output", exported.toString(), "--taps", "transformers");
    assertThat(model("verify", exported, "--golden", GOLDEN).exitCode()).isZero();
    assertThat(taps(exported, null)).isEqualTo(Taps.TRANSFORMERS);
    Path authors = folder.resolve("exported-authors");
    model("export", MODEL, "--output", authors.toString(), "--taps", "authors");
    assertThat(taps(authors, null)).isEqualTo(Taps.AUTHORS);
  }

  /** A picture is 32 x 32 points, each with a label of its own. */
  @Test
  void verifyJudgesEachPoint() throws IOException {
    Path photos = Files.createDirectory(folder.resolve("photos"));
    for (int i = 0; i < 2; i++) {
      BufferedImage picture = new BufferedImage(40 + i, 30, BufferedImage.TYPE_INT_RGB);
      for (int x = 0; x < picture.getWidth(); x++) {
        for (int y = 0; y < picture.getHeight(); y++) {
          picture.setRGB(x, y, new Color(x * 5, y * 7, i * 99).getRGB());
        }
      }
      ImageIO.write(picture, "png", photos.resolve(i + ".png").toFile());
    }
    Ended graphs = model("verify", MODEL, "--input", photos.toString());
    assertThat(graphs.exitCode()).as(graphs.err()).isZero();
    assertThat(graphs.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains("images 2", "same best label 2048 of 2048 points");
    Ended rounded = model("verify", MODEL, "--precision", "int8", "--input", photos.toString());
    assertThat(rounded.out() + rounded.err())
        .containsPattern(
            "int8 is .* fp32 for .* in the mean .* and \\d+ of 2048 points keep their best label"
                + " \\(at least 99%\\)");
  }

  /** What settings and records get of a model. */
  private static Taps taps(Path model, Taps chosen) {
    CheckpointOptions options =
        CheckpointOptions.none()
            .withOriginals(new Originals(ResizeBackend.AUTO, PositionBias.AUTO, chosen));
    try (Checkpoint checkpoint = Checkpoint.open(model, options)) {
      return checkpoint.originals().taps();
    }
  }
}
