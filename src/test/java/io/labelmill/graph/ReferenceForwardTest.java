package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.Reference;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings that no golden checkpoint combines, against float64 arithmetic in plain loops. */
class ReferenceForwardTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  /** The loops themselves are right: they give the original code's float64 numbers. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a-beit-meanpool-relpos",
        "b-beit-shared-relpos",
        "d2-beit-nonsquare",
        "g-vit",
        "h-vit-noqkvbias",
        "l-beit-onelabel",
        "r1-deit",
        "r2-deit-teacher"
      })
  void loopsGiveTheGoldenNumbers(String model) throws IOException {
    Path checkpoint = Reference.golden().resolve("models").resolve(model);
    GoldenTensors golden = new GoldenTensors(checkpoint.resolve("golden.safetensors"));
    try (TensorStore weights = SafeTensorsFile.open(checkpoint.resolve("model.safetensors"))) {
      ReferenceForward loops =
          new ReferenceForward(JSON.readTree(checkpoint.resolve("config.json").toFile()), weights);
      float[] pixels = golden.floats("pixel_values");
      ReferenceForward.Result result =
          loops.forward(Arrays.copyOfRange(pixels, 0, pixels.length / 3));
      double[] logits = golden.doubles("logits64");
      assertThat(result.logits())
          .containsExactly(Arrays.copyOf(logits, logits.length / 3), within(1e-12));
      double[] pooled = golden.doubles("pooled64");
      assertThat(result.pooled())
          .containsExactly(Arrays.copyOf(pooled, pooled.length / 3), within(1e-12));
    }
  }

  static List<String> networks() {
    return List.of(
        // As DiT: absolute positions, mean pooling and layer scale together.
        "{'use_absolute_position_embeddings': true, 'hidden_act': 'gelu'}",
        "{'use_absolute_position_embeddings': true, 'use_relative_position_bias': true}",
        "{'use_shared_relative_position_bias': true, 'use_relative_position_bias': true}",
        "{'use_relative_position_bias': true, 'use_mean_pooling': false}",
        "{'use_relative_position_bias': true, 'layer_scale_init_value': 0}",
        "{'image_size': [24, 40], 'patch_size': [8, 4], 'use_relative_position_bias': true}",
        "{'image_size': [27, 45], 'patch_size': [8, 4], 'use_absolute_position_embeddings': true}",
        "{'hidden_act': 'relu'}",
        "{'hidden_act': 'silu'}",
        "{'hidden_act': 'quick_gelu'}",
        "{'hidden_act': 'gelu_new'}",
        "{'hidden_act': 'tanh'}",
        "{'hidden_act': 'sigmoid'}",
        "{'num_hidden_layers': 1, 'use_mean_pooling': false}",
        "{'architectures': ['ViTForImageClassification'], 'hidden_act': 'quick_gelu'}",
        "{'architectures': ['ViTForImageClassification'], 'image_size': [16, 24]}",
        "{'architectures': ['DeiTForImageClassification'], 'qkv_bias': false}",
        "{'architectures': ['DeiTForImageClassificationWithTeacher'], 'image_size': [16, 24]}");
  }

  @ParameterizedTest
  @MethodSource("networks")
  void graphsGiveTheNumbersOfTheLoops(String settings) throws IOException {
    ObjectNode config = config(settings);
    TensorStore weights = RandomWeights.of(config);
    ReferenceForward loops = new ReferenceForward(config, weights);
    ModelFacts facts = Network.of(config, weights).facts();
    float[] pixels = pixels(facts);
    ReferenceForward.Result expected = loops.forward(pixels);
    for (Operators operators : Operators.values()) {
      for (GraphSpec spec :
          new GraphSpec[] {
            GraphSpec.of(GraphOutput.LOGITS, GraphOutput.POOLED),
            GraphSpec.of(EnumSet.allOf(GraphOutput.class)).withOperators(operators)
          }) {
        GraphFiles files = Network.of(config, weights).write(spec.withOperators(operators), folder);
        try (GraphSession session = GraphSession.open(files.model())) {
          Map<String, float[]> outputs = session.run(pixels, 1, 3, facts.height(), facts.width());
          assertClose(outputs.get("logits"), expected.logits(), 1e-5);
          assertClose(outputs.get("pooled"), expected.pooled(), 1e-5);
          if (spec.outputs().contains(GraphOutput.LAST_HIDDEN_STATE)) {
            double[] state =
                Arrays.stream(expected.lastHiddenState()).flatMapToDouble(Arrays::stream).toArray();
            assertClose(outputs.get("last_hidden_state"), state, 4e-5);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void layersInBfloat16GiveNearlyTheNumbersOfTheLoops(String settings) throws Exception {
    assertNear(settings, Precision.BF16, BrainFloats.NEAR);
  }

  @ParameterizedTest
  @MethodSource("networks")
  void layersInIntegersGiveNearlyTheNumbersOfTheLoops(String settings) throws Exception {
    assertNear(settings, Precision.INT8_BF16, BrainFloats.NEAR_IN_INTEGERS);
  }

  private void assertNear(String settings, Precision precision, double near) throws Exception {
    BrainFloats.assumed();
    ObjectNode config = config(settings);
    TensorStore weights = RandomWeights.of(config);
    float[] pixels = pixels(Network.of(config, weights).facts());
    ReferenceForward.Result expected = new ReferenceForward(config, weights).forward(pixels);
    double[] states =
        Arrays.stream(expected.lastHiddenState()).flatMapToDouble(Arrays::stream).toArray();
    for (Set<GraphOutput> outputs :
        List.of(
            EnumSet.of(GraphOutput.LOGITS, GraphOutput.POOLED), EnumSet.allOf(GraphOutput.class))) {
      Map<String, float[]> given =
          BrainFloats.outputs(config, weights, precision, outputs, folder, pixels);
      assertThat(given).hasSameSizeAs(outputs);
      assertThat(BrainFloats.distance(given.get("logits"), expected.logits()))
          .isBetween(1e-5, near);
      assertThat(BrainFloats.distance(given.get("pooled"), expected.pooled()))
          .isBetween(1e-5, near);
      if (outputs.contains(GraphOutput.LAST_HIDDEN_STATE)) {
        assertThat(BrainFloats.distance(given.get("last_hidden_state"), states))
            .isBetween(1e-5, near);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"BF16, " + BrainFloats.NEAR, "INT8_BF16, " + BrainFloats.NEAR_IN_INTEGERS})
  void anotherActivationIsNotNear(Precision precision, double near) throws Exception {
    BrainFloats.assumed();
    ObjectNode config = config("{'use_relative_position_bias': true}");
    TensorStore weights = RandomWeights.of(config);
    float[] pixels = pixels(Network.of(config, weights).facts());
    ObjectNode other = config.deepCopy().put("hidden_act", "silu");
    double[] wrong = new ReferenceForward(other, weights).forward(pixels).logits();
    float[] given =
        BrainFloats.outputs(
                config, weights, precision, EnumSet.of(GraphOutput.LOGITS), folder, pixels)
            .get("logits");
    assertThat(BrainFloats.distance(given, wrong)).isGreaterThan(near);
  }

  @Test
  void aWrongFormulaWouldShow() throws IOException {
    ObjectNode config = config("{'use_absolute_position_embeddings': true}");
    TensorStore weights = RandomWeights.of(config);
    float[] pixels = pixels(Network.of(config, weights).facts());
    double[] right = new ReferenceForward(config, weights).forward(pixels).logits();
    ObjectNode other = config.deepCopy().put("hidden_act", "gelu_new");
    double[] wrong = new ReferenceForward(other, weights).forward(pixels).logits();
    double largest = 0;
    for (int i = 0; i < right.length; i++) {
      largest = Math.max(largest, Math.abs(right[i] - wrong[i]));
    }
    assertThat(largest).as("tanh instead of erf").isGreaterThan(5e-5);
  }

  private static void assertClose(float[] actual, double[] expected, double tolerance) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(tolerance));
    }
  }

  private static ObjectNode config(String settings) throws IOException {
    ObjectNode config =
        (ObjectNode)
            JSON.readTree(
                """
                {"architectures": ["BeitForImageClassification"], "hidden_size": 24,
                 "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 56,
                 "image_size": 24, "patch_size": 8, "num_labels": 7, "layer_norm_eps": 1e-12}
                """);
    config.setAll((ObjectNode) JSON.readTree(settings.replace('\'', '"')));
    return config;
  }

  private static float[] pixels(ModelFacts facts) {
    Random random = new Random(7);
    float[] pixels = new float[3 * facts.height() * facts.width()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    return pixels;
  }
}
