package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.ModelFamily;
import io.labelmill.checkpoint.ModelHead;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every golden checkpoint, from each of its weights files, against the original code's numbers. */
class GoldenModelsTest {
  private static final double LOGITS = 1e-5;
  private static final double STATE = 4e-5;
  private static final double PROBABILITIES = 2e-6;

  private static final List<String> WEIGHTS =
      List.of("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin");

  @TempDir Path temporary;

  record Weights(Path model, String file) {
    @Override
    public String toString() {
      return model.getFileName() + "/" + file;
    }
  }

  static List<Weights> weights() {
    List<Weights> weights = new ArrayList<>();
    for (Path model : Reference.goldenModels()) {
      for (String file : WEIGHTS) {
        if (Files.exists(model.resolve(file))) {
          weights.add(new Weights(model, file));
        }
      }
    }
    return weights;
  }

  @Test
  void everyGoldenModelIsHere() {
    assertThat(Reference.goldenModels()).hasSize(33);
    assertThat(weights().stream().map(Weights::model).distinct()).hasSize(33);
  }

  /** Those with the head of segmentation are golden ones of their own. */
  @Test
  void everyClassThatIsReadHasAGoldenModel() throws IOException {
    Set<String> classes = new TreeSet<>();
    for (Path model : Reference.goldenModels()) {
      classes.add(
          new ObjectMapper()
              .readTree(model.resolve("config.json").toFile())
              .at("/architectures/0")
              .asText());
    }
    for (ModelFamily family : ModelFamily.values()) {
      for (ModelHead head : family.heads()) {
        if (head != ModelHead.SEGMENTATION) {
          assertThat(classes).contains(family.className(head));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("weights")
  void givesTheOriginalNumbers(Weights weights) throws IOException {
    GoldenTensors golden = new GoldenTensors(weights.model().resolve("golden.safetensors"));
    try (Checkpoint checkpoint = open(weights)) {
      Set<GraphOutput> outputs = outputs(golden);
      assertThat(Network.of(checkpoint.config(), checkpoint.weights()).facts().outputs())
          .isEqualTo(outputs);
      List<Set<GraphOutput>> wanted = new ArrayList<>(List.of(outputs));
      outputs.forEach(output -> wanted.add(EnumSet.of(output)));
      for (Operators operators : Operators.values()) {
        for (Set<GraphOutput> some : wanted) {
          GraphFiles files =
              Network.of(checkpoint.config(), checkpoint.weights())
                  .write(GraphSpec.of(some).withOperators(operators), temporary);
          assertThat(files.warnings()).isEmpty();
          try (GraphSession session = GraphSession.open(files.model())) {
            compare(session, golden, some, operators + " " + some);
          }
        }
      }
    }
  }

  private static void compare(
      GraphSession session, GoldenTensors golden, Set<GraphOutput> outputs, String graph) {
    float[] pixels = golden.floats("pixel_values");
    long[] shape = golden.shape("pixel_values");
    Map<String, float[]> together = session.run(pixels, shape);
    assertThat(together)
        .containsOnlyKeys(outputs.stream().map(GraphOutput::tensorName).toArray(String[]::new));
    compare(golden, together, 0, graph + " in a batch");
    int length = pixels.length / 3;
    for (int row = 0; row < 3; row++) {
      float[] one = Arrays.copyOfRange(pixels, row * length, (row + 1) * length);
      Map<String, float[]> alone = session.run(one, 1, shape[1], shape[2], shape[3]);
      compare(golden, alone, row, graph + " row " + row + " alone");
    }
  }

  private static void compare(
      GoldenTensors golden, Map<String, float[]> outputs, int firstRow, String what) {
    for (Map.Entry<String, float[]> output : outputs.entrySet()) {
      String name = output.getKey();
      double tolerance = name.equals("last_hidden_state") ? STATE : LOGITS;
      compare(golden, name, output.getValue(), firstRow, tolerance, what);
      if (!name.equals("last_hidden_state")) {
        compare(golden, name + "64", output.getValue(), firstRow, tolerance, what);
      }
    }
    float[] logits = outputs.get("logits");
    if (logits != null) {
      int labels = (int) golden.shape("logits")[1];
      float[] probabilities = probabilities(logits, labels, isSigmoid(golden, labels));
      compare(golden, "probabilities", probabilities, firstRow, PROBABILITIES, what);
      compare(golden, "probabilities64", probabilities, firstRow, PROBABILITIES, what);
    }
  }

  private static void compare(
      GoldenTensors golden,
      String name,
      float[] values,
      int firstRow,
      double tolerance,
      String what) {
    double[] expected = golden.doubles(name);
    int row = expected.length / (int) golden.shape(name)[0];
    assertThat(values.length % row).isZero();
    double largest = 0;
    for (int i = 0; i < values.length; i++) {
      double difference = Math.abs(values[i] - expected[firstRow * row + i]);
      // A NaN must not pass as small.
      largest = difference <= largest ? largest : difference;
    }
    assertThat(largest).as("%s of %s", name, what).isLessThanOrEqualTo(tolerance);
  }

  /** The golden probabilities of a row add up to 1 only where they are a softmax. */
  private static boolean isSigmoid(GoldenTensors golden, int labels) {
    double sum = Arrays.stream(golden.doubles("probabilities")).limit(labels).sum();
    return labels == 1 || Math.abs(sum - 1) > 1e-3;
  }

  private static float[] probabilities(float[] logits, int labels, boolean sigmoid) {
    float[] probabilities = new float[logits.length];
    for (int row = 0; row < logits.length; row += labels) {
      double sum = 0;
      for (int i = row; i < row + labels; i++) {
        sum += Math.exp(logits[i]);
      }
      for (int i = row; i < row + labels; i++) {
        probabilities[i] =
            (float) (sigmoid ? 1 / (1 + Math.exp(-logits[i])) : Math.exp(logits[i]) / sum);
      }
    }
    return probabilities;
  }

  private static Set<GraphOutput> outputs(GoldenTensors golden) {
    Set<GraphOutput> outputs = EnumSet.allOf(GraphOutput.class);
    outputs.removeIf(output -> !golden.contains(output.tensorName()));
    return outputs;
  }

  /** The checkpoint with that one weights file and its shards, and no other. */
  private Checkpoint open(Weights weights) throws IOException {
    Path folder = Files.createDirectories(temporary.resolve("checkpoint"));
    try (Stream<Path> files = Files.list(weights.model())) {
      for (Path file : files.toList()) {
        String name = String.valueOf(file.getFileName());
        if (!WEIGHTS.contains(name) || name.equals(weights.file())) {
          Files.copy(file, folder.resolve(name));
        }
      }
    }
    return Checkpoint.open(folder, CheckpointOptions.none());
  }
}
