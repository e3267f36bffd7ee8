package io.labelmill.decode;

import java.util.Arrays;

/** One plane of samples of whole macroblocks, with margins to predict from. */
final class Vp8Plane {
  /** What stands for pixels left of and above the picture. */
  private static final byte LEFT_OF_PICTURE = (byte) 129;

  private static final byte ABOVE_PICTURE = 127;

  /** Room on the left of each row and, for prediction from above right, on its right. */
  private static final int MARGIN = 8;

  final int stride;
  final int origin;
  final byte[] samples;

  static long bytes(int width, int height) {
    return (width + 2L * MARGIN) * (height + 1L);
  }

  Vp8Plane(int width, int height) {
    stride = width + 2 * MARGIN;
    origin = stride + MARGIN;
    samples = new byte[Math.multiplyExact(stride, height + 1)];
    Arrays.fill(samples, 0, stride, ABOVE_PICTURE);
    for (int y = 0; y < height; y++) {
      samples[origin + y * stride - 1] = LEFT_OF_PICTURE;
    }
  }
}
