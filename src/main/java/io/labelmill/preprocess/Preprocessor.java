package io.labelmill.preprocess;

import io.labelmill.decode.RgbImage;
import io.labelmill.error.InputException;
import java.nio.BufferOverflowException;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Makes pixel values out of pictures: resize, centre crop, rescale, normalise, as the checkpoint's
 * image processor does, bit for bit.
 *
 * <p>One per thread: it reuses its buffers, which grow with the largest picture's height (3 bytes a
 * pixel of {@code input width x picture height}).
 */
public final class Preprocessor {
  private static final int CHANNELS = RgbImage.CHANNELS;

  private final ProcessorConfig config;
  private final float[][] tables = new float[CHANNELS][256];
  private final Resampler resampler = new Resampler();
  private float[] line = new float[0];

  public Preprocessor(ProcessorConfig config) {
    this.config = config;
    for (int channel = 0; channel < CHANNELS; channel++) {
      float mean = (float) config.mean().of(channel);
      float std = (float) config.std().of(channel);
      for (int sample = 0; sample < 256; sample++) {
        float rescaled = (float) (sample * config.rescaleFactor());
        tables[channel][sample] = (rescaled - mean) / std;
      }
    }
  }

  /**
   * Width of the model's input in pixels.
   *
   * @throws InputException if pictures are not all brought to one size
   */
  public int width() {
    return config.width();
  }

  /**
   * Height of the model's input in pixels.
   *
   * @throws InputException if pictures are not all brought to one size
   */
  public int height() {
    return config.height();
  }

  /**
   * Appends one picture's pixel values.
   *
   * @param nchw gets {@code 3 x height x width} floats at its position, channel by channel (red,
   *     green, blue), rows from the top; its position ends behind them
   * @throws java.nio.BufferOverflowException if fewer remain; the position is unchanged
   */
  public void pixelValues(RgbImage image, FloatBuffer nchw) {
    Size resized = config.resize().target(image.width(), image.height());
    Size crop = config.crop() == null ? resized : config.crop();
    CentreCrop across = CentreCrop.of(resized.width(), crop.width());
    CentreCrop down = CentreCrop.of(resized.height(), crop.height());
    Size output = new Size(across.length(), down.length());
    int pixels = Math.multiplyExact(output.width(), output.height());
    if (nchw.remaining() < (long) CHANNELS * pixels) {
      throw new BufferOverflowException();
    }
    Resampler.Window window =
        new Resampler.Window(
            across.from(),
            down.from(),
            Math.min(resized.width(), output.width() - across.pad()),
            Math.min(resized.height(), output.height() - down.pad()));
    byte[] rgb = resampler.resize(image, resized, config.resampling(), window);
    if (line.length < output.width()) {
      line = new float[output.width()];
    }
    int start = nchw.position();
    for (int channel = 0; channel < CHANNELS; channel++) {
      float[] table = tables[channel];
      Arrays.fill(line, 0, output.width(), table[0]);
      for (int y = 0; y < output.height(); y++) {
        int row = y - down.pad();
        boolean inside = row >= 0 && row < window.height();
        if (inside) {
          int from = row * window.width() * CHANNELS + channel;
          for (int x = across.pad(); x < across.pad() + window.width(); x++) {
            line[x] = table[rgb[from] & 0xFF];
            from += CHANNELS;
          }
        } else {
          Arrays.fill(line, 0, output.width(), table[0]);
        }
        nchw.put(start + channel * pixels + y * output.width(), line, 0, output.width());
      }
    }
    nchw.position(start + CHANNELS * pixels);
  }
}
