package io.labelmill.preprocess;

import io.labelmill.decode.RgbImage;
import java.util.Arrays;

/**
 * Resizes RGB pictures as Pillow's {@code Image.resize} does, bit for bit, and hands out the rows.
 *
 * <p>Two passes of fixed-point sums, horizontal then vertical, each rounded and clipped to 8 bits;
 * a pass that would change nothing is left out. Only the rows and columns of the window asked for
 * are made. The picture goes through both passes in blocks of {@value #BLOCK_ROWS} rows, column by
 * column in the first, so that all arithmetic runs over long lines.
 *
 * <p>Not thread-safe: it keeps one block and the last weights.
 */
final class Resampler {
  /** More rows make longer lines, until a block leaves the second-level cache. */
  private static final int BLOCK_ROWS = 256;

  private static final int CHANNELS = RgbImage.CHANNELS;

  private final AxisPass acrossPass = new AxisPass();
  private final AxisPass downPass = new AxisPass();
  private AxisWeights across;
  private AxisWeights down;
  private int[] columns = new int[0];
  private int[] block = new int[0];

  /** A part of the resized picture, in its pixels; inside it. */
  record Window(int left, int top, int width, int height) {}

  /** Resamples to {@code size} and hands out the rows of {@code window}, from the top. */
  void resize(RgbImage image, Size size, Resampling filter, Window window, AxisPass.Lines rows) {
    boolean wide = size.width() != image.width();
    boolean high = size.height() != image.height();
    if (filter == Resampling.NEAREST && (wide || high)) {
      nearest(image, size, window, rows);
      return;
    }
    int width = window.width() * CHANNELS;
    int row = window.top();
    int end = window.top() + window.height();
    if (wide) {
      across = weights(across, filter, image.width(), size.width());
    }
    if (high) {
      down = weights(down, filter, image.height(), size.height());
      downPass.begin(down, window.top(), window.height(), width);
      row = downPass.firstSource();
      end = downPass.endSource();
    }
    for (; row < end; row += BLOCK_ROWS) {
      int count = Math.min(BLOCK_ROWS, end - row);
      block = atLeast(block, count * width);
      if (wide) {
        horizontalPass(image, row, count, window);
      } else {
        copy(image, row, count, window);
      }
      int together = high ? AxisPass.TOGETHER : 1;
      for (int y = 0; y < count; y += together) {
        if (high) {
          int lines = Math.min(together, count - y);
          downPass.add(row + y, lines, block, y * width, width, rows);
        } else {
          rows.line(row + y - window.top(), Arrays.copyOfRange(block, y * width, (y + 1) * width));
        }
      }
    }
  }

  /** Makes {@code count} rows of the window's columns into {@link #block}. */
  private void horizontalPass(RgbImage image, int row, int count, Window window) {
    int length = count * CHANNELS;
    int width = window.width() * CHANNELS;
    columns = atLeast(columns, AxisPass.TOGETHER * length);
    acrossPass.begin(across, window.left(), window.width(), length);
    int end = acrossPass.endSource();
    for (int x = acrossPass.firstSource(); x < end; x += AxisPass.TOGETHER) {
      int together = Math.min(AxisPass.TOGETHER, end - x);
      int from = (row * image.width() + x) * CHANNELS;
      if (together == AxisPass.TOGETHER) {
        readFour(image.rgb(), from, image.width() * CHANNELS, count);
      } else {
        for (int i = 0; i < together; i++) {
          readOne(image.rgb(), from + i * CHANNELS, image.width() * CHANNELS, count, i * length);
        }
      }
      acrossPass.add(
          x,
          together,
          columns,
          0,
          length,
          (column, samples) -> {
            int to = column * CHANNELS;
            for (int i = 0; i < length; i += CHANNELS, to += width) {
              block[to] = samples[i];
              block[to + 1] = samples[i + 1];
              block[to + 2] = samples[i + 2];
            }
          });
    }
  }

  /** Four columns at once: a row's twelve bytes lie together. */
  private void readFour(byte[] rgb, int start, int rowBytes, int count) {
    int[] to = columns;
    int second = count * CHANNELS;
    int third = 2 * second;
    int fourth = 3 * second;
    for (int y = 0, i = 0, from = start; y < count; y++, i += CHANNELS, from += rowBytes) {
      to[i] = rgb[from] & 0xFF;
      to[i + 1] = rgb[from + 1] & 0xFF;
      to[i + 2] = rgb[from + 2] & 0xFF;
      to[second + i] = rgb[from + 3] & 0xFF;
      to[second + i + 1] = rgb[from + 4] & 0xFF;
      to[second + i + 2] = rgb[from + 5] & 0xFF;
      to[third + i] = rgb[from + 6] & 0xFF;
      to[third + i + 1] = rgb[from + 7] & 0xFF;
      to[third + i + 2] = rgb[from + 8] & 0xFF;
      to[fourth + i] = rgb[from + 9] & 0xFF;
      to[fourth + i + 1] = rgb[from + 10] & 0xFF;
      to[fourth + i + 2] = rgb[from + 11] & 0xFF;
    }
  }

  private void readOne(byte[] rgb, int start, int rowBytes, int count, int offset) {
    int from = start;
    for (int i = offset; i < offset + count * CHANNELS; i += CHANNELS, from += rowBytes) {
      columns[i] = rgb[from] & 0xFF;
      columns[i + 1] = rgb[from + 1] & 0xFF;
      columns[i + 2] = rgb[from + 2] & 0xFF;
    }
  }

  private void copy(RgbImage image, int row, int count, Window window) {
    int width = window.width() * CHANNELS;
    for (int y = 0; y < count; y++) {
      int from = ((row + y) * image.width() + window.left()) * CHANNELS;
      int to = y * width;
      for (int i = 0; i < width; i++) {
        block[to + i] = image.rgb()[from + i] & 0xFF;
      }
    }
  }

  /** Pillow's {@code ImagingScaleAffine}: positions are summed up, not multiplied. */
  private void nearest(RgbImage image, Size size, Window window, AxisPass.Lines rows) {
    int[] pixels = nearestPixels(image.width(), size.width());
    int[] lines = nearestPixels(image.height(), size.height());
    block = atLeast(block, window.width() * CHANNELS);
    for (int y = 0; y < window.height(); y++) {
      int row = lines[window.top() + y] * image.width();
      for (int x = 0, to = 0; x < window.width(); x++, to += CHANNELS) {
        int from = (row + pixels[window.left() + x]) * CHANNELS;
        block[to] = image.rgb()[from] & 0xFF;
        block[to + 1] = image.rgb()[from + 1] & 0xFF;
        block[to + 2] = image.rgb()[from + 2] & 0xFF;
      }
      rows.line(y, block);
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

  private static int[] atLeast(int[] buffer, int length) {
    return buffer.length < length ? new int[length] : buffer;
  }
}
