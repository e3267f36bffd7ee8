package io.labelmill.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.graph.TunableNetwork;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients against those of PyTorch in float64. */
class GradientsTest {
  /** Of the largest number of a tensor; float32 in PyTorch itself comes to about half of it. */
  private static final double RELATIVE = 2e-5;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "beit-layers-mean",
        "beit-shared-mean",
        "beit-absolute-cls",
        "beit-wide-both",
        "beit-layers-cls-tanh",
        "vit",
        "vit-nobias-silu",
        "vit-quick",
        "vit-relu",
        "deit"
      })
  void allGradientsAreThoseOfPyTorch(String name) {
    try (TuningCase tuning = TuningCase.open(name);
        Checkpoint expected = tuning.other("gradients")) {
      Map<String, float[]> gradients = gradients(tuning, Extent.parse("all"), 2);
      assertThat(gradients.keySet())
          .containsExactlyInAnyOrderElementsOf(
              expected.weights().names().stream()
                  .filter(tensor -> !tensor.contains("mask_token"))
                  .toList());
      gradients.forEach((tensor, values) -> assertClose(tensor, values, expected.weights()));
    }
  }

  @Test
  void withFrozenBlocksThoseBehindHaveTheSameGradients() {
    try (TuningCase tuning = TuningCase.open("beit-layers-mean");
        Checkpoint expected = tuning.other("gradients")) {
      Map<String, float[]> gradients = gradients(tuning, Extent.parse("last:1"), 2);
      assertThat(gradients)
          .hasSize(22)
          .containsKeys("classifier.bias", "beit.encoder.layer.1.lambda_1")
          .doesNotContainKeys("beit.encoder.layer.0.lambda_1", "beit.embeddings.cls_token");
      gradients.forEach((tensor, values) -> assertClose(tensor, values, expected.weights()));
    }
  }

  @Test
  void aBatchInSeveralPassesHasTheSameGradients() {
    try (TuningCase tuning = TuningCase.open("beit-shared-mean");
        Checkpoint expected = tuning.other("gradients")) {
      gradients(tuning, Extent.parse("all"), 1)
          .forEach((tensor, values) -> assertClose(tensor, values, expected.weights()));
    }
  }

  @Test
  void aPassThatFailsEndsTheStepAndNobodyWaitsForIt() {
    try (TuningCase tuning = TuningCase.open("vit");
        Weights weights =
            Weights.open(tuning.network(), Extent.parse("all"), tuning.checkpoint().weights());
        Passes passes =
            Passes.open(tuning.network(), weights, Extent.parse("all"), tuning.loss(), 2, 1)) {
      Batch batch = batch(tuning);
      float[] fewer = Arrays.copyOf(batch.targets(), batch.targets().length - 1);
      assertThatThrownBy(
              () ->
                  passes.gradients(
                      new Batch(2, batch.input(), fewer, batch.lossWeights(), batch.keep())))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("a step of the training failed")
          .hasStackTraceContaining("requires 3 elements but the buffer has 2");
      assertThat(passes.gradients(batch)).isPositive();
    }
    Turn first = Turn.first(1);
    first.fail(new IllegalStateException("the first one's"));
    assertThatThrownBy(() -> first.next().await(0)).hasRootCauseMessage("the first one's");
  }

  /** As units are that a training begins with weights of 0. */
  @ParameterizedTest
  @ValueSource(strings = {"beit-layers-mean", "vit-nobias-silu", "vit-quick"})
  void whereAnActivationTakesZeroItsDerivativeIsThatBesideIt(String name) {
    try (TuningCase tuning = TuningCase.open(name)) {
      Map<String, float[]> at = withExpansions(tuning, 0);
      Map<String, float[]> beside = withExpansions(tuning, 1e-7f);
      at.forEach(
          (tensor, values) ->
              assertThat(values).as(tensor).contains(beside.get(tensor), within(1e-5f)));
    }
  }

  /**
   * @param number that all weights in front of activations are
   */
  private static Map<String, float[]> withExpansions(TuningCase tuning, float number) {
    Extent all = Extent.parse("all");
    try (Weights weights = Weights.open(tuning.network(), all, tuning.checkpoint().weights());
        Passes passes = Passes.open(tuning.network(), weights, all, tuning.loss(), 1, 2)) {
      for (TunableNetwork.Part block : tuning.network().blocks()) {
        for (TunableNetwork.Tensor tensor : block.tensors()) {
          if (tensor.role().startsWith("expansion.")) {
            float[] numbers = new float[tensor.elements()];
            Arrays.fill(numbers, number);
            weights.get(tensor.name()).values().put(0, numbers);
          }
        }
      }
      passes.gradients(batch(tuning));
      return weights.gradients();
    }
  }

  private static Map<String, float[]> gradients(TuningCase tuning, Extent extent, int longest) {
    try (Weights weights = Weights.open(tuning.network(), extent, tuning.checkpoint().weights());
        Passes passes = Passes.open(tuning.network(), weights, extent, tuning.loss(), 1, longest)) {
      Batch batch = batch(tuning);
      // Twice: nothing of a step may stay for the next.
      passes.gradients(batch);
      double loss = passes.gradients(batch);
      double expected = tuning.batch().floats("loss")[0];
      assertThat(loss).isCloseTo(expected, within(1e-5 * expected));
      return weights.gradients();
    }
  }

  private static Batch batch(TuningCase tuning) {
    int images = 2;
    float[] keep = tuning.batch().floats("keep");
    float[][][] byBlock = new float[keep.length / 2 / images][2][];
    for (int i = 0; i < keep.length / images; i++) {
      byBlock[i / 2][i % 2] = Arrays.copyOfRange(keep, i * images, (i + 1) * images);
    }
    return new Batch(
        images,
        TuningCase.direct(tuning.batch().floats("pixel_values")),
        tuning.batch().floats("targets"),
        tuning.batch().floats("weights"),
        byBlock);
  }

  private static void assertClose(String tensor, float[] values, TensorStore references) {
    float[] expected = references.floats(tensor);
    assertThat(values).as(tensor).hasSameSizeAs(expected);
    double worst = 0;
    for (int i = 0; i < values.length; i++) {
      worst = Math.max(worst, Math.abs(values[i] - expected[i]));
    }
    // A key's bias adds the same to all scores of a query: its gradient is nothing but rounding.
    String scale = tensor.replace("attention.key.bias", "attention.query.bias");
    double largest = 0;
    for (float value : references.floats(scale)) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertThat(largest).as(tensor).isPositive();
    assertThat(worst / largest).as(tensor).isLessThan(RELATIVE);
  }
}
