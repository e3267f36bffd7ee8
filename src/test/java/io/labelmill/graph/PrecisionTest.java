package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.Orientation;
import io.labelmill.preprocess.Preprocessor;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Rounded arithmetic on a model whose scores mean something. */
class PrecisionTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FP16", "INT8"})
  void trainedModelKeepsItsLabels(Precision rounded) throws Exception {
    Optional<Path> reference = Reference.folder();
    Assumptions.assumeTrue(reference.isPresent(), "LABELMILL_REFERENCE is not set");
    Path trained = reference.get().resolve("trained");
    List<float[]> exact = new ArrayList<>();
    List<float[]> close = new ArrayList<>();
    try (Checkpoint checkpoint =
        Checkpoint.open(trained.resolve("model"), CheckpointOptions.none())) {
      List<float[]> images = images(trained.resolve("images"), checkpoint);
      for (Precision precision : List.of(Precision.FP32, rounded)) {
        GraphFiles files =
            Network.of(checkpoint.config(), checkpoint.weights())
                .write(GraphSpec.of(GraphOutput.LOGITS).withPrecision(precision), folder);
        assertThat(files.warnings()).as("all products are rounded").isEmpty();
        try (GraphSession session = GraphSession.open(files.model())) {
          for (float[] image : images) {
            float[] logits = session.run(image, 1, 3, 48, 48).get("logits");
            (precision == Precision.FP32 ? exact : close).add(softmax(logits));
          }
        }
      }
    }

    compare(exact, close, 0.99, 0.01);
  }

  /** Of the best score, too: what the peer with a scale for each channel of a weight does. */
  @ParameterizedTest
  @CsvSource({"BF16, 5e-4, 1, 1", "INT8_BF16, 0.0025, 0.0028, 0.021"})
  void trainedModelHardlyChangesInLayersOfOneDnn(
      Precision rounded, double tolerance, double mean, double largest) throws Exception {
    BrainFloats.assumed();
    Optional<Path> reference = Reference.folder();
    Assumptions.assumeTrue(reference.isPresent(), "LABELMILL_REFERENCE is not set");
    Path trained = reference.get().resolve("trained");
    List<float[]> exact = new ArrayList<>();
    List<float[]> close = new ArrayList<>();
    try (Checkpoint checkpoint =
        Checkpoint.open(trained.resolve("model"), CheckpointOptions.none())) {
      Network network = Network.of(checkpoint.config(), checkpoint.weights());
      GraphFiles files = network.write(GraphSpec.of(GraphOutput.LOGITS), folder);
      List<float[]> images = images(trained.resolve("images"), checkpoint);
      try (GraphSession session = GraphSession.open(files.model())) {
        images.forEach(image -> exact.add(softmax(session.run(image, 1, 3, 48, 48).get("logits"))));
      }
      float[] all = Linear.concatenation(images, image -> image);
      float[] logits =
          BrainFloats.outputs(
                  checkpoint.config(),
                  checkpoint.weights(),
                  rounded,
                  Set.of(GraphOutput.LOGITS),
                  folder,
                  all)
              .get("logits");
      int labels = logits.length / images.size();
      for (int i = 0; i < images.size(); i++) {
        close.add(softmax(Arrays.copyOfRange(logits, i * labels, (i + 1) * labels)));
      }
    }
    compare(exact, close, 0.99, tolerance);
    double[] differences = new double[exact.size()];
    for (int i = 0; i < differences.length; i++) {
      int best = best(exact.get(i));
      differences[i] = Math.abs(exact.get(i)[best] - close.get(i)[best(close.get(i))]);
    }
    assertThat(Arrays.stream(differences).average().orElseThrow()).isLessThanOrEqualTo(mean);
    assertThat(Arrays.stream(differences).max().orElseThrow()).isLessThanOrEqualTo(largest);
  }

  /** How many of the best labels stay, and how far scores are off in the mean. */
  private static void compare(
      List<float[]> exact, List<float[]> close, double share, double tolerance) {
    int agreed = 0;
    double sum = 0;
    for (int i = 0; i < exact.size(); i++) {
      agreed += best(exact.get(i)) == best(close.get(i)) ? 1 : 0;
      for (int label = 0; label < exact.get(i).length; label++) {
        sum += Math.abs(exact.get(i)[label] - close.get(i)[label]);
      }
    }
    double mean = sum / exact.size() / exact.get(0).length;
    assertThat(agreed / (double) exact.size()).isGreaterThanOrEqualTo(share);
    assertThat(mean).isLessThanOrEqualTo(tolerance);
  }

  private static List<float[]> images(Path folder, Checkpoint checkpoint) throws Exception {
    ImageDecoder decoder = new ImageDecoder(1 << 28, Orientation.UPRIGHT, Duration.ofMinutes(1));
    Preprocessor preprocessor = new Preprocessor(checkpoint.processor());
    List<float[]> images = new ArrayList<>();
    List<Path> files;
    try (Stream<Path> listed = Files.list(folder)) {
      files = listed.sorted().toList();
    }
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      FloatBuffer pixels = FloatBuffer.allocate(3 * 48 * 48);
      preprocessor.pixelValues(decoder.decode(bytes, bytes.length), pixels);
      images.add(pixels.array());
    }
    return images;
  }

  private static float[] softmax(float[] logits) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      largest = Math.max(largest, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - largest);
    }
    float[] shares = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      shares[i] = (float) (Math.exp(logits[i] - largest) / sum);
    }
    return shares;
  }

  private static int best(float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    return best;
  }
}
