package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.list;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.Reference;
import io.labelmill.error.InputException;
import io.labelmill.error.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final GraphSpec LOGITS = GraphSpec.of(GraphOutput.LOGITS);

  @TempDir Path folder;

  @Test
  void listsSupportedArchitecturesForAnother() throws IOException {
    ObjectNode config = config();
    config.putArray("architectures").add("SwinForImageClassification");
    assertThatThrownBy(() -> Network.of(config, new Shapes()).write(LOGITS, folder))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "config.json names the architecture SwinForImageClassification; supported are"
                + " BeitForImageClassification, BeitForMaskedImageModeling, BeitForSemanticSegmentation, BeitModel,"
                + " Data2VecVisionForImageClassification, Data2VecVisionModel, DeiTForImageClassification, DeiTForImageClassificationWithTeacher, DeiTModel,"
                + " ViTForImageClassification, ViTModel.");
  }

  @Test
  void listsSupportedArchitecturesForNone() throws IOException {
    ObjectNode config = config();
    config.remove("architectures");
    assertThatThrownBy(() -> Network.of(config, new Shapes()).facts())
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(
            "config.json names no architecture (key architectures); supported are Beit");
  }

  @Test
  void reportsEveryMissingMisshapenAndExtraTensor() throws IOException {
    ObjectNode config = config();
    Shapes shapes = Shapes.of(config);
    shapes.remove("beit.embeddings.cls_token");
    shapes.remove("beit.encoder.layer.1.lambda_2");
    shapes.put("beit.encoder.layer.0.output.dense.weight", 72, 32);
    shapes.put("surplus", 3);
    shapes.put("beit.embeddings.mask_token", 1, 1, 32);
    assertThatThrownBy(() -> Network.of(config, shapes).write(LOGITS, folder))
        .isInstanceOf(InputException.class)
        .asInstanceOf(type(UserException.class))
        .extracting(UserException::problems)
        .isEqualTo(
            List.of(
                "Tensor 'beit.embeddings.cls_token' is missing: BeitForImageClassification needs"
                    + " it, of shape [1, 1, 32].",
                "Tensor 'beit.encoder.layer.0.output.dense.weight' has the shape [72, 32];"
                    + " this BeitForImageClassification needs [32, 72].",
                "Tensor 'beit.encoder.layer.1.lambda_2' is missing: BeitForImageClassification"
                    + " needs it, of shape [32].",
                "BeitForImageClassification has no use for 'surplus' [3]."));
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void tensorsOfOneKindAreOneProblem() throws IOException {
    ObjectNode config = config();
    config.put("num_hidden_layers", 6);
    Shapes shapes = Shapes.of(config);
    for (int layer = 0; layer < 6; layer++) {
      shapes.remove("beit.encoder.layer.%d.lambda_1".formatted(layer));
      shapes.put("beit.encoder.layer.%d.ls1.gamma".formatted(layer), 32);
    }
    shapes.remove("beit.encoder.layer.1.lambda_2");
    shapes.remove("beit.encoder.layer.4.lambda_2");
    assertThatThrownBy(() -> Network.of(config, shapes).facts())
        .isInstanceOf(InputException.class)
        .asInstanceOf(type(UserException.class))
        .extracting(UserException::problems)
        .isEqualTo(
            List.of(
                "Tensors 'beit.encoder.layer.N.lambda_1' are missing, where N is 0 to 5:"
                    + " BeitForImageClassification needs them, of shape [32].",
                "Tensors 'beit.encoder.layer.N.lambda_2' are missing, where N is one of 2 numbers"
                    + " from 1 to 4: BeitForImageClassification needs them, of shape [32].",
                "BeitForImageClassification has no use for 'beit.encoder.layer.N.ls1.gamma' [32]"
                    + " (N is 0 to 5)."));
  }

  @Test
  void weightsOfAnotherNetworkAreOneProblem() throws IOException {
    ObjectNode config = config();
    Shapes shapes = new Shapes();
    for (int block = 0; block < 12; block++) {
      shapes.put("blocks.%d.attn.qkv.weight".formatted(block), 96, 32);
    }
    for (int other = 0; other < 14; other++) {
      shapes.put("other" + other, other + 1);
    }
    assertThatThrownBy(() -> Network.of(config, shapes).facts())
        .isInstanceOf(InputException.class)
        .hasMessage(
            "None of the 43 tensors that BeitForImageClassification needs is there, such as"
                + " 'beit.embeddings.patch_embeddings.projection.weight' [32, 3, 8, 8]. There are 26 others:"
                + " 'blocks.N.attn.qkv.weight' [96, 32] (N is 0 to 11), 'other0' [1], 'other1' [2],"
                + " 'other2' [3], 'other3' [4], 'other4' [5], 'other5' [6], 'other6' [7],"
                + " 'other7' [8], 'other8' [9] and 5 more kinds. They are of another network, or"
                + " another program named them.");
  }

  @Test
  void warnsAboutExtraTensorsAlone() throws IOException {
    ObjectNode config = config();
    Shapes shapes = Shapes.of(config);
    shapes.put("surplus", 3);
    shapes.put("beit.layer.2.lambda_1", 32);
    GraphFiles files = Network.of(config, shapes).write(LOGITS, folder);
    assertThat(files.warnings())
        .containsExactly(
            "BeitForImageClassification has no use for these tensors of the checkpoint:"
                + " 'surplus' [3], 'beit.layer.2.lambda_1' [32].");
  }

  @Test
  void saysNothingOfTensorsThatTheOriginalStoresWithoutUse() throws IOException {
    ObjectNode config = config();
    Shapes shapes = Shapes.of(config);
    shapes.put("beit.embeddings.mask_token", 1, 1, 32);
    shapes.put(
        "beit.encoder.layer.0.attention.attention.relative_position_bias.relative_position_index",
        17,
        17);
    assertThat(Network.of(config, shapes).write(LOGITS, folder).warnings()).isEmpty();

    ObjectNode vit = config();
    vit.putArray("architectures").add("ViTForImageClassification");
    Shapes pooled = Shapes.of(vit);
    pooled.put("vit.pooler.dense.weight", 32, 32);
    pooled.put("vit.pooler.dense.bias", 32);
    assertThat(Network.of(vit, pooled).write(LOGITS, folder).warnings()).isEmpty();
  }

  @Test
  void classifierOfAnotherWidthIsMisshapen() throws IOException {
    ObjectNode config = config();
    Shapes shapes = Shapes.of(config);
    shapes.put("classifier.weight", 9, 32);
    assertThatThrownBy(() -> Network.of(config, shapes).facts())
        .isInstanceOf(InputException.class)
        .hasMessage(
            "Tensor 'classifier.bias' has the shape [10]; this BeitForImageClassification needs [9].");
  }

  @Test
  void reportsEveryWrongSettingAtOnce() throws IOException {
    ObjectNode config = config();
    config.put("hidden_size", 30);
    config.put("num_channels", 1);
    config.put("hidden_act", "mish");
    config.put("use_mean_pooling", "yes");
    config.put("num_hidden_layers", 0);
    config.put("layer_norm_eps", "small");
    config.putArray("image_size").add(32);
    assertThatThrownBy(() -> Network.of(config, new Shapes()).facts())
        .isInstanceOf(InputException.class)
        .asInstanceOf(type(UserException.class))
        .extracting(UserException::problems)
        .isEqualTo(
            List.of(
                "num_channels is 1 in config.json; pictures have 3.",
                "image_size is [32] in config.json; it must be a whole number above 0, or [height,"
                    + " width].",
                "num_hidden_layers is 0 in config.json; it must be a whole number above 0.",
                "hidden_size 30 in config.json is no multiple of num_attention_heads 4.",
                "layer_norm_eps is \"small\" in config.json; it must be a number.",
                "hidden_act is \"mish\" in config.json; it must be one of gelu, gelu_fast,"
                    + " gelu_new, gelu_python, gelu_python_tanh, gelu_pytorch_tanh, linear,"
                    + " quick_gelu, relu, sigmoid, silu, swish, tanh.",
                "use_mean_pooling is \"yes\" in config.json; it must be true or false."));
  }

  @Test
  void noNetworkHasThatManyLayers() throws IOException {
    for (String name : List.of("BeitModel", "ViTModel")) {
      ObjectNode config = config();
      config.putArray("architectures").add(name);
      config.put("num_hidden_layers", 1001);
      config.put("hidden_size", 1L << 40);
      assertThatThrownBy(() -> Network.of(config, new Shapes()).facts())
          .isInstanceOf(InputException.class)
          .asInstanceOf(type(UserException.class))
          .extracting(UserException::problems)
          .asInstanceOf(list(String.class))
          .contains(
              "hidden_size is 1099511627776 in config.json; it must be 2147483647 or less.",
              "num_hidden_layers is 1001 in config.json; it must be 1000 or less.");
    }
  }

  @Test
  void patchesMustFitIntoThePicture() throws IOException {
    ObjectNode config = config();
    config.put("patch_size", 33);
    assertThatThrownBy(() -> Network.of(config, new Shapes()).facts())
        .isInstanceOf(InputException.class)
        .hasMessage(
            "patch_size 33x33 (height x width) in config.json is larger than image_size 32x32.");
  }

  @Test
  void refusesAnOutputThatTheModelDoesNotHave() throws IOException {
    ObjectNode config = config();
    config.putArray("architectures").add("BeitForMaskedImageModeling");
    assertThatThrownBy(() -> Network.of(config, Shapes.of(config)).write(LOGITS, folder))
        .isInstanceOf(InputException.class)
        .hasMessage("BeitForMaskedImageModeling has no logits; it gives last_hidden_state.");
  }

  @Test
  void warnsWhenTheBaseModelHasNoPooler() throws IOException {
    ObjectNode config = config();
    config.putArray("architectures").add("ViTModel");
    Shapes shapes = Shapes.of(config);
    shapes.remove("vit.pooler.dense.weight");
    shapes.remove("vit.pooler.dense.bias");
    assertThat(
            Network.of(config, shapes).write(GraphSpec.of(GraphOutput.POOLED), folder).warnings())
        .containsExactly(
            "The checkpoint has no pooler (vit.pooler.dense): pooled is the leading token behind"
                + " the last norm.");
  }

  @Test
  void knowsTheNumbersOfBeitBase() throws IOException {
    ObjectNode config = JSON.createObjectNode();
    config.putArray("architectures").add("BeitForImageClassification");
    config.put("use_relative_position_bias", true);
    config.put("num_labels", 21841);
    ModelFacts facts = Network.of(config, Shapes.of(config)).facts();
    assertThat(facts.tokens()).isEqualTo(197);
    assertThat(facts.labels()).hasValue(21841);
    // 86 million in the encoder and 16.8 in the classifier.
    assertThat(facts.parameters()).isEqualTo(102_557_713L);
    assertThat(facts.flopsPerImage() / 1e9).isBetween(35.0, 35.2);
    assertThat(facts.sessionBytes()).isBetween(4 * facts.parameters(), 5 * facts.parameters());
  }

  @ParameterizedTest
  @CsvSource({
    "a-beit-meanpool-relpos",
    "c-beit-abspos-cls",
    "d2-beit-nonsquare",
    "g-vit",
    "h-vit-noqkvbias"
  })
  void countsTheParametersThatTheOriginalCounts(String model) throws IOException {
    Path models = Reference.golden().resolve("models");
    JsonNode index = JSON.readTree(models.resolve("index.json").toFile());
    JsonNode config = JSON.readTree(models.resolve(model).resolve("config.json").toFile());
    for (JsonNode entry : index.path("models")) {
      if (entry.path("name").asText().equals(model)) {
        assertThat(Network.of(config, Shapes.of(config)).facts().parameters())
            .isEqualTo(entry.path("parameters").asLong());
        return;
      }
    }
    throw new AssertionError(model + " is not in the index");
  }

  @Test
  void modelIsSmallAndWeightsAreAligned() throws IOException {
    ObjectNode config = config();
    GraphFiles files = Network.of(config, Shapes.of(config)).write(LOGITS, folder);
    assertThat(Files.size(files.model())).isLessThan(30_000);
    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(files.model()));
    long end = 0;
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      Map<String, String> external = new LinkedHashMap<>();
      tensor.getExternalDataList().forEach(each -> external.put(each.getKey(), each.getValue()));
      if (external.isEmpty()) {
        continue;
      }
      assertThat(external.get("location")).isEqualTo(files.weights().getFileName().toString());
      long offset = Long.parseLong(external.get("offset"));
      long length = Long.parseLong(external.get("length"));
      long elements = tensor.getDimsList().stream().reduce(1L, Math::multiplyExact);
      assertThat(length).isEqualTo(4 * elements);
      assertThat(offset).as(tensor.getName()).isGreaterThanOrEqualTo(end);
      assertThat(offset % (length >= 4096 ? 4096 : 64)).as(tensor.getName()).isZero();
      end = offset + length;
    }
    assertThat(Files.size(files.weights())).isEqualTo(end);
  }

  @Test
  void standardOperatorsNeedNoOtherDomain() throws IOException {
    ObjectNode config = config();
    GraphFiles files =
        Network.of(config, Shapes.of(config))
            .write(LOGITS.withOperators(Operators.STANDARD), folder);
    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(files.model()));
    assertThat(model.getOpsetImportList())
        .singleElement()
        .satisfies(opset -> assertThat(opset.getVersion()).isEqualTo(13));
    assertThat(model.getGraph().getNodeList())
        .allSatisfy(node -> assertThat(node.getDomain()).isEmpty());
  }

  @Test
  void writingAgainReplacesTheGraph() throws IOException {
    ObjectNode large = config();
    large.put("num_hidden_layers", 3);
    GraphFiles first = Network.of(large, Shapes.of(large)).write(LOGITS, folder);
    long size = Files.size(first.weights());
    ObjectNode small = config();
    GraphFiles second = Network.of(small, Shapes.of(small)).write(LOGITS, folder);
    assertThat(Files.size(second.weights())).isLessThan(size);
    try (GraphSession session = GraphSession.open(second.model())) {
      assertThat(session.run(new float[2 * 3 * 32 * 32], 2, 3, 32, 32).get("logits")).hasSize(20);
    }
  }

  private static ObjectNode config() throws IOException {
    return (ObjectNode)
        JSON.readTree(
            """
            {"architectures": ["BeitForImageClassification"], "hidden_size": 32,
             "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 72,
             "image_size": 32, "patch_size": 8, "num_labels": 10,
             "use_relative_position_bias": true}
            """);
  }

  /** Tensors of zeros with the shapes that a configuration asks for, or others. */
  private static final class Shapes extends Outline {
    private final Map<String, List<Long>> shapes;

    Shapes() {
      this(new LinkedHashMap<>());
    }

    private Shapes(Map<String, List<Long>> shapes) {
      super(shapes);
      this.shapes = shapes;
    }

    static Shapes of(JsonNode config) {
      Shapes shapes = new Shapes();
      RandomWeights weights = RandomWeights.of(config);
      weights.names().forEach(name -> shapes.shapes.put(name, weights.info(name).shape()));
      if (config.path("architectures").path(0).asText().equals("ViTModel")) {
        long hidden = config.path("hidden_size").asLong();
        shapes.put("vit.pooler.dense.weight", hidden, hidden);
        shapes.put("vit.pooler.dense.bias", hidden);
      }
      return shapes;
    }

    void remove(String name) {
      shapes.remove(name);
    }

    void put(String name, long... shape) {
      List<Long> sizes = new ArrayList<>();
      for (long size : shape) {
        sizes.add(size);
      }
      shapes.put(name, sizes);
    }
  }
}
