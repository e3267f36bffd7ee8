package io.labelmill.preprocess;

import io.labelmill.decode.Bands;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.InputException;
import java.nio.Buffer;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Makes pixel values out of pictures: resize, centre crop, rescale, normalise, as the checkpoint's
 * image processor does, bit for bit.
 *
 * <p>One per thread: it reuses its buffers. For an input of 384 x 384 they take 1.5 KB for each row
 * of a block, and for each of the picture's rows and columns that one of the input's is made of:
 * less than a megabyte for 12 megapixels.
 */
public final class Preprocessor {
  private static final int CHANNELS = RgbImage.CHANNELS;

  private final ProcessorConfig config;
  private final Resampler resampler;
  private final float[][] values = new float[CHANNELS][AxisPass.LEVELS];
  private final byte[] samples = new byte[AxisPass.LEVELS];
  private float[] valueLine = new float[0];
  private byte[] sampleLine = new byte[0];
  private int[] black = new int[0];

  /** Takes the lines of one channel of the model's input. */
  private interface Lines {
    /**
     * @param at where the line belongs, counted from the image's first value
     * @param levels as {@link AxisPass} describes them
     */
    void line(int at, int channel, int[] levels, int columns);
  }

  public Preprocessor(ProcessorConfig config) {
    this.config = config;
    resampler = new Resampler(config.resampling(), config.backend());
    for (int level = 0; level < AxisPass.LEVELS; level++) {
      int sample = Math.min(Math.max(level - AxisPass.ZERO_LEVEL, 0), 255);
      samples[level] = (byte) sample;
      for (int channel = 0; channel < CHANNELS; channel++) {
        values[channel][level] = config.pixelValue(channel, sample);
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
    fill(image, nchw, values(nchw, nchw.position()));
  }

  /**
   * Puts one picture's pixel values at the buffer's position, which stays, from bands of it.
   *
   * @return what takes the bands, until another picture is begun here; empty where the picture is
   *     wanted as a whole
   * @throws java.nio.BufferOverflowException if there is no room for them
   */
  public Optional<Bands> pixelValues(int width, int height, FloatBuffer nchw) {
    Part part = part(width, height, nchw.remaining());
    return bands(width, height, part, values(nchw, nchw.position()));
  }

  /** Makes all lines of a picture, and goes on in the buffer behind them. */
  private void fill(RgbImage image, Buffer nchw, Lines lines) {
    Part part = part(image.width(), image.height(), nchw.remaining());
    begin(part, lines);
    resampler.resize(image, part.resized, part.window, rows(part, lines));
    nchw.position(nchw.position() + part.length());
  }

  private Lines values(FloatBuffer nchw, int start) {
    return (at, channel, levels, columns) -> {
      look(levels, values[channel], valueLine, columns);
      nchw.put(start + at, valueLine, 0, columns);
    };
  }

  /**
   * Appends one picture as it is before rescaling and normalising, for a graph that does these.
   *
   * @param nchw gets {@code 3 x height x width} samples, 0 to 255, as {@link #pixelValues} has them
   * @throws java.nio.BufferOverflowException if fewer remain; the position is unchanged
   */
  public void samples(RgbImage image, ByteBuffer nchw) {
    fill(image, nchw, samples(nchw, nchw.position()));
  }

  /** As {@link #pixelValues(int, int, FloatBuffer)}, with {@link #samples}. */
  public Optional<Bands> samples(int width, int height, ByteBuffer nchw) {
    Part part = part(width, height, nchw.remaining());
    return bands(width, height, part, samples(nchw, nchw.position()));
  }

  private Lines samples(ByteBuffer nchw, int start) {
    return (at, channel, levels, columns) -> {
      look(levels, samples, sampleLine, columns);
      nchw.put(start + at, sampleLine, 0, columns);
    };
  }

  /**
   * A picture in another size than the configuration's, as samples 0 to 255 before rescaling and
   * normalising.
   *
   * @return {@code 3 x height x width}, channel by channel
   */
  public byte[] resized(RgbImage image, Size size) {
    makeRoom(size.width());
    int pixels = size.width() * size.height();
    byte[] resized = new byte[CHANNELS * pixels];
    resampler.resize(
        image,
        size,
        new Resampler.Window(0, 0, size.width(), size.height()),
        (y, levels) -> {
          for (int channel = 0; channel < CHANNELS; channel++) {
            look(levels[channel], samples, sampleLine, size.width());
            int at = channel * pixels + y * size.width();
            System.arraycopy(sampleLine, 0, resized, at, size.width());
          }
        });
    return resized;
  }

  /**
   * Puts samples of one channel into a model's input, rescaled and normalised as ever.
   *
   * @param samples0to255 such as {@link #resized} gives
   * @param from the first of them, {@code columns} in all
   * @param nchw gets their values
   * @param at index of the first there
   */
  public void pixelValues(
      byte[] samples0to255, int from, int columns, int channel, FloatBuffer nchw, int at) {
    makeRoom(columns);
    for (int x = 0; x < columns; x++) {
      valueLine[x] = values[channel][AxisPass.ZERO_LEVEL + (samples0to255[from + x] & 0xFF)];
    }
    nchw.put(at, valueLine, 0, columns);
  }

  private void makeRoom(int columns) {
    if (valueLine.length < columns) {
      valueLine = new float[columns];
      sampleLine = new byte[columns];
      black = new int[columns];
      Arrays.fill(black, AxisPass.ZERO_LEVEL);
    }
  }

  /**
   * Where a picture goes in the model's input.
   *
   * @param resized the size it is resampled to
   * @param window what of that is seen
   * @param left black columns before it
   * @param top black rows before it
   */
  private record Part(Size resized, Size output, Resampler.Window window, int left, int top) {
    int length() {
      return CHANNELS * output.width() * output.height();
    }
  }

  private Part part(int width, int height, int room) {
    Size resized = config.resize().target(width, height);
    Size crop = config.crop() == null ? resized : config.crop();
    CentreCrop across = CentreCrop.of(resized.width(), crop.width(), config.backend());
    CentreCrop down = CentreCrop.of(resized.height(), crop.height(), config.backend());
    Size output = new Size(across.length(), down.length());
    int pixels = Math.multiplyExact(output.width(), output.height());
    if (room < (long) CHANNELS * pixels) {
      throw new BufferOverflowException();
    }
    Resampler.Window window =
        new Resampler.Window(
            across.from(),
            down.from(),
            Math.min(resized.width(), output.width() - across.pad()),
            Math.min(resized.height(), output.height() - down.pad()));
    return new Part(resized, output, window, across.pad(), down.pad());
  }

  private void begin(Part part, Lines lines) {
    makeRoom(part.output.width());
    if (part.window.width() < part.output.width() || part.window.height() < part.output.height()) {
      blacken(part.output, lines);
    }
  }

  private Optional<Bands> bands(int width, int height, Part part, Lines lines) {
    if (!resampler.takesBands(width, height, part.resized)) {
      return Optional.empty();
    }
    begin(part, lines);
    return Optional.of(
        resampler.bands(width, height, part.resized, part.window, rows(part, lines)));
  }

  private static Resampler.Rows rows(Part part, Lines lines) {
    int pixels = part.output.width() * part.output.height();
    return (y, levels) -> {
      int row = (part.top + y) * part.output.width() + part.left;
      for (int channel = 0; channel < CHANNELS; channel++) {
        lines.line(row + channel * pixels, channel, levels[channel], part.window.width());
      }
    };
  }

  private static void look(int[] levels, float[] table, float[] line, int columns) {
    for (int x = 0; x < columns; x++) {
      line[x] = table[levels[x]];
    }
  }

  private static void look(int[] levels, byte[] table, byte[] line, int columns) {
    for (int x = 0; x < columns; x++) {
      line[x] = table[levels[x]];
    }
  }

  private void blacken(Size output, Lines lines) {
    int row = 0;
    for (int channel = 0; channel < CHANNELS; channel++) {
      for (int y = 0; y < output.height(); y++, row += output.width()) {
        lines.line(row, channel, black, output.width());
      }
    }
  }
}
