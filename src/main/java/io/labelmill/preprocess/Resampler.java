package io.labelmill.preprocess;

import io.labelmill.decode.RgbImage;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Resizes RGB pictures as Pillow's {@code Image.resize} does, bit for bit, and hands out the rows.
 *
 * <p>Two passes of fixed-point sums, horizontal then vertical, each rounded and clipped to 8 bits.
 * Only the rows and columns of the window asked for are made. The picture goes through both passes
 * in blocks of {@value #BLOCK_ROWS} rows, column by column in the first, so that all arithmetic
 * runs along lines.
 *
 * <p>Not thread-safe: it keeps a block, the source lines that one target line takes, and the last
 * weights.
 */
final class Resampler {
  /** More rows make longer lines, until a block leaves the second-level cache. */
  private static final int BLOCK_ROWS = 384;

  /** Columns that are read and written together, as they lie together in rows. */
  private static final int COLUMNS = 4;

  private static final int CHANNELS = RgbImage.CHANNELS;

  private static final VarHandle INT_OF_BYTES =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final AxisPass acrossPass = new AxisPass();
  private final AxisPass downPass = new AxisPass();
  private AxisWeights across;
  private AxisWeights down;
  private final int[][] columns = new int[COLUMNS][BLOCK_ROWS];
  private final int[][] block = new int[BLOCK_ROWS][];
  private int[][] nearest = new int[CHANNELS][0];

  /** A part of the resized picture, in its pixels; inside it. */
  record Window(int left, int top, int width, int height) {}

  /** Takes rows of the resized picture. */
  interface Rows {
    /**
     * @param y counted from the window's top
     * @param levels by channel, as {@link AxisPass} describes them; valid during the call
     */
    void row(int y, int[][] levels);
  }

  /** Resamples to {@code size} and hands out the rows of {@code window}, from the top. */
  void resize(RgbImage image, Size size, Resampling filter, Window window, Rows rows) {
    if (filter == Resampling.NEAREST) {
      nearest(image, size, window, rows);
      return;
    }
    boolean wide = size.width() != image.width();
    if (wide) {
      across = weights(across, filter, image.width(), size.width());
    }
    down = weights(down, filter, image.height(), size.height());
    downPass.begin(down, window.top(), window.height(), window.width(), BLOCK_ROWS);
    int y = 0;
    int end = downPass.endSource();
    for (int row = downPass.firstSource(); row < end; row += BLOCK_ROWS) {
      int count = Math.min(BLOCK_ROWS, end - row);
      for (int i = 0; i < count; i++) {
        block[i] = downPass.source(row + i);
      }
      if (wide) {
        horizontalPass(image, row, count, window);
      } else {
        copy(image, row, count, window);
      }
      while (y < window.height() && down.end(window.top() + y) <= row + count) {
        rows.row(y, downPass.levels(window.top() + y));
        y++;
      }
    }
  }

  /** Makes {@code count} rows of the window's columns into the block. */
  private void horizontalPass(RgbImage image, int row, int count, Window window) {
    acrossPass.begin(across, window.left(), window.width(), count, COLUMNS - 1);
    int read = acrossPass.firstSource();
    for (int x = 0; x < window.width(); x++) {
      int target = window.left() + x;
      for (; read < across.end(target); read += COLUMNS) {
        readColumns(image, row, count, read);
      }
      int column = x % COLUMNS;
      acrossPass.levels(target);
      acrossPass.clip(columns[column]);
      if (column == COLUMNS - 1 || x == window.width() - 1) {
        writeColumns(count, x - column);
      }
    }
  }

  private void readColumns(RgbImage image, int row, int count, int x) {
    if (x + COLUMNS > image.width()) {
      for (int last = x; last < image.width(); last++) {
        int[] column = acrossPass.source(last);
        for (int y = 0; y < count; y++) {
          column[y] = pixel(image, last, row + y);
        }
      }
      return;
    }
    byte[] rgb = image.rgb();
    int[] a = acrossPass.source(x);
    int[] b = acrossPass.source(x + 1);
    int[] c = acrossPass.source(x + 2);
    int[] d = acrossPass.source(x + 3);
    int rowBytes = image.width() * CHANNELS;
    int from = row * rowBytes + x * CHANNELS;
    for (int y = 0; y < count; y++, from += rowBytes) {
      a[y] = (int) INT_OF_BYTES.get(rgb, from);
      b[y] = (int) INT_OF_BYTES.get(rgb, from + 3);
      c[y] = (int) INT_OF_BYTES.get(rgb, from + 6);
      // From one byte earlier: behind the picture's last pixel the array may end.
      d[y] = (int) INT_OF_BYTES.get(rgb, from + 8) >>> Byte.SIZE;
    }
  }

  /** Writes some columns of the window into the block; those behind its last one don't matter. */
  private void writeColumns(int count, int x) {
    int[] a = columns[0];
    int[] b = columns[1];
    int[] c = columns[2];
    int[] d = columns[3];
    for (int y = 0; y < count; y++) {
      int[] pixels = block[y];
      pixels[x] = a[y];
      pixels[x + 1] = b[y];
      pixels[x + 2] = c[y];
      pixels[x + 3] = d[y];
    }
  }

  private void copy(RgbImage image, int row, int count, Window window) {
    for (int y = 0; y < count; y++) {
      int[] pixels = block[y];
      for (int x = 0; x < window.width(); x++) {
        pixels[x] = pixel(image, window.left() + x, row + y);
      }
    }
  }

  private static int pixel(RgbImage image, int x, int y) {
    byte[] rgb = image.rgb();
    int at = (y * image.width() + x) * CHANNELS;
    return (rgb[at] & 0xFF) | (rgb[at + 1] & 0xFF) << 8 | (rgb[at + 2] & 0xFF) << 16;
  }

  /** Pillow's {@code ImagingScaleAffine}: positions are summed up, not multiplied. */
  private void nearest(RgbImage image, Size size, Window window, Rows rows) {
    int[] pixels = nearestPixels(image.width(), size.width());
    int[] lines = nearestPixels(image.height(), size.height());
    if (nearest[0].length < window.width()) {
      nearest = new int[CHANNELS][window.width()];
    }
    for (int y = 0; y < window.height(); y++) {
      int row = lines[window.top() + y] * image.width();
      for (int x = 0; x < window.width(); x++) {
        int from = (row + pixels[window.left() + x]) * CHANNELS;
        for (int channel = 0; channel < CHANNELS; channel++) {
          nearest[channel][x] = AxisPass.ZERO_LEVEL + (image.rgb()[from + channel] & 0xFF);
        }
      }
      rows.row(y, nearest);
    }
  }

  private static int[] nearestPixels(int sourceSize, int targetSize) {
    double scale = (double) sourceSize / targetSize;
    double position = scale * 0.5;
    int[] pixels = new int[targetSize];
    for (int i = 0; i < targetSize; i++) {
      pixels[i] = Math.min((int) position, sourceSize - 1);
      position += scale;
    }
    return pixels;
  }

  private static AxisWeights weights(AxisWeights last, Resampling filter, int source, int target) {
    return last != null
            && last.filter() == filter
            && last.sourceSize() == source
            && last.targetSize() == target
        ? last
        : AxisWeights.of(filter, source, target);
  }
}
