package io.labelmill.preprocess;

import io.labelmill.decode.RgbImage;

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
  private static final int BLOCK_ROWS = 384;

  private static final int CHANNELS = RgbImage.CHANNELS;

  private final AxisPass acrossPass = new AxisPass();
  private final AxisPass downPass = new AxisPass();
  private AxisWeights across;
  private AxisWeights down;
  private final int[][] group = new int[AxisPass.GROUP][0];
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
      growGroup(width);
      for (int y = 0; y < count; y += AxisPass.GROUP) {
        int lines = Math.min(AxisPass.GROUP, count - y);
        for (int i = 0; i < lines; i++) {
          System.arraycopy(block, (y + i) * width, group[i], 0, width);
        }
        if (high) {
          downPass.add(row + y, lines, group, rows);
        } else {
          for (int i = 0; i < lines; i++) {
            rows.line(row + y + i - window.top(), group[i]);
          }
        }
      }
    }
  }

  private void growGroup(int length) {
    for (int i = 0; i < group.length; i++) {
      group[i] = atLeast(group[i], length);
    }
  }

  /** Makes {@code count} rows of the window's columns into {@link #block}. */
  private void horizontalPass(RgbImage image, int row, int count, Window window) {
    int length = count * CHANNELS;
    int width = window.width() * CHANNELS;
    growGroup(length);
    acrossPass.begin(across, window.left(), window.width(), length);
    int end = acrossPass.endSource();
    int rowBytes = image.width() * CHANNELS;
    for (int x = acrossPass.firstSource(); x < end; x += AxisPass.GROUP) {
      int columns = Math.min(AxisPass.GROUP, end - x);
      int start = row * rowBytes + x * CHANNELS;
      if (columns == AxisPass.GROUP) {
        readFour(image.rgb(), start, rowBytes, length);
      } else {
        for (int i = 0; i < columns; i++) {
          readOne(image.rgb(), start + i * CHANNELS, rowBytes, length, group[i]);
        }
      }
      acrossPass.add(
          x,
          columns,
          group,
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
  private void readFour(byte[] rgb, int start, int rowBytes, int length) {
    int[] a = group[0];
    int[] b = group[1];
    int[] c = group[2];
    int[] d = group[3];
    for (int i = 0, from = start; i < length; i += CHANNELS, from += rowBytes) {
      a[i] = rgb[from] & 0xFF;
      a[i + 1] = rgb[from + 1] & 0xFF;
      a[i + 2] = rgb[from + 2] & 0xFF;
      b[i] = rgb[from + 3] & 0xFF;
      b[i + 1] = rgb[from + 4] & 0xFF;
      b[i + 2] = rgb[from + 5] & 0xFF;
      c[i] = rgb[from + 6] & 0xFF;
      c[i + 1] = rgb[from + 7] & 0xFF;
      c[i + 2] = rgb[from + 8] & 0xFF;
      d[i] = rgb[from + 9] & 0xFF;
      d[i + 1] = rgb[from + 10] & 0xFF;
      d[i + 2] = rgb[from + 11] & 0xFF;
    }
  }

  private static void readOne(byte[] rgb, int start, int rowBytes, int length, int[] column) {
    for (int i = 0, from = start; i < length; i += CHANNELS, from += rowBytes) {
      column[i] = rgb[from] & 0xFF;
      column[i + 1] = rgb[from + 1] & 0xFF;
      column[i + 2] = rgb[from + 2] & 0xFF;
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
