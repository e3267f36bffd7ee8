package io.labelmill.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.OnnxModels.Port;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders that hold a graph instead of weights. */
class ReadyGraphTest {
  private static final Port PIXELS = new Port("pixel_values", OnnxModels.FLOAT, 0, 3, 16, 12);
  private static final Port LOGITS = new Port("logits", OnnxModels.FLOAT, 0, 3);

  @TempDir Path temporary;
  private Path folder;
  private Path file;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = OnnxModels.folder(temporary.resolve("ready"));
    file = folder.resolve("model.onnx");
  }

  @Test
  void openAxesAreTakenAsTheyAre() throws IOException {
    OnnxModels.dynamic(file);
    try (Checkpoint checkpoint = open()) {
      ReadyGraph graph = checkpoint.graph().orElseThrow();
      assertThat(graph.batch()).isEmpty();
      assertThat(graph.height()).isEmpty();
      assertThat(graph.width()).isEmpty();
      assertThat(graph.labels()).isEmpty();
      assertThat(checkpoint.labels().names()).containsExactly("red", "green", "blue");
      assertThat(graph.onnx().inputs().get(0).description())
          .isEqualTo("pixel_values float [?, ?, ?, ?]");
      assertThat(graph.onnx().producer()).isEqualTo("somebody");
      assertThat(graph.onnx().opsets()).containsEntry("", 17L);
      assertThat(graph.onnx().operators())
          .containsEntry("GlobalAveragePool", 1)
          .containsEntry("Flatten", 1);
      assertThat(checkpoint.files())
          .containsExactly("config.json", "model.onnx", "preprocessor_config.json");
    }
  }

  @Test
  void fixedAxesAreKnown() throws IOException {
    OnnxModels.write(
        file, new Port("pixel_values", OnnxModels.FLOAT, 1, 3, 16, 12), LOGITS, "unused");
    try (Checkpoint checkpoint = open()) {
      ReadyGraph graph = checkpoint.graph().orElseThrow();
      assertThat(graph.batch()).hasValue(1);
      assertThat(graph.height()).hasValue(16);
      assertThat(graph.width()).hasValue(12);
      assertThat(graph.labels()).hasValue(3);
    }
  }

  @Test
  void numbersBesideTheModelBelongToIt() throws IOException {
    OnnxModels.write(file, PIXELS, LOGITS, "numbers.bin");
    assertRefused(file + " keeps its numbers in numbers.bin, which is not there.");
    Files.write(folder.resolve("numbers.bin"), new byte[8]);
    String before;
    try (Checkpoint checkpoint = open()) {
      assertThat(checkpoint.files()).contains("numbers.bin");
      assertThat(checkpoint.graph().orElseThrow().onnx().tensorBytes()).isEqualTo(8);
      before = checkpoint.sha256();
    }
    Files.write(folder.resolve("numbers.bin"), new byte[] {1, 0, 0, 0, 0, 0, 0, 0});
    try (Checkpoint checkpoint = open()) {
      assertThat(checkpoint.sha256()).isNotEqualTo(before);
    }
  }

  @Test
  void numbersElsewhereAreRefused() throws IOException {
    OnnxModels.write(file, PIXELS, LOGITS, "../numbers.bin");
    assertRefused(
        file
            + " keeps its numbers in '../numbers.bin', which is not in its own folder: only there"
            + " they are read.");
  }

  @Test
  void wrongInputsAndOutputsAreAllNamed() throws IOException {
    OnnxModels.write(
        file,
        new Port("input", OnnxModels.FLOAT, 0, 3, 16, 12),
        new Port("output", OnnxModels.FLOAT, 0, 3),
        "unused");
    assertRefused(
        file + " takes input float [?, 3, 16, 12]; it must take one input, pixel_values.",
        file + " gives output float [?, 3]; an output must be called logits.");
  }

  @Test
  void wrongShapesAreNamed() throws IOException {
    OnnxModels.write(
        file,
        new Port("pixel_values", OnnxModels.FLOAT, 0, 16, 12, 3),
        new Port("logits", OnnxModels.FLOAT, 0, 3, 1),
        "unused");
    assertRefused(
        file
            + " takes pixel_values float [?, 16, 12, 3]; pixel_values must be [images, 3, height,"
            + " width].",
        file
            + " gives logits float [?, 3, 1]; logits must be [images, labels], or [images,"
            + " labels, rows, columns] of points.");
  }

  @Test
  void wrongTypesAreNamed() throws IOException {
    OnnxModels.write(
        file,
        new Port("pixel_values", OnnxModels.FLOAT16, 0, 3, 16, 12),
        new Port("logits", OnnxModels.FLOAT16, 0, 3),
        "unused");
    assertRefused(
        file + " takes pixel_values float16 [?, 3, 16, 12]; pixel_values must be of type float.",
        file + " gives logits float16 [?, 3]; outputs must be of type float.");
  }

  @Test
  void aFixedNumberOfImagesIsRefused() throws IOException {
    OnnxModels.write(
        file, new Port("pixel_values", OnnxModels.FLOAT, 4, 3, 16, 12), LOGITS, "unused");
    assertRefused(
        file
            + " takes pixel_values float [4, 3, 16, 12], 4 images a pass and no other number:"
            + " export it with an open first axis.");
  }

  @Test
  void theLabelsMustBeAsManyAsTheLogits() throws IOException {
    OnnxModels.write(file, PIXELS, new Port("logits", OnnxModels.FLOAT, 0, 7), "unused");
    assertRefused(
        folder.resolve("config.json")
            + " (id2label) names 3 labels, but the classifier has 7 outputs.");
  }

  @Test
  void somebodyMustSayHowManyLabelsThereAre() throws IOException {
    OnnxModels.dynamic(file);
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"vit\"}");
    Files.writeString(
        folder.resolve("preprocessor_config.json"),
        "{\"image_processor_type\": \"ViTImageProcessor\", \"size\": 16}");
    assertRefused(
        file
            + " leaves open how many logits there are, and "
            + folder.resolve("config.json")
            + " has no id2label.");
  }

  @Test
  void whatIsNoModelIsRefused() throws IOException {
    Files.writeString(file, "not a model");
    assertThatThrownBy(this::open)
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + " is not a");
    Files.write(file, new byte[0]);
    assertRefused(file + " is not an ONNX model: it has no nodes.");
  }

  @Test
  void whatNeedsWeightsSaysSo() throws IOException {
    OnnxModels.dynamic(file);
    try (Checkpoint checkpoint = open()) {
      assertThatThrownBy(checkpoint::weights)
          .isInstanceOf(InputException.class)
          .hasMessage(
              folder
                  + " holds an exported graph, model.onnx, and not the weights that this needs: name"
                  + " the checkpoint that it was made of.");
    }
  }

  private Checkpoint open() {
    return Checkpoint.open(folder, CheckpointOptions.none());
  }

  private void assertRefused(String... problems) {
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            InputException.class,
            e -> assertThat(e.problems()).containsExactlyElementsOf(List.of(problems)));
  }
}
