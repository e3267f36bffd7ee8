package io.labelmill.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.Reference;
import io.labelmill.TestCheckpoints;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders as people have them, beside those that Transformers writes. */
class CheckpointFoldersTest {
  private static final CheckpointOptions NONE = CheckpointOptions.none();
  private static final JsonMapper JSON = new JsonMapper();
  private static final Path FOLDERS = Reference.golden().resolve("checkpoints");
  private static final String MERGE =
      " and no model: merge it first, with the versions of PEFT and Transformers that trained it, by"
          + " PeftModel.from_pretrained(BASE, FOLDER).merge_and_unload().save_pretrained(MERGED).";

  @TempDir Path temp;
  private Path folder;

  @BeforeEach
  void write() {
    folder = temp.resolve("tiny");
    TestCheckpoints.tiny().write(folder);
  }

  private void edit(Consumer<ObjectNode> change) throws IOException {
    Path file = folder.resolve("config.json");
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    change.accept(config);
    JSON.writeValue(file.toFile(), config);
  }

  private static void assertRefused(Path folder, String sentence) {
    assertThatThrownBy(() -> Checkpoint.open(folder, NONE).close())
        .isInstanceOfSatisfying(
            InputException.class,
            refused -> assertThat(refused.problems()).containsExactly(sentence));
  }

  private List<String> names() {
    try (Checkpoint checkpoint = Checkpoint.open(folder, NONE)) {
      return checkpoint.labels().names();
    }
  }

  @Test
  void anAdapterIsToldByItsBase() {
    assertRefused(
        FOLDERS.resolve("peft"),
        FOLDERS.resolve("peft")
            + " holds an adapter of PEFT (LORA) for google/vit-base-patch16-224-in21k"
            + MERGE);
  }

  @Test
  void aFolderOfTimmIsToldByItsNetwork() throws IOException {
    String rest =
        ", whose networks are not read: name the checkpoint that Transformers has of it, or a folder"
            + " with an exported model.onnx.";
    assertRefused(
        FOLDERS.resolve("timm"),
        FOLDERS.resolve("timm") + " is a checkpoint of timm (vit_tiny_patch16_224)" + rest);
    edit(config -> config.put("model_type", "timm_wrapper"));
    assertRefused(folder, folder + " is a checkpoint of timm (its wrapper in Transformers)" + rest);
  }

  @ParameterizedTest
  @CsvSource({
    "tf_model.h5, TensorFlow, from_tf",
    "flax_model.msgpack, Flax, from_flax",
  })
  void weightsOfOtherProgramsAreTold(String file, String program, String option)
      throws IOException {
    Files.move(folder.resolve("model.safetensors"), folder.resolve(file));
    assertRefused(
        folder,
        "%s holds weights of %s alone (%s), which are not read: Transformers 4 converts them, by AutoModelForImageClassification.from_pretrained(FOLDER, %s=True).save_pretrained(FOLDER)."
            .formatted(folder, program, file, option));
  }

  @Test
  void anAdapterBesideWeightsIsTakenAsMerged() throws IOException {
    Files.copy(FOLDERS.resolve("peft/adapter_config.json"), folder.resolve("adapter_config.json"));
    try (Checkpoint checkpoint = Checkpoint.open(folder, NONE)) {
      assertThat(checkpoint.warnings())
          .contains(
              folder.resolve("adapter_config.json")
                  + " lies beside the weights: the adapter is taken as merged into them.");
    }
    SafeTensorsFile.write(
        folder.resolve("model.safetensors"),
        List.of(
            new TensorInfo("vit.query.lora_A.default.weight", DataType.F32, List.of(1L)),
            new TensorInfo("vit.query.base_layer.weight", DataType.F32, List.of(1L))),
        name -> new float[1],
        Map.of());
    assertRefused(
        folder,
        folder
            + " holds a LoRA adapter beside the weights that it is to be added to (tensor"
            + " 'vit.query.lora_A.default.weight'): merge it first, with merge_and_unload() of"
            + " PEFT's model, then save_pretrained(FOLDER).");
  }

