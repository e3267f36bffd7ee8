package io.labelmill.score;

import io.labelmill.checkpoint.Sha256;
import io.labelmill.decode.Orientation;
import java.io.Serializable;
import java.util.Locale;

/**
 * The settings that change what a row of the score table says, resolved against a model: two runs
 * with the same model and equal settings write the same rows.
 *
 * @param activation never {@link Activation#AUTO}
 * @param thresholds one per label for {@link Activation#SIGMOID}, else {@link Thresholds#none()}
 * @param topK predictions per image, 1 to the number of labels
 * @param scores which scores are written
 * @param precision arithmetic of the session, as written to the column {@code precision}
 * @param orientation whether pictures are turned upright by their EXIF orientation
 * @param maxPixels width times height above which an image is not decoded
 */
public record ScoreSettings(
    Activation activation,
    Thresholds thresholds,
    int topK,
    Scores scores,
    String precision,
    Orientation orientation,
    long maxPixels)
    implements Serializable {

  /** Raised with every change of decoding or preprocessing that changes the model's input. */
  public static final int PREPROCESSING_VERSION = 1;

  public ScoreSettings {
    if (activation == Activation.AUTO) {
      throw new IllegalArgumentException("AUTO is resolved before scoring");
    }
    if (thresholds.isNone() == (activation == Activation.SIGMOID)) {
      throw new IllegalArgumentException("thresholds " + thresholds + " with " + activation);
    }
  }

  /**
   * One setting a line, {@code key=value}, keys sorted, each line ended by a line feed. Keys are
   * the options' names.
   */
  public String canonicalText() {
    return "activation=%s\nmax-pixels=%d\norientation=%s\nprecision=%s\npreprocessing=%d\nscores=%s\nthreshold=%s\ntop-k=%d\n"
        .formatted(
            word(activation),
            maxPixels,
            word(orientation),
            precision,
            PREPROCESSING_VERSION,
            word(scores),
            thresholds.canonicalText(),
            topK);
  }

  /** SHA-256 of {@link #canonicalText()} in UTF-8, lower-case hexadecimal. */
  public String sha256() {
    return Sha256.of(canonicalText());
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
