package io.labelmill.score;

import io.labelmill.decode.Bands;
import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.Orientation;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import io.labelmill.model.PixelBatch;
import io.labelmill.preprocess.Preprocessor;
import io.labelmill.preprocess.ProcessorConfig;
import io.labelmill.preprocess.Size;
import io.labelmill.segment.SlidingWindows;
import io.labelmill.source.EncodedImage;
import java.time.Duration;
import java.util.Optional;

/**
 * Encoded images to a model's input: a decoder and a preprocessor, with their buffers. A thread
 * keeps its own from task to task, and makes another only for other settings.
 */
final class DecodeStage {
  private static final Duration DECODE_TIME = Duration.ofSeconds(60);
  private static final ThreadLocal<DecodeStage> OF_THREAD = new ThreadLocal<>();

  private final Settings settings;
  private final ImageDecoder decoder;
  private final Preprocessor preprocessor;

  /**
   * What decides about the pixels.
   *
   * @param windowing null where a picture goes through the model as a whole
   */
  record Settings(
      long maxPixels, Orientation orientation, ProcessorConfig processor, Windowing windowing) {}

  /**
   * A picture whose pixels are at hand.
   *
   * @param width of the upright picture, pixels
   * @param height of the upright picture, pixels
   * @param windows over it; null where it is in the batch as a whole
   * @param resized what windows are cut of, as {@link Preprocessor#resized} gives it; null where
   *     there are none, or too many
   */
  @SuppressWarnings("ArrayRecordComponent") // pixels, never compared
  record Picture(int width, int height, SlidingWindows windows, byte[] resized) {}

  private DecodeStage(Settings settings) {
    this.settings = settings;
    decoder = new ImageDecoder(settings.maxPixels, settings.orientation, DECODE_TIME);
    preprocessor = new Preprocessor(settings.processor);
  }

  static DecodeStage ofThisThread(Settings settings) {
    DecodeStage stage = OF_THREAD.get();
    if (stage == null || !stage.settings.equals(settings)) {
      stage = new DecodeStage(settings);
      OF_THREAD.set(stage);
    }
    return stage;
  }

  /**
   * Decodes, and fills a batch's place.
   *
   * @throws ImageException if it is not one that is read; nobody wants the place then
   */
  Picture decode(EncodedImage image, PixelBatch batch, int place) throws ImageException {
    Picture decoded =
        decoder.decode(
            image.bytes(),
            image.length(),
            settings.windowing == null ? new Filling(batch, place) : this::windows);
    if (decoded.windows != null && decoded.resized == null) {
      throw new ImageException(
          Status.TOO_LARGE,
          "The picture has %d x %d pixels, which are %d windows of %d pixels in steps of %d, more than %d."
              .formatted(
                  decoded.width,
                  decoded.height,
                  decoded.windows.count(),
                  decoded.windows.side(),
                  decoded.windows.stride(),
                  Windowing.MOST),
          decoded.width,
          decoded.height);
    }
    return decoded;
  }

  /** Fills a batch's place with a picture, in bands where that is possible. */
  private final class Filling implements ImageDecoder.Use<Picture> {
    private final PixelBatch batch;
    private final int place;

    Filling(PixelBatch batch, int place) {
      this.batch = batch;
      this.place = place;
    }

    @Override
    public Picture of(RgbImage picture) {
      batch.fill(place, preprocessor, picture);
      return ofBands(picture.width(), picture.height());
    }

    @Override
    public Optional<Bands> bands(int width, int height) {
      return batch.fill(place, preprocessor, width, height);
    }

    @Override
    public Picture ofBands(int width, int height) {
      return new Picture(width, height, null, null);
    }
  }

  private Picture windows(RgbImage picture) {
    SlidingWindows windows = settings.windowing.over(picture.width(), picture.height());
    byte[] resized =
        windows.count() <= Windowing.MOST ? preprocessor.resized(picture, size(windows)) : null;
    return new Picture(picture.width(), picture.height(), windows, resized);
  }

  void fill(PixelBatch batch, Picture picture, int window) {
    SlidingWindows.Place place = picture.windows.places().get(window);
    batch.clear();
    batch.append(preprocessor, picture.resized, size(picture.windows), place.left(), place.top());
  }

  private static Size size(SlidingWindows windows) {
    return new Size(windows.width(), windows.height());
  }
}
