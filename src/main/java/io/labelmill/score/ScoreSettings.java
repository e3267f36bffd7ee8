package io.labelmill.score;

import io.labelmill.checkpoint.Originals;
import io.labelmill.decode.Orientation;
import io.labelmill.option.Reader;
import io.labelmill.preprocess.ResizeBackend;
import java.util.Optional;

/**
 * The settings that change what a row of the score table says, resolved against a model: two runs
 * with the same model and equal settings write the same rows.
 *
 * @param activation never {@link Activation#AUTO}
 * @param thresholds one per label for {@link Activation#SIGMOID}, else {@link Thresholds#none()}
 * @param topK predictions per image, 1 to the number of labels
 * @param scores which scores are written
 * @param precision arithmetic of the session, as written to the column {@code precision}
 * @param orientation whether pictures are turned upright
 * @param originals whose pixels, never {@link ResizeBackend#AUTO}; and whose relative positions,
 *     {@link io.labelmill.checkpoint.PositionBias#AUTO} where those are what the files speak for
 * @param maxPixels width times height above which an image is not decoded
 */
public record ScoreSettings(
    Activation activation,
    Thresholds thresholds,
    int topK,
    KeptScores scores,
    String precision,
    Orientation orientation,
    Originals originals,
    long maxPixels)
    implements RowSettings {

  public ScoreSettings {
    if (activation == Activation.AUTO) {
      throw new IllegalArgumentException("AUTO is resolved before scoring");
    }
    if (thresholds.isNone() == (activation == Activation.SIGMOID)) {
      throw new IllegalArgumentException("thresholds " + thresholds + " with " + activation);
    }
  }

  @Override
  public String canonicalText() {
    return "activation=%s\nmax-pixels=%d\norientation=%s\n%sprecision=%s\npreprocessing=%s\nresize-backend=%s\nscores=%s\nthreshold=%s\ntop-k=%d\n"
        .formatted(
            Reader.word(activation),
            maxPixels,
            Reader.word(orientation),
            RowSettings.positionBias(originals),
            precision,
            PREPROCESSING_VERSION,
            Reader.word(originals.resizeBackend()),
            Reader.word(scores),
            thresholds.canonicalText(),
            topK);
  }

  @Override
  public Optional<ScoreSettings> labelling() {
    return Optional.of(this);
  }

  @Override
  public Optional<EmbedSettings> embedding() {
    return Optional.empty();
  }
}
