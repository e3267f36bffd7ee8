package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.Reference;
import io.labelmill.Untrained;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.DataType;
import io.labelmill.checkpoint.ModelFamily;
import io.labelmill.checkpoint.ModelHead;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorInfo;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.error.InputException;
import io.labelmill.graph.UntrainedCheckpoint.Spread;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UntrainedCheckpointTest {
  private static final Path MODELS = Reference.golden().resolve("models");
  @TempDir Path temp;

  /** Random weights in the sizes of another checkpoint. */
  private static UntrainedCheckpoint like(ModelFamily family, ModelHead head, Checkpoint other) {
    JsonNode config = other.config();
    return new UntrainedCheckpoint(
        family,
        head,
        config.path("image_size").asInt(),
        config.path("patch_size").asInt(),
        config.path("hidden_size").asInt(),
        config.path("num_hidden_layers").asInt(),
        config.path("num_attention_heads").asInt(),
        config.path("intermediate_size").asInt(),
        other.labels(),
        Optional.empty(),
        DataType.F32,
        Spread.USUAL,
        7);
  }

  @ParameterizedTest
  @CsvSource({
    "BEIT, CLASSIFIER, a-beit-meanpool-relpos",
    "VIT, CLASSIFIER, g-vit",
    "DEIT, CLASSIFIER, r1-deit",
    "DEIT, TWO_CLASSIFIERS, r2-deit-teacher"
  })
  void hasTheTensorsOfTransformers(ModelFamily family, ModelHead head, String golden) {
    try (Checkpoint original = Checkpoint.open(MODELS.resolve(golden), CheckpointOptions.none())) {
      like(family, head, original).write(temp);
      hasTheSameTensors(original);
    }
  }

  @Test
  void drawsSegmentationModels() {
    Path model = Reference.golden().resolve("segmentation-models/base-4");
    try (Checkpoint original = Checkpoint.open(model, CheckpointOptions.none())) {
      like(ModelFamily.BEIT, ModelHead.SEGMENTATION, original).write(temp);
      try (Checkpoint drawn = Checkpoint.open(temp, CheckpointOptions.none())) {
        Network network = Network.of(drawn.config(), drawn.weights());
        assertThat(network.warnings()).isEmpty();
        assertThat(network.facts())
            .isEqualTo(Network.of(original.config(), original.weights()).facts());
        assertThat(drawn.config().get("out_indices"))
            .isEqualTo(original.config().get("out_indices"));
        assertThat(drawn.weights().floats("decode_head.bottleneck.bn.running_var")).containsOnly(1);
        assertThat(drawn.weights().floats("fpn1.1.running_mean")).containsOnly(0);
        assertThat(drawn.weights().floats("fpn1.1.weight")).containsOnly(1);
      }
    }
  }

  private void hasTheSameTensors(Checkpoint original) {
    try (Checkpoint drawn = Checkpoint.open(temp, CheckpointOptions.none())) {
      assertThat(drawn.weights().names())
          .containsExactlyInAnyOrderElementsOf(original.weights().names());
      for (String name : drawn.weights().names()) {
        assertThat(drawn.weights().info(name)).isEqualTo(original.weights().info(name));
        if (name.endsWith("relative_position_index")) {
          assertThat(drawn.weights().floats(name)).isEqualTo(original.weights().floats(name));
        }
      }
      for (String field : List.of("architectures", "hidden_act", "image_size", "model_type")) {
        assertThat(drawn.config().get(field)).isEqualTo(original.config().get(field));
      }
      assertThat(drawn.processor().inputSize()).isEqualTo(original.processor().inputSize());
      assertThat(drawn.processor().resampling()).isEqualTo(original.processor().resampling());
      assertThat(drawn.processor().mean()).isEqualTo(original.processor().mean());
    }
  }

  @Test
  void equalValuesGiveEqualBytesAndAnotherSeedOthers() throws Exception {
    Untrained tiny = Untrained.named("vit-tiny-patch8-32");
    tiny.write(temp.resolve("a"));
    tiny.write(temp.resolve("b"));
    tiny.withSeed(1).write(temp.resolve("c"));
    for (String file : List.of("config.json", "preprocessor_config.json", "model.safetensors")) {
      assertThat(Files.mismatch(temp.resolve("a").resolve(file), temp.resolve("b").resolve(file)))
          .isEqualTo(-1);
    }
    assertThat(
            Files.mismatch(
                temp.resolve("a/model.safetensors"), temp.resolve("c/model.safetensors")))
        .isPositive();
  }

  @Test
  void weightsAreNormallyDistributed() {
    Untrained.named("beit-tiny-patch8-32").withLabels(Untrained.numbered(5000)).write(temp);
    try (TensorStore weights = SafeTensorsFile.open(temp.resolve("model.safetensors"))) {
      float[] values = weights.floats("classifier.weight");
      double sum = 0;
      double squares = 0;
      double fourths = 0;
      for (float value : values) {
        double deviations = value / 0.02;
        sum += deviations;
        squares += deviations * deviations;
        fourths += Math.pow(deviations, 4);
      }
      assertThat(sum / values.length).isCloseTo(0, within(0.02));
      assertThat(squares / values.length).isCloseTo(1, within(0.02));
      assertThat(fourths / values.length).isCloseTo(3, within(0.15));
      assertThat(weights.floats("beit.pooler.layernorm.weight")).containsOnly(1);
      assertThat(weights.floats("beit.pooler.layernorm.bias")).containsOnly(0);
      assertThat(weights.floats("beit.encoder.layer.1.lambda_2")).containsOnly(0.1f);
    }
  }

  @ParameterizedTest
  @CsvSource({"F16, 2", "BF16, 2", "F32, 4"})
  void writesSixteenBitWeights(DataType type, int bytes) {
    Untrained.named("vit-tiny-patch8-32")
        .withDataType(type)
        .withProblemType(ProblemType.MULTI_LABEL)
        .write(temp);
    try (Checkpoint checkpoint = Checkpoint.open(temp, CheckpointOptions.none())) {
      TensorInfo classifier = checkpoint.weights().info("classifier.weight");
      assertThat(classifier.dataType()).isEqualTo(type);
      assertThat(classifier.bytes()).isEqualTo(1000L * 32 * bytes);
      assertThat(checkpoint.problemType()).contains(ProblemType.MULTI_LABEL);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "beit-base-patch16-224, 768, 12, 12, 3072, 224",
    "beit-large-patch16-512, 1024, 24, 16, 4096, 512",
    "vit-base-patch16-384, 768, 12, 12, 3072, 384"
  })
  void knowsTheUsualSizes(
      String name, int hidden, int layers, int heads, int intermediate, int imageSize) {
    UntrainedCheckpoint checkpoint = Untrained.named(name).checkpoint();
    assertThat(checkpoint.hidden()).isEqualTo(hidden);
    assertThat(checkpoint.layers()).isEqualTo(layers);
    assertThat(checkpoint.heads()).isEqualTo(heads);
    assertThat(checkpoint.intermediate()).isEqualTo(intermediate);
    assertThat(checkpoint.imageSize()).isEqualTo(imageSize);
    assertThat(checkpoint.patchSize()).isEqualTo(16);
  }

  @ParameterizedTest
  @ValueSource(strings = {"beit", "swin-base-patch4-224", "beit-base-patch16-230"})
  void refusesOtherSizes(String name) {
    assertThatThrownBy(() -> Untrained.named(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(
            ".* is not of the form .*|image 230 of patches 16, width 768 of heads 12");
  }

  @Test
  void refusesAFolderThatIsAFile() throws Exception {
    Path file = Files.writeString(temp.resolve("file"), "");
    assertThatThrownBy(() -> Untrained.named("vit-tiny-patch8-32").write(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + " can not be written: ");
  }
}
