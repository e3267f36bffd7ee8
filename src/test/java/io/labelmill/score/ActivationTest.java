package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.labelmill.checkpoint.ProblemType;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActivationTest {
  @ParameterizedTest
  @CsvSource({
    "AUTO, , 4, SOFTMAX",
    "AUTO, , 1, SIGMOID",
    "AUTO, MULTI_CLASS, 4, SOFTMAX",
    "AUTO, MULTI_CLASS, 1, SIGMOID",
    "AUTO, MULTI_LABEL, 4, SIGMOID",
    "AUTO, REGRESSION, 4, SOFTMAX",
    "SOFTMAX, MULTI_LABEL, 4, SOFTMAX",
    "SIGMOID, MULTI_CLASS, 4, SIGMOID",
    "NONE, MULTI_LABEL, 1, NONE",
  })
  void autoFollowsTheProblemType(
      Activation asked, ProblemType problemType, int labels, Activation resolved) {
    assertThat(asked.resolve(Optional.ofNullable(problemType), labels)).isEqualTo(resolved);
  }

  @Test
  void softmaxOfFiniteLogitsAddsUpToOne() {
    float[] scores = scores(Activation.SOFTMAX, 1f, 2f, 3f);
    assertThat(scores[0]).isEqualTo((float) (Math.exp(-2) / (1 + Math.exp(-1) + Math.exp(-2))));
    assertThat(scores[0] + scores[1] + scores[2]).isCloseTo(1f, within(1e-7f));
  }

  @Test
  void hugeLogitsNeitherOverflowNorVanish() {
    assertThat(scores(Activation.SOFTMAX, Float.MAX_VALUE, -Float.MAX_VALUE))
        .containsExactly(1f, 0f);
    assertThat(scores(Activation.SOFTMAX, -Float.MAX_VALUE, -Float.MAX_VALUE))
        .containsExactly(0.5f, 0.5f);
    assertThat(scores(Activation.SIGMOID, Float.MAX_VALUE, -Float.MAX_VALUE, 0f))
        .containsExactly(1f, 0f, 0.5f);
  }

  @Test
  void smallSigmoidsKeepTheirDigits() {
    // 1 - 1 / (1 + exp(-80)) would be 0.
    assertThat(scores(Activation.SIGMOID, -80f)[0]).isEqualTo((float) Math.exp(-80));
  }

  @Test
  void noneGivesTheLogits() {
    assertThat(scores(Activation.NONE, -3.5f, 7f)).containsExactly(-3.5f, 7f);
  }

  @Test
  void scoresMayReplaceTheLogits() {
    float[] logits = {1f, 2f, 3f};
    float[] scores = scores(Activation.SOFTMAX, logits.clone());
    Activation.SOFTMAX.apply(logits, logits);
    assertThat(logits).containsExactly(scores);
  }

  @Test
  void autoMustBeResolved() {
    assertThatThrownBy(() -> scores(Activation.AUTO, 1f))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("AUTO is resolved before scoring");
  }

  private static float[] scores(Activation activation, float... logits) {
    float[] scores = new float[logits.length];
    activation.apply(logits, scores);
    return scores;
  }
}