  @Test
  void theCheckpointsOfATrainingAreNamed() throws IOException {
    Path output = Files.createDirectories(temp.resolve("output"));
    for (String step : List.of("checkpoint-500", "checkpoint-1000")) {
      TestCheckpoints.tiny().write(output.resolve(step));
    }
    assertRefused(
        output,
        output
            + " is not a checkpoint: config.json is missing; there are checkpoint-1000,"
            + " checkpoint-500. A config.json is in checkpoint-1000, checkpoint-500: name that"
            + " folder.");
    for (String beside : List.of("optimizer.pt", "training_args.bin", "trainer_state.json")) {
      Files.writeString(output.resolve("checkpoint-500").resolve(beside), "none of ours");
    }
    Checkpoint.open(output.resolve("checkpoint-500"), NONE).close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "best.pth | If best.pth is what torch.save(model.state_dict()) wrote, call it pytorch_model.bin.",
        "model.fp16.safetensors | If model.fp16.safetensors has all of the weights, call it model.safetensors.",
        "training_args.bin | ''",
      })
  void filesOfOtherNamesAreToldWhatToBeCalled(String file, String advice) throws IOException {
    Files.move(folder.resolve("model.safetensors"), folder.resolve(file));
    assertThatThrownBy(() -> Checkpoint.open(folder, NONE).close())
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(folder + " holds no weights: looked for ")
        .hasMessageEndingWith(advice.isEmpty() ? file + "." : advice);
  }

  // The image processor.

  @Test
  void theImageProcessorMayStandAmongOthers() throws IOException {
    Path own = folder.resolve("preprocessor_config.json");
    ObjectNode processor = (ObjectNode) JSON.readTree(own.toFile());
    ObjectNode several = JSON.createObjectNode();
    several.put("processor_class", "ShelfProcessor");
    JSON.writeValue(folder.resolve("processor_config.json").toFile(), several);
    try (Checkpoint checkpoint = Checkpoint.open(folder, NONE)) {
      assertThat(checkpoint.processorFile()).contains(own);
    }
    several.set("image_processor", processor);
    JSON.writeValue(folder.resolve("processor_config.json").toFile(), several);
    Files.writeString(own, "{\"size\": 7}");
    try (Checkpoint checkpoint = Checkpoint.open(folder, NONE)) {
      assertThat(checkpoint.files()).contains("processor_config.json");
      assertThat(checkpoint.processor().height()).isEqualTo(32);
      Path written = temp.resolve("written.json");
      checkpoint.writeProcessor(written);
      assertThat(JSON.readTree(written.toFile())).isEqualTo(processor);
    }
  }

  // Graphs.

  @Test
  void aGraphMayLieBelowTheFolder() throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    Path graph = Files.createDirectories(folder.resolve("onnx")).resolve("model.onnx");
    OnnxModels.dynamic(graph);
    try (Checkpoint checkpoint = Checkpoint.open(folder, NONE)) {
      assertThat(checkpoint.graph().orElseThrow().onnx().file()).isEqualTo(graph);
      assertThat(checkpoint.files()).contains("model.onnx");
    }
  }

  // Labels.

  @Test
  void labelsMayBeNumbers() throws IOException {
    edit(
        config -> {
          ObjectNode names = config.putObject("id2label");
          for (int i = 0; i < 6; i++) {
            names.put(Integer.toString(i), 10 * i);
          }
        });
    assertThat(names()).containsExactly("0", "10", "20", "30", "40", "50");
  }

  @Test
  void labelsMayBeNamedTheOtherWayRoundAlone() throws IOException {
    edit(
        config -> {
          config.remove("id2label");
          ObjectNode ids = config.putObject("label2id");
          ids.put("b", 1).put("a", "0").put("f", 5).put("c", 2).put("e", 4).put("d", 3);
        });
    assertThat(names()).containsExactly("a", "b", "c", "d", "e", "f");
    edit(config -> ((ObjectNode) config.get("label2id")).put("f", 4));
    assertThat(names()).startsWith("LABEL_0");
  }

  /** As Transformers, which then forgets the names. */
  @Test
  void theNumberOfLabelsOverrulesNamesThatAreTooFew() throws IOException {
    edit(
        config -> {
          config.putObject("id2label").put("0", "a").put("1", "b");
          config.put("num_labels", 6);
        });
    assertThat(names()).startsWith("LABEL_0", "LABEL_1").hasSize(6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[\"a\", \"b\"]",
        "{\"zero\": \"a\", \"1\": \"b\", \"2\": \"c\", \"3\": \"d\", \"4\": \"e\", \"5\": \"f\"}",
        "{\"0\": null, \"1\": {}, \"2\": [], \"3\": true, \"4\": 1, \"5\": \"f\"}",
        "{\"0\": \"a\", \"0\": \"b\"}",
        "\"six\"",
        "7",
      })
  void aFileOfLabelsHelpsWhateverTheConfigurationSays(String id2label) throws IOException {
    edit(config -> config.put("id2label", "HERE"));
    Path file = folder.resolve("config.json");
    Files.writeString(file, Files.readString(file).replace("\"HERE\"", id2label));
    assertThatThrownBy(() -> Checkpoint.open(folder, NONE).close())
        .isInstanceOf(InputException.class);
    Path labels = Files.writeString(temp.resolve("labels.txt"), "a\nb\nc\nd\ne\nf\n");
    try (Checkpoint checkpoint = Checkpoint.open(folder, NONE.withLabels(labels))) {
      assertThat(checkpoint.labels())
          .isEqualTo(new Labels(List.of(0, 1, 2, 3, 4, 5), List.of("a", "b", "c", "d", "e", "f")));
    }
  }
}
