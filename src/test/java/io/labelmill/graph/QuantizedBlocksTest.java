package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.checkpoint.TensorStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizedBlocksTest {
  private static final int LABELS = 5;

  @TempDir Path folder;

  @Test
  void aHeadsGainIsTheErrorOfItsLogits() {
    float[] gamma = {2, 1, 0.5f};
    float[] weight = {1, 2, 4, -3, 0, 8};
    // Rows times gamma: 2 2 2, -6 0 4.
    assertThat(head(gamma, weight, 2).gain()).isCloseTo(Math.sqrt((12 + 52) / 2.0), within(1e-6));
  }

  @ParameterizedTest
  @CsvSource({
    "4, 1, 0.02",
    "4, 20, 0.001",
    "2, 20, 0.001",
    "7, 20, 0.00175",
    "10, 20, 0.0025",
    "1000, 20, 0.0025",
    "1000, 0.1, 0.05",
    "4, 0, 0.05"
  })
  void theMoreTheHeadMagnifiesTheLessMayRoundingChange(int labels, float gain, double most) {
    float[] weight = new float[labels];
    Arrays.fill(weight, gain);
    assertThat(QuantizedBlocks.mostRounding(head(new float[] {1}, weight, labels)))
        .isCloseTo(most, within(1e-8));
  }

  private static Head head(float[] gamma, float[] weight, int labels) {
    LayerNorm norm = new LayerNorm("n", gamma.length, () -> gamma, () -> gamma, 0);
    return new Head(norm, new Linear("c", gamma.length, labels, () -> weight, Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({"Beit, true", "Beit, false", "ViT, false"})
  void aHeadThatMagnifiesKeepsTheNetworkInFp32(String family, boolean mean) throws IOException {
    ObjectNode config = config(family, mean);
    try (RandomWeights usual = RandomWeights.of(config)) {
      GraphFiles integers = write(config, usual, Precision.INT8);
      assertThat(integers.warnings()).isEmpty();
      float[] close = logits(integers);
      float[] exact = logits(write(config, usual, Precision.FP32));
      assertThat(close).isNotEqualTo(exact);
      SortedMap<String, Integer> operators =
          Network.of(config, usual)
              .sketch(GraphSpec.of(GraphOutput.LOGITS).withPrecision(Precision.INT8))
              .operators();
      assertThat(operators)
          .as("the pixels in two terms, and projections of an input that is quantized once")
          .containsEntry("com.microsoft.MatMulIntegerToFloat", mean ? 2 + 3 + 3 : 2 + 3 + 2);

      TensorStore magnified = magnified(usual);
      GraphFiles kept = write(config, magnified, Precision.INT8);
      assertThat(kept.warnings())
          .singleElement()
          .asString()
          .matches(
              "In int8, 13 of 13 products stay fp32 and as slow as that: rounding would change their"
                  + " weights by more than 0\\.0\\d+%, the most that its outputs bear\\.");
      close = logits(kept);
      exact = logits(write(config, magnified, Precision.FP32));
      assertThat(close).isEqualTo(exact);
    }
  }

  @Test
  void aHeadThatIsNotAskedForKeepsNothing() throws IOException {
    ObjectNode config = config("Beit", true);
    try (RandomWeights usual = RandomWeights.of(config)) {
      TensorStore magnified = magnified(usual);
      assertThat(write(config, magnified, GraphOutput.POOLED, Precision.INT8).warnings()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"Beit, true", "Beit, false", "ViT, false"})
  void integersAndFloatsGoTogether(String family, boolean mean) throws IOException {
    ObjectNode config = config(family, mean);
    try (RandomWeights usual = RandomWeights.of(config)) {
      TensorStore uneven = uneven(usual);
      GraphFiles mixed = write(config, uneven, Precision.INT8);
      assertThat(mixed.warnings())
          .singleElement()
          .asString()
          .startsWith("In int8, 4 of 13 products stay fp32");
      float[] exact = logits(write(config, uneven, Precision.FP32));
      float largest = 0;
      for (float logit : exact) {
        largest = Math.max(largest, Math.abs(logit));
      }
      assertThat(logits(mixed))
          .isNotEqualTo(exact)
          .containsExactly(exact, Offset.offset(0.05f * largest));
    }
  }

  @ParameterizedTest
  @CsvSource({"Beit, true", "Beit, false", "ViT, false"})
  void layersOfIntegersStayInBfloat16WhereRoundingHurts(String family, boolean mean)
      throws Exception {
    BrainFloats.assumed();
    ObjectNode config = config(family, mean);
    try (RandomWeights usual = RandomWeights.of(config)) {
      assertThat(write(config, usual, Precision.INT8_BF16).warnings()).isEmpty();
      assertThat(layered(config, usual, Precision.INT8_BF16))
          .isNotEqualTo(layered(config, usual, Precision.BF16));

      TensorStore uneven = uneven(usual);
      assertThat(write(config, uneven, Precision.INT8_BF16).warnings())
          .singleElement()
          .asString()
          .startsWith("In int8-bf16, 4 of 8 products stay bf16 and as slow as that");
      float[] close = layered(config, uneven, Precision.INT8_BF16);
      float[] exact = layered(config, uneven, Precision.BF16);
      assertThat(close).isNotEqualTo(exact);
      double[] expected = new double[exact.length];
      Arrays.setAll(expected, i -> exact[i]);
      assertThat(BrainFloats.distance(close, expected)).isLessThan(BrainFloats.NEAR_IN_INTEGERS);

      TensorStore magnified = magnified(usual);
      assertThat(write(config, magnified, Precision.INT8_BF16).warnings())
          .singleElement()
          .asString()
          .startsWith("In int8-bf16, 8 of 8 products stay bf16 and as slow as that");
      assertThat(layered(config, magnified, Precision.INT8_BF16))
          .isEqualTo(layered(config, magnified, Precision.BF16));
    }
  }

  private float[] layered(ObjectNode config, TensorStore weights, Precision precision)
      throws Exception {
    Path own = Files.createTempDirectory(folder, precision.word());
    return BrainFloats.outputs(
            config, weights, precision, Set.of(GraphOutput.LOGITS), own, pixels())
        .get("logits");
  }

  /** The same weights, but for two products of each layer: each output's first is the largest. */
  private static TensorStore uneven(TensorStore store) {
    return new ChangedWeights(
        store,
        (tensor, values) -> {
          if (tensor.name().endsWith(".key.weight")
              || tensor.name().endsWith("intermediate.dense.weight")) {
            int columns = Math.toIntExact(tensor.shape().get(1));
            for (int i = 0; i < values.length; i += columns) {
              values[i] = 2;
            }
          }
        });
  }

  @Test
  void aTokensQueryIsNotRoundedAlone() {
    OnnxWriter onnx = OnnxWriter.sketch();
    QuantizedBlocks blocks = new QuantizedBlocks(onnx, Optional.empty());
    blocks.attention(
        onnx.input("x", List.of(1, 1, 256)),
        onnx.input("y", List.of(1, 9, 256)),
        new SelfAttention("a", 2, linear("q", 1), linear("k", 1000), linear("v", 1000)),
        Optional.empty());
    assertThat(onnx.operators())
        .doesNotContainKeys("DynamicQuantizeLinear", "com.microsoft.DynamicQuantizeMatMul");
    assertThat(blocks.warnings())
        .singleElement()
        .asString()
        .startsWith("In int8, 3 of 3 products stay fp32");
  }

  @Test
  void aProductOfAnAttentionThatRoundingHurtsStaysFloatAlone() {
    OnnxWriter onnx = OnnxWriter.sketch();
    QuantizedBlocks blocks = new QuantizedBlocks(onnx, Optional.empty());
    Value input = onnx.input("x", List.of(1, 1, 256));
    blocks.attention(
        input,
        input,
        new SelfAttention("a", 2, linear("q", 1), linear("k", 1000), linear("v", 1)),
        Optional.empty());
    SortedMap<String, Integer> operators = onnx.operators();
    assertThat(operators)
        .containsEntry("com.microsoft.MatMulIntegerToFloat", 2)
        .containsEntry("MatMul", 1)
        .containsEntry("com.microsoft.MultiHeadAttention", 1);
    assertThat(blocks.warnings())
        .containsExactly(
            "In int8, 1 of 3 products stay fp32 and as slow as that: rounding would change their"
                + " weights by more than 5.0%, the most that its outputs bear.");
  }

  /** Of a normal distribution, but for the first weight of each output. */
  private static Linear linear(String name, float first) {
    Random random = new Random(4);
    float[] weight = new float[256 * 256];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = i % 256 == 0 ? first : (float) random.nextGaussian();
    }
    return new Linear(name, 256, 256, () -> weight, Optional.empty());
  }

  private static ObjectNode config(String family, boolean mean) {
    ObjectNode config = new ObjectMapper().createObjectNode();
    config.putArray("architectures").add(family + "ForImageClassification");
    config.put("image_size", 16);
    config.put("patch_size", 8);
    config.put("hidden_size", 64);
    config.put("num_hidden_layers", 2);
    config.put("num_attention_heads", 2);
    config.put("intermediate_size", 128);
    config.put("use_mean_pooling", mean);
    config.put("num_labels", LABELS);
    return config;
  }

  private GraphFiles write(ObjectNode config, TensorStore weights, Precision precision)
      throws IOException {
    return write(config, weights, GraphOutput.LOGITS, precision);
  }

  private GraphFiles write(
      ObjectNode config, TensorStore weights, GraphOutput output, Precision precision)
      throws IOException {
    return Network.of(config, weights)
        .write(
            GraphSpec.of(output).withPrecision(precision),
            Files.createTempDirectory(folder, precision.word()));
  }

  private static float[] pixels() {
    float[] pixels = new float[3 * 16 * 16];
    Random random = new Random(8);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = 2 * random.nextFloat() - 1;
    }
    return pixels;
  }

  private static float[] logits(GraphFiles files) {
    try (GraphSession session = GraphSession.open(files.model())) {
      return session.run(pixels(), 1, 3, 16, 16).get("logits");
    }
  }

  /** The same weights, those of the classifier a hundred times as large. */
  private static TensorStore magnified(TensorStore store) {
    return new ChangedWeights(
        store,
        (tensor, values) -> {
          if (tensor.name().equals("classifier.weight")) {
            for (int i = 0; i < values.length; i++) {
              values[i] *= 100;
            }
          }
        });
  }
}
