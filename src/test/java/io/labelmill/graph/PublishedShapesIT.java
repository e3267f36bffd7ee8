package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.checkpoint.TensorStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The graphs of the published checkpoints, of their own configuration and random weights. */
class PublishedShapesIT {
  @TempDir Path folder;

  static Stream<PublishedShapes> base() {
    return PublishedShapes.ALL.stream().filter(shapes -> !shapes.isLarge());
  }

  /** Those of base size, and the largest. */
  static Stream<PublishedShapes> some() {
    return PublishedShapes.ALL.stream()
        .filter(shapes -> !shapes.isLarge() || shapes.size().endsWith("512"));
  }

  static Stream<PublishedShapes> large() {
    return PublishedShapes.ALL.stream().filter(PublishedShapes::isLarge);
  }

  @ParameterizedTest
  @MethodSource("some")
  void aGraphIsBuilt(PublishedShapes shapes) {
    build(shapes);
  }

  /** Of the same blocks, twice as many. */
  @Tag("stress")
  @ParameterizedTest
  @MethodSource("large")
  void aGraphIsBuiltOfTheLargeOnes(PublishedShapes shapes) {
    build(shapes);
  }

  private static void build(PublishedShapes shapes) {
    try (TensorStore weights = shapes.checkpoint().weights()) {
      GraphSketch graph =
          Network.of(shapes.checkpoint().config(), weights)
              .sketch(GraphSpec.of(GraphOutput.LOGITS));
      int layers = shapes.facts().layers();
      assertThat(layers).isEqualTo(shapes.isLarge() ? 24 : 12);
      // The last layer of a ViT asks for one token only, which another operator does.
      assertThat(
              graph.operators().getOrDefault("com.microsoft.Attention", 0)
                  + graph.operators().getOrDefault("com.microsoft.MultiHeadAttention", 0))
          .isEqualTo(layers);
      // Numbers are stored once: all but the index tables of the positions are the checkpoint's.
      assertThat(graph.weightsBytes())
          .isBetween(shapes.facts().parameters() * 4 * 99 / 100, weights.bytes() + (64L << 20));
    }
  }

  @ParameterizedTest
  @MethodSource("base")
  void aSessionOpensOfTheBaseOnes(PublishedShapes shapes) throws IOException {
    open(shapes);
  }

  @Tag("stress")
  @ParameterizedTest
  @MethodSource("large")
  void aSessionOpensOfTheLargeOnes(PublishedShapes shapes) throws IOException {
    open(shapes);
  }

  private void open(PublishedShapes shapes) throws IOException {
    GraphFiles files;
    try (TensorStore weights = shapes.checkpoint().weights()) {
      files =
          Network.of(shapes.checkpoint().config(), weights)
              .write(GraphSpec.of(GraphOutput.LOGITS), folder);
    }
    ModelFacts facts = files.facts();
    assertThat(facts.labels()).hasValue(shapes.labels());
    try (GraphSession session = GraphSession.open(files.model())) {
      float[] pixels = new float[3 * facts.height() * facts.width()];
      float[] logits = session.run(pixels, 1, 3, facts.height(), facts.width()).get("logits");
      assertThat(logits).hasSize(shapes.labels());
      for (float logit : logits) {
        assertThat(Float.isFinite(logit)).isTrue();
      }
    }
  }
}
