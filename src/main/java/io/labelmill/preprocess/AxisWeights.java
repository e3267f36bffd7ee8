package io.labelmill.preprocess;

/**
 * Which source pixels make each target pixel along one axis, and with which fixed-point weights.
 *
 * <p>Target pixel {@code i} is the sum over {@code j < count[i]} of source pixel {@code first[i] +
 * j} times {@code weights[i * stride + j]}, rounded at {@value #PRECISION_BITS} bits: {@code
 * precompute_coeffs} and {@code normalize_coeffs_8bpc} of Pillow's {@code Resample.c}.
 *
 * @param first by target pixel: its first source pixel
 * @param count by target pixel: how many source pixels it takes
 * @param weights by target pixel, {@code stride} apart
 * @param stride the largest count there can be
 */
// Read in inner loops, never compared.
@SuppressWarnings("ArrayRecordComponent")
record AxisWeights(
    Resampling filter,
    int sourceSize,
    int targetSize,
    int[] first,
    int[] count,
    int[] weights,
    int stride) {
  /** 32 bits less 8 of the samples, less 2 for filters with negative lobes. */
  static final int PRECISION_BITS = 32 - 8 - 2;

  static AxisWeights of(Resampling filter, int sourceSize, int targetSize) {
    double scale = (double) sourceSize / targetSize;
    double filterScale = Math.max(scale, 1);
    double support = filter.support() * filterScale;
    int stride = (int) Math.ceil(support) * 2 + 1;
    int[] first = new int[targetSize];
    int[] count = new int[targetSize];
    int[] weights = new int[Math.multiplyExact(targetSize, stride)];
    double[] exact = new double[stride];
    for (int i = 0; i < targetSize; i++) {
      double centre = (i + 0.5) * scale;
      int from = Math.max((int) (centre - support + 0.5), 0);
      int taps = Math.min((int) (centre + support + 0.5), sourceSize) - from;
      double inverse = 1 / filterScale;
      double sum = 0;
      for (int j = 0; j < taps; j++) {
        exact[j] = filter.weight((j + from - centre + 0.5) * inverse);
        sum += exact[j];
      }
      for (int j = 0; j < taps; j++) {
        double weight = sum == 0 ? exact[j] : exact[j] / sum;
        double fixed = weight * (1 << PRECISION_BITS);
        weights[i * stride + j] = (int) (weight < 0 ? fixed - 0.5 : fixed + 0.5);
      }
      first[i] = from;
      count[i] = taps;
    }
    return new AxisWeights(filter, sourceSize, targetSize, first, count, weights, stride);
  }

  /** Behind the last source pixel of a target pixel. */
  int end(int target) {
    return first[target] + count[target];
  }

  int weight(int target, int tap) {
    return weights[target * stride + tap];
  }

  /** The most source pixels that one of {@code length} target pixels takes. */
  int mostTaps(int from, int length) {
    int most = 0;
    for (int i = from; i < from + length; i++) {
      most = Math.max(most, count[i]);
    }
    return most;
  }
}
