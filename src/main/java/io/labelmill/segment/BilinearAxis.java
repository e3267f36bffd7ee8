package io.labelmill.segment;

/**
 * Between which two points of one axis each target pixel lies, and how near to each, as PyTorch's
 * {@code interpolate(mode="bilinear", align_corners=False)} has it: {@code src = max((dst + 0.5) *
 * in / out - 0.5, 0)} in single precision.
 */
@SuppressWarnings("ArrayRecordComponent") // tables, never compared
record BilinearAxis(int[] first, int[] second, float[] nearFirst, float[] nearSecond) {
  static BilinearAxis of(int points, int pixels) {
    int[] first = new int[pixels];
    int[] second = new int[pixels];
    float[] nearFirst = new float[pixels];
    float[] nearSecond = new float[pixels];
    float scale = (float) points / (float) pixels;
    for (int i = 0; i < pixels; i++) {
      float source = Math.max(scale * (i + 0.5f) - 0.5f, 0);
      first[i] = Math.min((int) source, points - 1);
      second[i] = Math.min(first[i] + 1, points - 1);
      nearSecond[i] = Math.min(Math.max(source - first[i], 0), 1);
      nearFirst[i] = 1 - nearSecond[i];
    }
    return new BilinearAxis(first, second, nearFirst, nearSecond);
  }

  /**
   * The value at a pixel. One rounding of a product and a sum: PyTorch's kernels for AVX2 and
   * AVX-512 are compiled so.
   */
  float between(int pixel, float atFirst, float atSecond) {
    return Math.fma(atFirst, nearFirst[pixel], atSecond * nearSecond[pixel]);
  }
}
