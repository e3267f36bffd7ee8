package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.ModelClass;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.error.InputException;
import io.labelmill.preprocess.ProcessorConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The graph of half precision, on the processor: its structure in float32 against the graph that
 * the golden numbers hold, and itself as ONNX Runtime runs it where an operator has no half
 * precision, casting what goes in and out.
 */
class HalfModelTest {
  @TempDir Path folder;

  /** The structure of half precision with nothing rounded. */
  private static final class Unrounded extends HalfBlocks {
    Unrounded(OnnxWriter onnx) {
      super(onnx);
    }

    @Override
    Value numbers(String name, float[] values, long... shape) {
      return onnx.floats(name, values, shape);
    }

    @Override
    Value ofFloat32(Value value) {
      return value;
    }

    @Override
    Value float32(Value value) {
      return value;
    }

    @Override
    Blocks inFloat32() {
      return this;
    }
  }

  static List<Path> models() {
    return Reference.goldenModels();
  }

  @ParameterizedTest
  @MethodSource("models")
  void hiddenTokensChangeNothing(Path model) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(model, CheckpointOptions.none())) {
      Set<GraphOutput> all =
          Network.of(checkpoint.config(), checkpoint.weights()).facts().outputs();
      List<Set<GraphOutput>> wanted = new ArrayList<>(List.of(all));
      all.forEach(output -> wanted.add(EnumSet.of(output)));
      for (Set<GraphOutput> some : wanted) {
        Map<String, float[]> expected = run(model, write(checkpoint, some, "exact"));
        Path padded = Files.createDirectories(folder.resolve("padded"));
        try (OnnxWriter onnx = new OnnxWriter(padded)) {
          Architecture architecture =
              Architecture.of(
                  ModelClass.of(checkpoint.config(), checkpoint.weights()),
                  checkpoint.config(),
                  new Parameters(checkpoint.weights()));
          Network.write(architecture, new Unrounded(onnx), some);
          onnx.finish();
        }
        Map<String, float[]> actual = run(model, padded.resolve(OnnxWriter.MODEL));
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        for (String name : actual.keySet()) {
          assertThat(actual.get(name)).hasSameSizeAs(expected.get(name));
          assertThat(largest(actual.get(name), expected.get(name)))
              .as(name)
              .isLessThanOrEqualTo(2e-5);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void halfPrecisionIsClose(Path model) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(model, CheckpointOptions.none())) {
      Set<GraphOutput> all =
          Network.of(checkpoint.config(), checkpoint.weights()).facts().outputs();
      Map<String, float[]> expected = run(model, write(checkpoint, all, "exact"));
      GraphSpec half = GraphSpec.of(all).withPrecision(Precision.FP16);
      Path graph =
          Network.of(checkpoint.config(), checkpoint.weights()).write(half, folder).model();
      Map<String, float[]> actual = run(model, graph);
      for (String name : actual.keySet()) {
        double scale = largest(expected.get(name), new float[expected.get(name).length]);
        double difference = largest(actual.get(name), expected.get(name));
        assertThat(difference).as(name).isPositive().isLessThan(0.01 * scale);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"BeitForImageClassification", "ViTForImageClassification"})
  void samplesAreNormalisedToTheBit(String architecture) throws IOException {
    ObjectNode config = config(architecture);
    ProcessorConfig processor =
        ProcessorConfig.parse(
            "{\"image_processor_type\":\"ViTImageProcessor\",\"size\":{\"height\":32,\"width\":32},"
                + "\"image_mean\":[0.485,0.456,0.406],\"image_std\":[0.229,0.224,0.225]}",
            "test");
    List<Float> table = new ArrayList<>();
    for (int i = 0; i < 768; i++) {
      table.add(processor.pixelValue(i / 256, i % 256));
    }
    byte[] samples = new byte[2 * 3 * 32 * 32];
    new Random(7).nextBytes(samples);
    float[] pixels = new float[samples.length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = processor.pixelValue(i / (32 * 32) % 3, samples[i] & 0xff);
    }
    try (RandomWeights weights = RandomWeights.of(config)) {
      GraphSpec spec = GraphSpec.of(GraphOutput.LOGITS);
      float[] expected;
      Path exact = Files.createDirectories(folder.resolve("exact"));
      try (GraphSession session =
          GraphSession.open(Network.of(config, weights).write(spec, exact).model())) {
        expected = session.run(pixels, 2, 3, 32, 32).get("logits");
      }
      GraphSpec ofSamples = spec.withSamples(new PixelTable(table));
      try (GraphSession session =
          GraphSession.open(Network.of(config, weights).write(ofSamples, folder).model())) {
        assertThat(session.runSamples(samples, 2, 3, 32, 32).get("logits"))
            .containsExactly(expected);
      }
    }
  }

  @Test
  void tokensAreAMultipleOfEightWhereScoresHaveABias() {
    HalfBlocks blocks = new HalfBlocks(OnnxWriter.sketch());
    assertThat(blocks.biasedTokens(197)).isEqualTo(200);
    assertThat(blocks.biasedTokens(577)).isEqualTo(584);
    assertThat(blocks.biasedTokens(1025)).isEqualTo(1032);
    assertThat(blocks.biasedTokens(16)).isEqualTo(16);
  }

  @Test
  void weightsBeyondHalfPrecisionAreRefused() {
    ObjectNode config = config("ViTForImageClassification");
    try (RandomWeights weights = RandomWeights.of(config)) {
      // Each tensor holds a number that is too large.
      TensorStore large =
          new ChangedWeights(weights, (tensor, floats) -> floats[floats.length - 1] = 70000);
      assertThatThrownBy(
              () ->
                  Network.of(config, large)
                      .write(
                          GraphSpec.of(GraphOutput.LOGITS).withPrecision(Precision.FP16), folder))
          .isInstanceOf(InputException.class)
          .hasMessageMatching(
              "[\\w.]+ holds [67]\\d{4}\\.\\d+, and half precision ends at 65504: run the model with"
                  + " --precision fp32");
    }
  }

  @Test
  void aTableOfPixelValuesHasAllOfThem() {
    assertThatThrownBy(() -> new PixelTable(List.of(1f)))
        .hasMessage("a table of pixel values has 1 numbers, not 3 times 256");
  }

  private Path write(Checkpoint checkpoint, Set<GraphOutput> outputs, String name)
      throws IOException {
    return Network.of(checkpoint.config(), checkpoint.weights())
        .write(GraphSpec.of(outputs), Files.createDirectories(folder.resolve(name)))
        .model();
  }

  private static Map<String, float[]> run(Path model, Path graph) throws IOException {
    GoldenTensors golden = new GoldenTensors(model.resolve("golden.safetensors"));
    try (GraphSession session = GraphSession.open(graph)) {
      return session.run(golden.floats("pixel_values"), golden.shape("pixel_values"));
    }
  }

  private static ObjectNode config(String architecture) {
    ObjectNode config = new ObjectMapper().createObjectNode();
    config.putArray("architectures").add(architecture);
    config.put("image_size", 32);
    config.put("patch_size", 16);
    config.put("hidden_size", 64);
    config.put("num_hidden_layers", 2);
    config.put("num_attention_heads", 4);
    config.put("intermediate_size", 128);
    config.put("use_relative_position_bias", true);
    config.put("num_labels", 11);
    return config;
  }

  private static double largest(float[] left, float[] right) {
    double largest = 0;
    for (int i = 0; i < left.length; i++) {
      double difference = Math.abs((double) left[i] - right[i]);
      // A NaN must not pass as small.
      largest = difference <= largest ? largest : difference;
    }
    return largest;
  }
}
