package io.labelmill.verify;

import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.Orientation;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.ImageException;
import io.labelmill.graph.GraphOutput;
import io.labelmill.model.Device;
import io.labelmill.model.LoadedModel;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatch;
import io.labelmill.preprocess.Preprocessor;
import io.labelmill.score.ScoreOptions;
import java.io.IOException;
import java.time.Duration;

/**
 * A model that takes encoded images one by one, as a task of the job does. Used by one thread; who
 * opened it closes it.
 */
public final class ImageLogits implements AutoCloseable {
  private static final Duration DECODE_TIME = Duration.ofSeconds(60);

  private final LoadedModel model;
  private final Predictor<PixelBatch, Outputs> predictor;
  private final ImageDecoder decoder =
      new ImageDecoder(ScoreOptions.Scoring.DEFAULT_MAX_PIXELS, Orientation.UPRIGHT, DECODE_TIME);
  private final Preprocessor preprocessor;
  private final PixelBatch batch;

  private ImageLogits(LoadedModel model, ModelBundle bundle) {
    this.model = model;
    this.predictor = model.predictor();
    this.preprocessor = new Preprocessor(bundle.processor());
    this.batch = PixelBatch.of(bundle, 1);
  }

  /**
   * Opens a session of all cores.
   *
   * @throws IOException if the bundle's files can't be read or hold no graph
   */
  public static ImageLogits open(ModelBundle bundle, Device device) throws IOException {
    LoadedModel model =
        LoadedModel.open(
            bundle.folder().resolve(bundle.graph()),
            device,
            Runtime.getRuntime().availableProcessors());
    return new ImageLogits(model, bundle);
  }

  /** What became of an image: its upright size in pixels, and a number for each label. */
  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  public record Result(int width, int height, float[] logits) {}

  /**
   * @param encoded a file's content
   * @throws ImageException if it is not a picture that is read
   */
  public Result logits(byte[] encoded) throws ImageException {
    RgbImage picture = decoder.decode(encoded, encoded.length);
    batch.clear();
    batch.append(preprocessor, picture);
    try {
      return new Result(
          picture.width(),
          picture.height(),
          predictor.predict(batch).tensor(GraphOutput.LOGITS.tensorName()).values());
    } catch (TranslateException e) {
      throw new IllegalStateException("The forward pass failed: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try (model) {
      predictor.close();
    }
  }
}
