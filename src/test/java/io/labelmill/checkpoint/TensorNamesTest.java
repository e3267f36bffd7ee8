package io.labelmill.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorNamesTest {
  @TempDir Path folder;

  private final List<String> notes = new ArrayList<>();

  /** Tensors of one number each, which is the length of the name. */
  private TensorStore stored(String... names) {
    Path file = folder.resolve("model.safetensors");
    SafeTensorsFile.write(
        file,
        Stream.of(names).map(name -> new TensorInfo(name, DataType.F32, List.of(1L))).toList(),
        name -> new float[] {name.length()},
        Map.of());
    return SafeTensorsFile.open(file);
  }

  @ParameterizedTest
  @CsvSource({
    "_orig_mod.vit.embeddings.cls_token, vit.embeddings.cls_token",
    "module.vit.embeddings.cls_token, vit.embeddings.cls_token",
    "model.vit.embeddings.cls_token, vit.embeddings.cls_token",
    "module._orig_mod.vit.embeddings.cls_token, vit.embeddings.cls_token",
    "_orig_mod.module.model.vit.embeddings.cls_token, vit.embeddings.cls_token",
    "vit._orig_mod.embeddings.cls_token, vit.embeddings.cls_token",
    "_fsdp_wrapped_module.beit.encoder.layer.3._checkpoint_wrapped_module.lambda_1, beit.encoder.layer.3.lambda_1",
    "net.embeddings.cls_token, embeddings.cls_token",
  })
  void wrappersAreLeftOut(String name, String expected) {
    try (TensorStore stored = stored(name)) {
      TensorStore named = TensorNames.asInFiles(stored, notes);
      assertThat(named.names()).containsExactly(expected);
      assertThat(named.info(expected).name()).isEqualTo(expected);
      assertThat(named.floats(expected)).containsExactly(name.length());
    }
    assertThat(notes)
        .singleElement()
        .asString()
        .matches(
            "The tensors' names were read without ('\\w+\\.'(, )?)+, which the program that saved them put in\\.");
  }

  @Test
  void aPrefixIsLeftOutWhereMostNamesHaveIt() {
    try (TensorStore stored =
        stored("model.vit.a", "model.vit.b", "model.classifier.weight", "loss.pos_weight")) {
      assertThat(TensorNames.asInFiles(stored, notes).names())
          .containsExactly("vit.a", "vit.b", "classifier.weight", "loss.pos_weight");
    }
    assertThat(notes)
        .containsExactly(
            "The tensors' names were read without 'model.', which the program that saved them put in.");
    try (TensorStore stored = stored("vit.a", "vit.b", "model.c")) {
      assertThat(TensorNames.asInFiles(stored, notes)).isSameAs(stored);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "layers.0.attention.q_proj.weight, encoder.layer.0.attention.attention.query.weight",
    "vit.layers.11.attention.k_proj.bias, vit.encoder.layer.11.attention.attention.key.bias",
    "vit.layers.1.attention.v_proj.SCB, vit.encoder.layer.1.attention.attention.value.SCB",
    "beit.layers.1.attention.o_proj.weight, beit.encoder.layer.1.attention.output.dense.weight",
    "beit.layers.1.mlp.fc1.weight, beit.encoder.layer.1.intermediate.dense.weight",
    "beit.layers.1.mlp.fc2.bias, beit.encoder.layer.1.output.dense.bias",
    "beit.layers.1.lambda_2, beit.encoder.layer.1.lambda_2",
    "beit.layers.1.layernorm_after.bias, beit.encoder.layer.1.layernorm_after.bias",
    "beit.layers.1.relative_position_bias.relative_position_bias_table, beit.encoder.layer.1.attention.attention.relative_position_bias.relative_position_bias_table",
    "beit.shared_position_bias.relative_position_bias_table, beit.encoder.relative_position_bias.relative_position_bias_table",
    "shared_position_bias.relative_position_bias_table, encoder.relative_position_bias.relative_position_bias_table",
    "beit.embeddings.cls_token, beit.embeddings.cls_token",
    "classifier.weight, classifier.weight",
  })
  void namesInMemoryAreThoseOfFiles(String name, String expected) {
    // One name tells of all: what stands in both is named alike.
    String telling = "vit.layers.7.attention.q_proj.bias";
    try (TensorStore stored = stored(name, telling)) {
      assertThat(TensorNames.asInFiles(stored, notes).names())
          .containsExactly(expected, "vit.encoder.layer.7.attention.attention.query.bias");
    }
    assertThat(notes)
        .containsExactly(
            "The tensors have the names of Transformers 5 in memory, as torch.save(model.state_dict())"
                + " writes them: read under those that save_pretrained writes.");
  }

  /** In other networks the same words mean something else. */
  @Test
  void onlyTheNamesOfTransformersInMemoryAreChanged() {
    try (TensorStore stored = stored("blocks.layers.0.mlp.fc3.weight", "layers.0.norm.weight")) {
      assertThat(TensorNames.asInFiles(stored, notes)).isSameAs(stored);
    }
    assertThat(notes).isEmpty();
  }

  @Test
  void refusesTwoTensorsOfOneName() {
    try (TensorStore stored = stored("vit.a", "_orig_mod.vit.a")) {
      assertThatThrownBy(() -> TensorNames.asInFiles(stored, notes))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "Tensors 'vit.a' and '_orig_mod.vit.a' are both 'vit.a' under the names that Transformers writes.");
    }
  }
}
