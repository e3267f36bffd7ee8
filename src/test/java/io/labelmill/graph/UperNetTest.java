package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.checkpoint.Taps;
import io.labelmill.error.InputException;
import io.labelmill.preprocess.ResizeBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Segmentation models against the logits of the original code. */
class UperNetTest {
  /** Of the largest logit. */
  private static final double TOLERANCE = 1e-4;

  /** What 8 bits make of the smallest of networks, whose errors no width averages. */
  private static final double INT8 = 0.1;

  /** What 16 bits make of it. */
  private static final double HALF = 0.02;

  @TempDir Path folder;

  static List<Path> models() {
    Path models = Reference.golden().resolve("segmentation-models");
    try (Stream<Path> entries = Files.list(models)) {
      return entries.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void allModelsAreHere() {
    assertThat(models()).hasSize(7);
  }

  @ParameterizedTest
  @MethodSource("models")
  void givesTheOriginalLogits(Path model) throws IOException {
    GoldenTensors golden = new GoldenTensors(model.resolve("golden.safetensors"));
    try (Checkpoint checkpoint = Checkpoint.open(model, CheckpointOptions.none())) {
      for (Taps taps : Taps.values()) {
        String expected = taps == Taps.AUTHORS ? "logits_authors" : "logits";
        if (golden.contains(expected)) {
          ObjectNode config = checkpoint.config().deepCopy();
          Network network = Network.of(config.put(Taps.KEY, taps.word()), checkpoint.weights());
          assertThat(network.warnings()).isEmpty();
          for (Operators operators : Operators.values()) {
            GraphSpec spec = GraphSpec.of(GraphOutput.LOGITS).withOperators(operators);
            double difference = difference(network, spec, golden, expected);
            assertThat(difference).as(taps + " " + operators).isLessThanOrEqualTo(TOLERANCE);
          }
          GraphSpec spec = GraphSpec.of(GraphOutput.LOGITS).withPrecision(Precision.INT8);
          assertThat(difference(network, spec, golden, expected))
              .as(taps + " in int8")
              .isBetween(TOLERANCE, INT8);
        }
      }
    }
  }

  /** As on a GPU, whose arithmetic a processor does in its own way. */
  @Test
  void halfPrecisionIsNear() throws IOException {
    Path model = Reference.golden().resolve("segmentation-models/base-4");
    GoldenTensors golden = new GoldenTensors(model.resolve("golden.safetensors"));
    GraphSpec spec = GraphSpec.of(GraphOutput.LOGITS).withPrecision(Precision.FP16);
    try (Checkpoint checkpoint = Checkpoint.open(model, CheckpointOptions.none())) {
      Network network = Network.of(checkpoint.config(), checkpoint.weights());
      assertThat(difference(network, spec, golden, "logits")).isBetween(TOLERANCE, HALF);
    }
  }

  private static Network network(String settings) throws IOException {
    Path model = Reference.golden().resolve("segmentation-models/base-4");
    try (Checkpoint checkpoint = Checkpoint.open(model, CheckpointOptions.none())) {
      ObjectNode config = checkpoint.config().deepCopy();
      config.setAll((ObjectNode) new ObjectMapper().readTree(settings.replace('\'', '"')));
      return Network.of(config, checkpoint.weights());
    }
  }

  @Test
  void tellsWhatItTakesAndLeavesOut() throws IOException {
    ModelFacts facts = network("{}").facts();
    assertThat(facts.layers()).isEqualTo(10);
    assertThat(facts.logits()).containsExactly(4, 32, 32);
    assertThat(facts.isOfPoints()).isTrue();
    assertThat(facts.outputs()).containsExactly(GraphOutput.LOGITS);
    assertThat(network("{}").notes())
        .containsExactly(
            Map.entry(
                "taps",
                "out_indices [3, 5, 7, 11] are read as Transformers does, the states behind blocks"
                    + " [2, 4, 6, 10]; as the authors' code does, they are those behind blocks"
                    + " [4, 6, 8, 12] (--taps authors). Blocks 11 to 12 have no effect and are left"
                    + " out."));
    Network authors = network("{'labelmill_taps': 'authors'}");
    assertThat(authors.facts().layers()).isEqualTo(12);
    assertThat(authors.notes().get("taps"))
        .isEqualTo(
            "out_indices [3, 5, 7, 11] are read as the authors' code does, the states behind blocks"
                + " [4, 6, 8, 12]; as Transformers does, they are those behind blocks [2, 4, 6, 10]"
                + " (--taps transformers).");
  }

  /** Until 4.36 the indices had another key. */
  @Test
  void readsIndicesUnderTheirOldName() throws IOException {
    assertThat(
            network("{'out_indices': null, 'segmentation_indices': [3, 5, 7, 10]}")
                .facts()
                .layers())
        .isEqualTo(9);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "{'out_indices': [3, 5, 7]}|out_indices is [3,5,7] in config.json; it must be four whole"
            + " numbers from 1 to 12.",
        "{'out_indices': [0, 5, 7, 11]}|out_indices is [0,5,7,11] in config.json; it must be a list"
            + " of whole numbers above 0.",
        "{'out_indices': [3, 5, 7, 13]}|out_indices is [3,5,7,13] in config.json; it must be four"
            + " whole numbers from 1 to 12.",
        "{'out_indices': [3, 5, 7, 12], 'labelmill_taps': 'authors'}|out_indices is [3, 5, 7, 12] in"
            + " config.json: read as the authors' code does, that asks for the state behind block"
            + " 13, and there are 12.",
        "{'labelmill_taps': 'last'}|labelmill_taps is \"last\" in config.json; it must be"
            + " transformers or authors.",
        "{'pool_scales': 'all'}|pool_scales is \"all\" in config.json; it must be a list of whole"
            + " numbers above 0.",
        "{'image_size': [64, 8]}|image_size has 8 x 1 patches in config.json; the coarsest map takes"
            + " every second one, so at least 2 x 2 are needed."
      })
  void refusesWhatItCannotTake(String settings, String problem) {
    assertThatThrownBy(() -> network(settings))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(problem);
  }

  @Test
  void tapsOfAnotherModelChangeNothing() throws IOException {
    Path model = Reference.golden().resolve("models/a-beit-meanpool-relpos");
    CheckpointOptions options =
        CheckpointOptions.none()
            .withOriginals(new Originals(ResizeBackend.AUTO, PositionBias.AUTO, Taps.AUTHORS));
    try (Checkpoint checkpoint = Checkpoint.open(model, options)) {
      assertThat(Network.of(checkpoint.config(), checkpoint.weights()).warnings())
          .containsExactly("--taps changes nothing: it is about segmentation models.");
    }
  }

  /** The runtime gathers a bias in each pass, and holds none of them while it waits. */
  @Test
  void noBiasIsFoldedIntoTheSession() throws IOException {
    GraphSketch sketch = network("{}").sketch(GraphSpec.of(GraphOutput.LOGITS));
    assertThat(sketch.operators()).containsEntry("Shape", 1).containsEntry("Gather", 10);
  }

  /** The largest difference as a share of the largest logit. */
  private double difference(Network network, GraphSpec spec, GoldenTensors golden, String expected)
      throws IOException {
    try (GraphSession session = GraphSession.open(network.write(spec, folder).model())) {
      float[] logits =
          session.run(golden.floats("pixel_values"), golden.shape("pixel_values")).get("logits");
      float[] original = golden.floats(expected);
      assertThat(logits).hasSameSizeAs(original);
      double largest = 0;
      double difference = 0;
      for (int i = 0; i < logits.length; i++) {
        assertThat(logits[i]).isFinite();
        largest = Math.max(largest, Math.abs(original[i]));
        difference = Math.max(difference, Math.abs(original[i] - logits[i]));
      }
      return difference / largest;
    }
  }
}
