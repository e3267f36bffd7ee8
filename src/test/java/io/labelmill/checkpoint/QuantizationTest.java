package io.labelmill.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.Reference;
import io.labelmill.TestCheckpoints;
import io.labelmill.error.InputException;
import io.labelmill.graph.Network;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizationTest {
  private static final CheckpointOptions NONE = CheckpointOptions.none();
  private static final JsonMapper JSON = new JsonMapper();
  private static final String ADVICE =
      ", and their integers are not read as weights: name the checkpoint that it was made from. Or"
          + " load it with Transformers, and write model.dequantize().state_dict() with torch.save"
          + " to pytorch_model.bin, beside a config.json without quantization_config.";

  @TempDir Path folder;

  @BeforeEach
  void write() {
    TestCheckpoints.tiny().write(folder);
  }

  private void describe(String quantisation) throws IOException {
    Path file = folder.resolve("config.json");
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    config.set("quantization_config", JSON.readTree(quantisation));
    JSON.writeValue(file.toFile(), config);
  }

  private void assertRefused(String sentence) {
    assertThatThrownBy(() -> Checkpoint.open(folder, NONE).close())
        .isInstanceOf(InputException.class)
        .hasMessage(sentence.replace("DIR", folder.toString()) + ADVICE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"quant_method\": \"gptq\", \"bits\": 4} | gptq",
        "{\"quant_method\": \"awq\", \"bits\": 4} | awq",
        "{\"quant_method\": \"torchao\", \"quant_type\": \"int8_weight_only\"} | torchao, int8_weight_only",
        "{\"quant_method\": \"quanto\", \"weights\": \"int8\"} | quanto",
        "{\"quant_method\": \"compressed-tensors\", \"format\": \"int-quantized\"} | compressed-tensors",
        "{\"quant_method\": \"fp8\"} | fp8",
        "{\"bits\": 8} | a method that it does not name",
        "\"int8\" | a method that it does not name",
      })
  void refusesEveryMethodByName(String quantisation, String method) throws IOException {
    describe(quantisation);
    assertRefused(
        "DIR/config.json (quantization_config): the weights are quantised by %s".formatted(method));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"quant_method\": \"bitsandbytes\", \"load_in_4bit\": true, \"load_in_8bit\": false}",
        "{\"quant_method\": \"bitsandbytes\", \"_load_in_4bit\": true}",
        "{\"load_in_4bit\": true, \"load_in_8bit\": false}",
      })
  void refusesFourBitsOfBitsandbytes(String quantisation) throws IOException {
    describe(quantisation);
    assertRefused("DIR/config.json: the weights are quantised by bitsandbytes to 4 bits");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "{\"quant_method\": \"bitsandbytes\", \"load_in_4bit\": false, \"load_in_8bit\": false}"
      })
  void readsWhatIsSaidNotToBeQuantised(String quantisation) throws IOException {
    describe(quantisation);
    try (Checkpoint checkpoint = Checkpoint.open(folder, NONE)) {
      assertThat(checkpoint.labels().size()).isEqualTo(6);
    }
  }

  /** The weights with others in place of some, as a state dict has them that was saved by hand. */
  private void rewrite(Map<String, TensorInfo> replaced, List<TensorInfo> added) {
    Path file = folder.resolve("model.safetensors");
    Path beside = folder.resolve("new");
    try (TensorStore store = SafeTensorsFile.open(file)) {
      List<TensorInfo> tensors = new ArrayList<>();
      store.names().forEach(name -> tensors.add(replaced.getOrDefault(name, store.info(name))));
      tensors.addAll(added);
      SafeTensorsFile.write(
          beside,
          tensors,
          name ->
              replaced.containsKey(name) || !store.contains(name)
                  ? new float[elements(tensors, name)]
                  : store.floats(name),
          Map.of());
    }
    try {
      Files.move(beside, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static int elements(List<TensorInfo> tensors, String name) {
    return (int)
        tensors.stream()
            .filter(info -> info.name().equals(name))
            .findFirst()
            .orElseThrow()
            .elements();
  }

  private static TensorInfo info(String name, DataType type, Long... shape) {
    return new TensorInfo(name, type, List.of(shape));
  }

  @ParameterizedTest
  @CsvSource({
    "classifier.qweight, I32, GPTQ or AWQ",
    "classifier.weight.quant_state.bitsandbytes__nf4, U8, bitsandbytes to 4 bits",
    "classifier.weight._data, I8, quanto",
    "classifier.weight_packed, I32, compressed-tensors",
    "classifier.weight_qdata, I8, torchao",
    "classifier.W_q, U8, HQQ",
    "classifier.weight_scale, F32, scales beside its weights",
    "classifier._packed_params._packed_params, I8, torch.ao.quantization",
  })
  void knowsMethodsByTheirTensors(String tensor, DataType type, String method) {
    rewrite(Map.of(), List.of(info(tensor, type, 4L)));
    assertRefused("DIR: the weights are quantised by %s".formatted(method));
  }

  /** How a library that quantises on a processor wrote a ViT: all but the numbers. */
  record Made(String name, JsonNode checkpoint) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Made> made() throws IOException {
    return JSON
        .readTree(Reference.golden().resolve("quantised.json").toFile())
        .path("checkpoints")
        .properties()
        .stream()
        .map(entry -> new Made(entry.getKey(), entry.getValue()));
  }

  @Test
  void everyLibraryIsHere() throws IOException {
    assertThat(made()).hasSize(17);
  }

  @ParameterizedTest
  @MethodSource("made")
  void refusesWhatTheLibrariesWrite(Made made) throws IOException {
    write(made.checkpoint().path("tensors"));
    JsonNode described = made.checkpoint().path("quantization_config");
    if (described.isObject()) {
      describe(described.toString());
      String library = made.name().replaceFirst("-(int|nf|fp|float|packed).*", "");
      assertRefused(
          library.equals("bitsandbytes")
              ? "DIR/config.json: the weights are quantised by bitsandbytes to 4 bits"
              : "DIR/config.json (quantization_config): the weights are quantised by " + library);
      describe("null");
    }
    // A state dict that was kept without what describes it.
    if (made.name().contains("float")) {
      assertThatThrownBy(() -> Checkpoint.open(folder, NONE).close())
          .isInstanceOf(InputException.class)
          .hasMessageEndingWith("has dtype F8_E4M3, which is not read.");
      return;
    }
    String method =
        switch (made.name()) {
          case "bitsandbytes-nf4", "bitsandbytes-fp4", "bitsandbytes-nf4-double" ->
              "bitsandbytes to 4 bits";
          case "torchao-int8", "torchao-int8-dynamic", "torchao-int4" -> "torchao";
          case "gptq-int4", "awq-int4" -> "GPTQ or AWQ";
          case "hqq-int4" -> "HQQ";
          case "quanto-int8", "quanto-int4" -> "quanto";
          case "compressed-tensors-packed" -> "compressed-tensors";
          default -> "scales beside its weights";
        };
    assertRefused("DIR: the weights are quantised by " + method);
  }

  /** A file of tensors full of zeros, of types that nobody here writes, too. */
  private void write(JsonNode tensors) throws IOException {
    ObjectNode header = JSON.createObjectNode();
    int end = 0;
    for (Map.Entry<String, JsonNode> tensor : tensors.properties()) {
      String type = tensor.getValue().get(0).asText();
      ObjectNode entry = header.putObject(tensor.getKey()).put("dtype", type);
      int bytes = type.startsWith("F8") ? 1 : DataType.named(type).orElseThrow().bytes();
      for (int i = 1; i < tensor.getValue().size(); i++) {
        bytes *= tensor.getValue().get(i).asInt();
        entry.withArray("shape").add(tensor.getValue().get(i));
      }
      entry.withArray("shape");
      entry.putArray("data_offsets").add(end).add(end + bytes);
      end += bytes;
    }
    byte[] json = JSON.writeValueAsBytes(header);
    ByteBuffer file = ByteBuffer.allocate(8 + json.length + end).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(json.length).put(json);
    Files.write(folder.resolve("model.safetensors"), file.array());
  }

  @ParameterizedTest
  @CsvSource({"I8", "U8", "I16", "I32", "I64", "BOOL"})
  void integersAreNoWeights(DataType type) {
    String name = "beit.encoder.layer.1.output.dense.weight";
    rewrite(Map.of(name, info(name, type, 32L, 64L)), List.of());
    try (Checkpoint checkpoint = Checkpoint.open(folder, NONE)) {
      assertThatThrownBy(() -> Network.of(checkpoint.config(), checkpoint.weights()).facts())
          .isInstanceOf(InputException.class)
          .hasMessage(
              "Tensor '%s' is %s [32, 64]: integers are not weights, unless they are read together with what scales them, which this checkpoint does not name.",
              name, type);
    }
  }

  @Test
  void theIntegersOfAHeadAreNoWeights() {
    Path head = folder.resolve("head");
    new ClassifierHead(
            "n", List.of("a"), ProblemType.MULTI_CLASS, 2, new float[2], new float[1], "b", "c")
        .write(head);
    SafeTensorsFile.write(
        head.resolve("head.safetensors"),
        List.of(
            info("classifier.weight", DataType.I8, 1L, 2L),
            info("classifier.bias", DataType.F32, 1L)),
        name -> new float[name.endsWith("weight") ? 2 : 1],
        Map.of());
    assertThatThrownBy(() -> ClassifierHead.read(head))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "%s: classifier.weight is I8 [1, 2], integers instead of floats.",
            head.resolve("head.safetensors"));
  }

  @Test
  void rowsOfLlmInt8AreTheirIntegersTimesTheirScale() {
    Path model = Reference.golden().resolve("models/q-vit-llm-int8");
    String weight = "vit.encoder.layer.1.output.dense.weight";
    try (TensorStore stored = SafeTensorsFile.open(model.resolve("model.safetensors"));
        Checkpoint checkpoint = Checkpoint.open(model, NONE)) {
      float[] integers = stored.floats(weight);
      float[] scales = stored.floats(weight.replace(".weight", ".SCB"));
      float[] weights = checkpoint.weights().floats(weight);
      assertThat(weights).hasSize(16 * 32);
      for (int i = 0; i < weights.length; i++) {
        assertThat(weights[i]).isEqualTo((float) (integers[i] * (double) scales[i / 32] / 127));
      }
      assertThat(checkpoint.weights().info(weight)).isEqualTo(info(weight, DataType.F32, 16L, 32L));
      assertThat(checkpoint.weights().names())
          .noneMatch(name -> name.endsWith(".SCB") || name.endsWith(".weight_format"));
      assertThat(checkpoint.warnings())
          .contains(
              "13 of 40 weights are quantised by LLM.int8 of bitsandbytes: each row is its integers"
                  + " times its scale, in float32. bitsandbytes rounds what it multiplies them with,"
                  + " too, so that its scores differ a little.");
    }
  }

  /** Without a configuration that says so, as a state dict that was saved by hand has none. */
  @Test
  void scalesOfLlmInt8AreSeenWithoutAConfiguration() {
    rewrite(
        Map.of("classifier.weight", info("classifier.weight", DataType.I8, 6L, 32L)),
        List.of(info("classifier.SCB", DataType.F32, 6L)));
    try (Checkpoint checkpoint = Checkpoint.open(folder, NONE)) {
      assertThat(checkpoint.weights().info("classifier.weight").dataType()).isEqualTo(DataType.F32);
      assertThat(checkpoint.warnings().get(0)).startsWith("1 of ");
    }
  }

  @Test
  void refusesScalesAndOrdersThatLlmInt8DoesNotHave() {
    rewrite(
        Map.of("classifier.weight", info("classifier.weight", DataType.I8, 6L, 32L)),
        List.of(
            info("classifier.SCB", DataType.F32, 32L),
            info("classifier.weight_format", DataType.U8, 2L)));
    assertThatThrownBy(() -> Checkpoint.open(folder, NONE).close())
        .isInstanceOfSatisfying(
            InputException.class,
            refused ->
                assertThat(refused.problems())
                    .containsExactly(
                        "Tensor 'classifier.weight' is I8 [6, 32] and its scales 'classifier.SCB'"
                            + " are F32 [32]: LLM.int8 has a float for each row.",
                        "Tensor 'classifier.weight_format' says that the weights of LLM.int8 of"
                            + " bitsandbytes lie in another order than row by row (0), which is not"
                            + " read."));
  }

  @Test
  void aTunedCheckpointOfQuantisedWeightsHoldsFloats() {
    Path model = Reference.golden().resolve("models/q-vit-llm-int8");
    Path tuned = folder.resolve("tuned");
    ClassifierHead head =
        new ClassifierHead(
            "n", List.of("a"), ProblemType.MULTI_CLASS, 16, new float[16], new float[1], "b", "c");
    try (Checkpoint backbone = Checkpoint.open(model, NONE)) {
      new TunedCheckpoint(backbone, head).write(tuned);
    }
    try (Checkpoint read = Checkpoint.open(tuned, NONE)) {
      assertThat(read.warnings()).noneMatch(warning -> warning.contains("quantised"));
      assertThat(read.config().has("quantization_config")).isFalse();
      Network.of(read.config(), read.weights()).facts();
    }
  }
}
