package io.labelmill.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelClassTest {
  @TempDir Path folder;

  private ModelClass read(String config, String... tensors) throws IOException {
    JsonNode json = new JsonMapper().readTree(config);
    Path file = folder.resolve("model.safetensors");
    SafeTensorsFile.write(
        file,
        Stream.of(tensors).map(name -> new TensorInfo(name, DataType.F32, List.of(1L))).toList(),
        name -> new float[1],
        Map.of());
    try (TensorStore stored = SafeTensorsFile.open(file)) {
      return ModelClass.of(json, stored);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BeitForImageClassification, BEIT",
    "BeitForMaskedImageModeling, BEIT",
    "BeitForSemanticSegmentation, BEIT",
    "BeitModel, BEIT",
    "Data2VecVisionForImageClassification, DATA2VEC_VISION",
    "Data2VecVisionModel, DATA2VEC_VISION",
    "DeiTForImageClassification, DEIT",
    "DeiTForImageClassificationWithTeacher, DEIT",
    "DeiTModel, DEIT",
    "ViTForImageClassification, VIT",
    "ViTModel, VIT",
  })
  void architecturesNamesTheClass(String name, ModelFamily family) throws IOException {
    for (String config :
        List.of(
            "{\"architectures\": [\"%s\"], \"model_type\": \"swin\"}",
            "{\"architectures\": \"%s\"}")) {
      ModelClass read = read(config.formatted(name));
      assertThat(read.family()).isEqualTo(family);
      assertThat(read.name()).isEqualTo(name);
      assertThat(read.notes()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model_type\": \"vit\"}",
        "{\"model_type\": \"vit\", \"architectures\": null}",
        "{\"model_type\": \"vit\", \"architectures\": []}"
      })
  void withoutArchitecturesTheModelTypeDecides(String config) throws IOException {
    assertThat(read(config, "classifier.weight"))
        .isEqualTo(
            new ModelClass(
                ModelFamily.VIT,
                ModelHead.CLASSIFIER,
                List.of(
                    "config.json names no architecture (key architectures): read as"
                        + " ViTForImageClassification, since model_type is vit and the weights hold"
                        + " a classifier.")));
    assertThat(read(config).name()).isEqualTo("ViTModel");
    assertThat(read(config).notes().get(0)).endsWith("the weights hold no classifier.");
  }

  @Test
  void aClassOfOnesOwnIsReadByItsModelType() throws IOException {
    ModelClass own =
        read(
            "{\"model_type\": \"beit\", \"architectures\": [\"ShelfNet\"], \"auto_map\": {}}",
            "classifier.weight");
    assertThat(own.name()).isEqualTo("BeitForImageClassification");
    assertThat(own.notes())
        .containsExactly(
            "config.json names the architecture ShelfNet: read as BeitForImageClassification, since"
                + " model_type is beit and the weights hold a classifier.",
            "The program that auto_map of config.json names is not run.");
    assertThat(read("{\"model_type\": \"data2vec-vision\", \"architectures\": [\"Own\"]}").name())
        .isEqualTo("Data2VecVisionModel");
  }

  @Test
  void aClassifierInTheFileOfABaseModelIsUsed() throws IOException {
    ModelClass read = read("{\"architectures\": [\"ViTModel\"]}", "classifier.weight");
    assertThat(read.name()).isEqualTo("ViTForImageClassification");
    assertThat(read.notes())
        .containsExactly(
            "config.json names the architecture ViTModel, and the weights hold a classifier: read"
                + " as ViTForImageClassification.");
  }

  /** What Transformers calls so computes something else. */
  @ParameterizedTest
  @CsvSource({
    "Data2VecVisionForSemanticSegmentation, data2vec-vision",
    "BeitBackbone, beit",
    "ViTForMaskedImageModeling, vit",
    "SwinForImageClassification, swin",
    "ViTMAEForPreTraining, vit_mae",
  })
  void refusesOtherClassesOfTransformers(String name, String type) {
    assertThatThrownBy(
            () ->
                read(
                    "{\"architectures\": [\"%s\"], \"model_type\": \"%s\"}".formatted(name, type),
                    "classifier.weight"))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "config.json names the architecture %s; supported are BeitForImageClassification,"
                + " BeitForMaskedImageModeling, BeitForSemanticSegmentation, BeitModel, Data2VecVisionForImageClassification,"
                + " Data2VecVisionModel, DeiTForImageClassification,"
                + " DeiTForImageClassificationWithTeacher, DeiTModel, ViTForImageClassification,"
                + " ViTModel.",
            name);
  }
}
