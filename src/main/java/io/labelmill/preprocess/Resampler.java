package io.labelmill.preprocess;

import io.labelmill.decode.RgbImage;
import java.util.Arrays;

/**
 * Resizes RGB pictures as Pillow's {@code Image.resize} does, bit for bit.
 *
 * <p>Two passes of fixed-point sums, horizontal then vertical, each rounded and clipped to 8 bits;
 * a pass that would change nothing is left out. Only the rows and columns of the window asked for
 * are made. Not thread-safe: it keeps one pass buffer, the target and the last weights.
 */
final class Resampler {
  private static final int CHANNELS = RgbImage.CHANNELS;
  private static final int HALF = 1 << (AxisWeights.PRECISION_BITS - 1);

  private byte[] pass = new byte[0];
  private byte[] target = new byte[0];
  private int[] sums = new int[0];
  private AxisWeights horizontal;
  private AxisWeights vertical;

  /** A part of the resized picture, in its pixels; inside it. */
  record Window(int left, int top, int width, int height) {}

  /**
   * Resamples to {@code size} and keeps {@code window} of it.
   *
   * @return rows of the window, 3 bytes a pixel; may be longer than the window and may be the
   *     picture's own array; valid until the next call
   */
  byte[] resize(RgbImage image, Size size, Resampling filter, Window window) {
    if (filter == Resampling.NEAREST) {
      return nearest(image, size, window);
    }
    boolean wide = size.width() != image.width();
    boolean high = size.height() != image.height();
    if (!wide && !high) {
      return copied(image, window);
    }
    if (wide) {
      horizontal = weights(horizontal, filter, image.width(), size.width());
    }
    if (high) {
      vertical = weights(vertical, filter, image.height(), size.height());
    }
    if (!high) {
      target = atLeast(target, window.width() * window.height() * CHANNELS);
      horizontalPass(image, window.top(), window.height(), window, target);
      return target;
    }
    if (!wide) {
      verticalPass(image.rgb(), image.width() * CHANNELS, window.left() * CHANNELS, 0, window);
      return target;
    }
    int firstRow = vertical.first()[window.top()];
    int last = window.top() + window.height() - 1;
    int rows = vertical.first()[last] + vertical.count()[last] - firstRow;
    pass = atLeast(pass, Math.multiplyExact(rows, window.width() * CHANNELS));
    horizontalPass(image, firstRow, rows, window, pass);
    verticalPass(pass, window.width() * CHANNELS, 0, firstRow, window);
    return target;
  }

  private void horizontalPass(RgbImage image, int firstRow, int rows, Window window, byte[] into) {
    byte[] rgb = image.rgb();
    int[] first = horizontal.first();
    int[] count = horizontal.count();
    int[] weights = horizontal.weights();
    int to = 0;
    for (int y = firstRow; y < firstRow + rows; y++) {
      int row = y * image.width() * CHANNELS;
      for (int x = window.left(); x < window.left() + window.width(); x++) {
        int red = HALF;
        int green = HALF;
        int blue = HALF;
        int from = row + first[x] * CHANNELS;
        int start = x * horizontal.stride();
        for (int k = start; k < start + count[x]; k++) {
          int weight = weights[k];
          red += (rgb[from] & 0xFF) * weight;
          green += (rgb[from + 1] & 0xFF) * weight;
          blue += (rgb[from + 2] & 0xFF) * weight;
          from += CHANNELS;
        }
        into[to] = clip(red);
        into[to + 1] = clip(green);
        into[to + 2] = clip(blue);
        to += CHANNELS;
      }
    }
  }

  private void verticalPass(
      byte[] source, int rowBytes, int leftBytes, int firstRow, Window window) {
    int width = window.width() * CHANNELS;
    target = atLeast(target, width * window.height());
    if (sums.length < width) {
      sums = new int[width];
    }
    for (int y = 0; y < window.height(); y++) {
      int line = window.top() + y;
      Arrays.fill(sums, 0, width, HALF);
      for (int j = 0; j < vertical.count()[line]; j++) {
        int weight = vertical.weights()[line * vertical.stride() + j];
        int from = (vertical.first()[line] + j - firstRow) * rowBytes + leftBytes;
        for (int x = 0; x < width; x++) {
          sums[x] += (source[from + x] & 0xFF) * weight;
        }
      }
      int to = y * width;
      for (int x = 0; x < width; x++) {
        target[to + x] = clip(sums[x]);
      }
    }
  }

  /** Pillow's {@code ImagingScaleAffine}: positions are summed up, not multiplied. */
  private byte[] nearest(RgbImage image, Size size, Window window) {
    int[] columns = nearestPixels(image.width(), size.width());
    int[] rows = nearestPixels(image.height(), size.height());
    target = atLeast(target, window.width() * window.height() * CHANNELS);
    int to = 0;
    for (int y = window.top(); y < window.top() + window.height(); y++) {
      int row = rows[y] * image.width();
      for (int x = window.left(); x < window.left() + window.width(); x++) {
        int from = (row + columns[x]) * CHANNELS;
        target[to++] = image.rgb()[from];
        target[to++] = image.rgb()[from + 1];
        target[to++] = image.rgb()[from + 2];
      }
    }
    return target;
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

  private byte[] copied(RgbImage image, Window window) {
    if (window.width() == image.width() && window.height() == image.height()) {
      return image.rgb();
    }
    int width = window.width() * CHANNELS;
    target = atLeast(target, width * window.height());
    for (int y = 0; y < window.height(); y++) {
      int from = ((window.top() + y) * image.width() + window.left()) * CHANNELS;
      System.arraycopy(image.rgb(), from, target, y * width, width);
    }
    return target;
  }

  private static AxisWeights weights(AxisWeights last, Resampling filter, int source, int target) {
    return last != null
            && last.filter() == filter
            && last.sourceSize() == source
            && last.targetSize() == target
        ? last
        : AxisWeights.of(filter, source, target);
  }

  private static byte[] atLeast(byte[] buffer, int length) {
    return buffer.length < length ? new byte[length] : buffer;
  }

  private static byte clip(int sum) {
    int value = sum >> AxisWeights.PRECISION_BITS;
    return (byte) (value < 0 ? 0 : Math.min(value, 255));
  }
}
