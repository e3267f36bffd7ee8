package io.labelmill.score;

import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.Orientation;
import io.labelmill.error.ImageException;
import io.labelmill.model.PixelBatch;
import io.labelmill.preprocess.Preprocessor;
import io.labelmill.preprocess.ProcessorConfig;
import io.labelmill.source.EncodedImage;
import java.time.Duration;

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

  /** What decides about the pixels. */
  record Settings(long maxPixels, Orientation orientation, ProcessorConfig processor) {}

  /** Size of the upright picture, in pixels. */
  record Picture(int width, int height) {}

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
    return decoder.decode(
        image.bytes(),
        image.length(),
        picture -> {
          batch.fill(place, preprocessor, picture);
          return new Picture(picture.width(), picture.height());
        });
  }
}
