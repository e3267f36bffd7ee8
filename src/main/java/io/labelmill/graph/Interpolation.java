package io.labelmill.graph;

/**
 * Matrices that make values along an axis of others: [to, from], row-major. Summed in double, as
 * PyTorch's kernels are close to.
 */
final class Interpolation {
  private Interpolation() {}

  /**
   * Bilinear enlargement or reduction without antialiasing, the centres of the outermost points
   * lying inside: {@code interpolate} of PyTorch with {@code align_corners=False}.
   */
  static float[] bilinear(int from, int to) {
    float[] matrix = new float[to * from];
    for (int i = 0; i < to; i++) {
      double place = Math.max((i + 0.5) * from / to - 0.5, 0);
      int low = Math.min((int) place, from - 1);
      int high = Math.min(low + 1, from - 1);
      double share = place - low;
      matrix[i * from + low] += (float) (1 - share);
      matrix[i * from + high] += (float) share;
    }
    return matrix;
  }

  /** Means of windows that may overlap: {@code AdaptiveAvgPool2d} of PyTorch. */
  static float[] means(int from, int to) {
    float[] matrix = new float[to * from];
    for (int i = 0; i < to; i++) {
      int start = i * from / to;
      int end = ((i + 1) * from + to - 1) / to;
      for (int j = start; j < end; j++) {
        matrix[i * from + j] = 1f / (end - start);
      }
    }
    return matrix;
  }

  /**
   * What a tap of a convolution of three finds of an enlarged axis: enlarged, shifted by one less
   * than the tap's number, and 0 outside. [to, 3 from], the taps one beside the other.
   */
  static float[] shifted(int from, int to) {
    float[] enlarged = bilinear(from, to);
    float[] matrix = new float[to * 3 * from];
    for (int tap = 0; tap < 3; tap++) {
      for (int i = 0; i < to; i++) {
        int source = i + tap - 1;
        if (source >= 0 && source < to) {
          System.arraycopy(enlarged, source * from, matrix, (i * 3 + tap) * from, from);
        }
      }
    }
    return matrix;
  }
}
