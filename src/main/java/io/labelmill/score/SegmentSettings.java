package io.labelmill.score;

import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.Taps;
import io.labelmill.decode.Orientation;
import io.labelmill.option.Reader;
import io.labelmill.preprocess.ResizeBackend;
import java.util.Optional;

/**
 * The settings that change what a row with segments says.
 *
 * @param windowing windows that slide over the picture; null where it is squeezed into the model's
 *     input as a whole
 * @param precision arithmetic of the session
 * @param orientation whether pictures are turned upright
 * @param originals whose pixels, never {@link ResizeBackend#AUTO}; and whose relative positions,
 *     {@link io.labelmill.checkpoint.PositionBias#AUTO} where those are what the files speak for
 * @param maxPixels width times height above which an image is not decoded
 */
public record SegmentSettings(
    Masks masks,
    Windowing windowing,
    String precision,
    Orientation orientation,
    Originals originals,
    long maxPixels)
    implements RowSettings {

  @Override
  public Optional<ScoreSettings> labelling() {
    return Optional.empty();
  }

  @Override
  public Optional<EmbedSettings> embedding() {
    return Optional.empty();
  }

  @Override
  public Optional<SegmentSettings> segmentation() {
    return Optional.of(this);
  }

  @Override
  public String canonicalText() {
    String own =
        "masks=%s\nmax-pixels=%d\norientation=%s\n%sprecision=%s\npreprocessing=%s\nresize-backend=%s\n"
            .formatted(
                Reader.word(masks),
                maxPixels,
                Reader.word(orientation),
                RowSettings.positionBias(originals),
                precision,
                PREPROCESSING_VERSION,
                Reader.word(originals.resizeBackend()));
    String windows =
        windowing == null
            ? ""
            : "stride=%d\nwindow=%d\n".formatted(windowing.stride(), windowing.side());
    return originals.taps() == Taps.AUTHORS
        ? own + windows + "taps=" + Reader.word(originals.taps()) + "\n"
        : own + windows;
  }
}
