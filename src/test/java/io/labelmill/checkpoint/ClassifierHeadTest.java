package io.labelmill.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.Reference;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassifierHeadTest {
  private static final Path MODELS = Reference.golden().resolve("models");

  @TempDir Path folder;

  @Test
  void itComesBackAsItWasWritten() {
    ClassifierHead head = head("abc", 3);
    head.write(folder);
    ClassifierHead read = ClassifierHead.read(folder);
    assertThat(read.labels()).containsExactly("left", "right");
    assertThat(read.problemType()).isEqualTo(ProblemType.MULTI_LABEL);
    assertThat(read.weight()).containsExactly(head.weight());
    assertThat(read.bias()).containsExactly(head.bias());
    assertThat(read.backboneSha256()).isEqualTo("abc");
    assertThat(read.name()).isEqualTo("hands");
    assertThat(read.logits(new float[] {1, 2, 4}))
        .containsExactly(10 + 0 + 1 * 2 + 2 * 4, -10 + 3 * 1 + 4 * 2 + 5 * 4);
  }

  @Test
  void itStandsOnItsBackboneInPlaceOfTheOldClassifier() {
    for (String name : List.of("e-beit-multilabel-containers", "j1-beitmodel-nohead", "g-vit")) {
      Path model = MODELS.resolve(name);
      Path at = folder.resolve(name);
      int hidden;
      ClassifierHead head;
      String sha256;
      try (Checkpoint backbone = Checkpoint.open(model, CheckpointOptions.none())) {
        hidden = backbone.config().path("hidden_size").asInt();
        sha256 = backbone.sha256();
        head = head(sha256, hidden);
        head.write(at);
      }
      try (Checkpoint tuned = Checkpoint.open(model, CheckpointOptions.none().withHead(at))) {
        assertThat(tuned.name()).isEqualTo(name + "+hands");
        assertThat(tuned.labels().names()).containsExactly("left", "right");
        assertThat(tuned.problemType()).contains(ProblemType.MULTI_LABEL);
        assertThat(tuned.sha256()).isNotEqualTo(sha256);
        assertThat(tuned.files()).contains("head.json", "head.safetensors", "config.json");
        assertThat(tuned.weights().floats("classifier.weight")).containsExactly(head.weight());
        assertThat(tuned.weights().info("classifier.bias").shape()).containsExactly(2L);
        assertThat(tuned.weights().bytes()).isPositive();
        assertThat(tuned.config().path("architectures").get(0).asText())
            .isEqualTo(
                name.equals("g-vit") ? "ViTForImageClassification" : "BeitForImageClassification");
      }
    }
  }

  @Test
  void aCompleteCheckpointHasTheNamesThatTransformersLooksFor() {
    for (String name :
        List.of("e-beit-multilabel-containers", "j1-beitmodel-nohead", "j2-vitmodel-pooler")) {
      Path out = folder.resolve(name);
      try (Checkpoint backbone = Checkpoint.open(MODELS.resolve(name), CheckpointOptions.none())) {
        int hidden = backbone.config().path("hidden_size").asInt();
        ClassifierHead head = head(backbone.sha256(), hidden);
        new TunedCheckpoint(backbone, head).write(out);
        try (Checkpoint written = Checkpoint.open(out, CheckpointOptions.none())) {
          String prefix = name.startsWith("j2") ? "vit." : "beit.";
          List<String> rest = new ArrayList<>(written.weights().names());
          assertThat(rest).contains("classifier.weight", "classifier.bias");
          rest.removeIf(tensor -> tensor.startsWith("classifier."));
          assertThat(rest).isNotEmpty().allMatch(tensor -> tensor.startsWith(prefix));
          assertThat(rest).noneMatch(tensor -> tensor.contains("pooler.dense"));
          assertThat(written.labels().names()).containsExactly("left", "right");
          assertThat(written.config().path("label2id").path("right").asInt()).isEqualTo(1);
          assertThat(written.processor().width()).isEqualTo(backbone.processor().width());
          String first = prefix + "embeddings.cls_token";
          String source = name.startsWith("j") ? "embeddings.cls_token" : first;
          assertThat(written.weights().floats(first))
              .containsExactly(backbone.weights().floats(source));
        }
      }
    }
  }

  @Test
  void aHeadOfAnotherModelIsRefused() {
    head("0123", 32).write(folder);
    Path model = MODELS.resolve("e-beit-multilabel-containers");
    assertThatThrownBy(() -> Checkpoint.open(model, CheckpointOptions.none().withHead(folder)))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(
            "The head "
                + folder
                + " was trained on the model base (sha256 0123), not on"
                + " e-beit-multilabel-containers (sha256 ")
        .hasMessageEndingWith("): name that model, with the preprocessor_config.json that it had.");
  }

  @Test
  void whatIsNoHeadIsTold() throws IOException {
    assertThatThrownBy(() -> ClassifierHead.read(folder))
        .isInstanceOf(InputException.class)
        .hasMessage(
            folder
                + " holds no head.json: name the folder head that jobs/train wrote inside its"
                + " output.");
    head("abc", 3).write(folder);
    Path json = folder.resolve("head.json");
    String text = Files.readString(json);
    Files.writeString(json, text.replaceFirst("\"left\"\\s*,", ""));
    assertThatThrownBy(() -> ClassifierHead.read(folder))
        .isInstanceOf(InputException.class)
        .hasMessage(
            folder.resolve("head.safetensors")
                + ": classifier.weight is F32 [2, 3] and classifier.bias is F32 [2], but head.json"
                + " names 1 labels.");
    Files.writeString(json, text.replace("\"backbone\"", "\"bone\""));
    assertThatThrownBy(() -> ClassifierHead.read(folder)).hasMessage(json + " has no backbone.");
    Files.writeString(json, text.replace("multi_label_classification", "both"));
    assertThatThrownBy(() -> ClassifierHead.read(folder))
        .hasMessage(json + " has no labels or no problem_type.");
  }

  private static ClassifierHead head(String sha256, int hidden) {
    float[] weight = new float[2 * hidden];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = i;
    }
    return new ClassifierHead(
        "hands",
        List.of("left", "right"),
        ProblemType.MULTI_LABEL,
        hidden,
        weight,
        new float[] {10, -10},
        "base",
        sha256);
  }
}
