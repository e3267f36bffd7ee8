package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.decode.Orientation;
import io.labelmill.preprocess.ResizeBackend;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScoreSettingsTest {
  private static final Originals PILLOW = Originals.of(ResizeBackend.PILLOW);
  private static final Thresholds THRESHOLDS = Thresholds.of(0.5f, 0.25f);
  private static final ScoreSettings SETTINGS =
      sigmoid(THRESHOLDS, 2, KeptScores.TOP, "fp32", Orientation.UPRIGHT, PILLOW, 178_956_970);

  @Test
  void theHashIsOverTheseLines() {
    assertThat(SETTINGS.canonicalText())
        .isEqualTo(
            """
            activation=sigmoid
            max-pixels=178956970
            orientation=upright
            precision=fp32
            preprocessing=2 (Pillow 13.0, torchvision 0.29)
            resize-backend=pillow
            scores=top
            threshold=0.5,0.25
            top-k=2
            """);
    // The text above through sha256sum.
    assertThat(SETTINGS.sha256())
        .isEqualTo("2de111a749cfaaf833aa4593c97b12979fd2643b889f7bf1f33cdd9a2dc5c185");
  }

  /** One that is not chosen leaves no line, so that hashes stay as they were. */
  @Test
  void chosenRelativePositionsHaveALine() {
    Originals chosen = new Originals(ResizeBackend.PILLOW, PositionBias.TRANSFORMERS);
    assertThat(
            sigmoid(THRESHOLDS, 2, KeptScores.TOP, "fp32", Orientation.UPRIGHT, chosen, 178_956_970)
                .canonicalText())
        .isEqualTo(
            SETTINGS
                .canonicalText()
                .replace("precision=", "position-bias=transformers\nprecision="));
  }

  @Test
  void everySettingChangesTheHash() {
    assertThat(
            Stream.of(
                    SETTINGS,
                    other(Activation.SOFTMAX),
                    other(Activation.NONE),
                    sigmoid(
                        Thresholds.of(0.5f, 0.5f),
                        2,
                        KeptScores.TOP,
                        "fp32",
                        Orientation.UPRIGHT,
                        PILLOW,
                        9),
                    sigmoid(THRESHOLDS, 1, KeptScores.TOP, "fp32", Orientation.UPRIGHT, PILLOW, 9),
                    sigmoid(THRESHOLDS, 2, KeptScores.ALL, "fp32", Orientation.UPRIGHT, PILLOW, 9),
                    sigmoid(THRESHOLDS, 2, KeptScores.TOP, "int8", Orientation.UPRIGHT, PILLOW, 9),
                    sigmoid(
                        THRESHOLDS, 2, KeptScores.TOP, "fp32", Orientation.AS_STORED, PILLOW, 9),
                    sigmoid(
                        THRESHOLDS,
                        2,
                        KeptScores.TOP,
                        "fp32",
                        Orientation.UPRIGHT,
                        Originals.of(ResizeBackend.TORCHVISION),
                        9),
                    sigmoid(
                        THRESHOLDS,
                        2,
                        KeptScores.TOP,
                        "fp32",
                        Orientation.UPRIGHT,
                        new Originals(ResizeBackend.PILLOW, PositionBias.AUTHORS),
                        9),
                    sigmoid(
                        THRESHOLDS,
                        2,
                        KeptScores.TOP,
                        "fp32",
                        Orientation.UPRIGHT,
                        new Originals(ResizeBackend.PILLOW, PositionBias.TRANSFORMERS),
                        9),
                    sigmoid(THRESHOLDS, 2, KeptScores.TOP, "fp32", Orientation.UPRIGHT, PILLOW, 9))
                .map(ScoreSettings::sha256))
        .doesNotHaveDuplicates();
  }

  @Test
  void unresolvedSettingsAreABug() {
    assertThatThrownBy(() -> other(Activation.AUTO)).hasMessage("AUTO is resolved before scoring");
    assertThatThrownBy(() -> other(Activation.SIGMOID)).hasMessage("thresholds none with SIGMOID");
  }

  private static ScoreSettings other(Activation activation) {
    return new ScoreSettings(
        activation, Thresholds.none(), 2, KeptScores.TOP, "fp32", Orientation.UPRIGHT, PILLOW, 9);
  }

  private static ScoreSettings sigmoid(
      Thresholds thresholds,
      int topK,
      KeptScores scores,
      String precision,
      Orientation orientation,
      Originals originals,
      long maxPixels) {
    return new ScoreSettings(
        Activation.SIGMOID, thresholds, topK, scores, precision, orientation, originals, maxPixels);
  }
}
