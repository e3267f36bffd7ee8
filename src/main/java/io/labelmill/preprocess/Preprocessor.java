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
  private final float[][] lines = new float[CHANNELS][0];

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
    if (lines[0].length < output.width()) {
      Arrays.setAll(lines, channel -> new float[output.width()]);
    }
    int start = nchw.position();
    pad(nchw, start, output, 0, down.pad());
    resampler.resize(
        image,
        resized,
        config.resampling(),
        window,
        (y, rgb) -> {
          int row = start + (down.pad() + y) * output.width();
          if (window.width() < output.width()) {
            for (int channel = 0; channel < CHANNELS; channel++) {
              Arrays.fill(lines[channel], 0, output.width(), tables[channel][0]);
            }
          }
          normalise(rgb, across.pad(), window.width());
          for (int channel = 0; channel < CHANNELS; channel++) {
            nchw.put(row + channel * pixels, lines[channel], 0, output.width());
          }
        });
    pad(nchw, start, output, down.pad() + window.height(), output.height());
    nchw.position(start + CHANNELS * pixels);
  }

  /** One interleaved row into three lines. */
  private void normalise(int[] rgb, int left, int columns) {
    float[] reds = tables[0];
    float[] greens = tables[1];
    float[] blues = tables[2];
    float[] red = lines[0];
    float[] green = lines[1];
    float[] blue = lines[2];
    for (int x = left, i = 0; x < left + columns; x++, i += CHANNELS) {
      red[x] = reds[rgb[i]];
      green[x] = greens[rgb[i + 1]];
      blue[x] = blues[rgb[i + 2]];
    }
  }

  /** Rows of black, from {@code top} up to {@code bottom}. */
  private void pad(FloatBuffer nchw, int start, Size output, int top, int bottom) {
    for (int channel = 0; channel < CHANNELS && top < bottom; channel++) {
      Arrays.fill(lines[channel], 0, output.width(), tables[channel][0]);
      for (int y = top; y < bottom; y++) {
        int row = channel * output.height() + y;
        nchw.put(start + row * output.width(), lines[channel], 0, output.width());
      }
    }
  }
}
