package io.labelmill.preprocess;

import java.util.Arrays;

/**
 * Which source pixels make each target pixel along one axis, and with which fixed-point weights.
 *
 * <p>Target pixel {@code i} is the sum over {@code j < count[i]} of source pixel {@code first[i] +
 * j} times {@code weights[i * stride + j]}, rounded at {@value #PRECISION_BITS} bits. With Pillow
 * weights have these bits ({@code precompute_coeffs} and {@code normalize_coeffs_8bpc} of its
 * {@code Resample.c}). With torchvision an axis has as many as its largest weight leaves in 16 bits
 * ({@code compute_indices_int16_weights_aa} of PyTorch's {@code UpSampleKernel.cpp}); with zeros
 * behind them the sums, and their rounding, are the same.
 *
 * @param first by target pixel: its first source pixel
 * @param count by target pixel: how many source pixels it takes
 * @param weights by target pixel, {@code stride} apart
 * @param stride the largest count there can be
 */
// Read in inner loops, never compared.
@SuppressWarnings("ArrayRecordComponent")
record AxisWeights(
    int sourceSize, int targetSize, int[] first, int[] count, int[] weights, int stride) {
  /** 32 bits less 8 of the samples, less 2 for filters with negative lobes. */
  static final int PRECISION_BITS = 32 - 8 - 2;

  /**
   * @param backend whose rounding weights get
   */
  static AxisWeights of(Resampling filter, ResizeBackend backend, int sourceSize, int targetSize) {
    if (sourceSize == targetSize) {
      return identity(sourceSize);
    }
    Kernel kernel = new Kernel(filter, sourceSize, targetSize);
    int precision =
        backend == ResizeBackend.TORCHVISION ? precisionIn16Bits(kernel) : PRECISION_BITS;
    int stride = kernel.normalised.length;
    int[] first = new int[targetSize];
    int[] count = new int[targetSize];
    int[] weights = new int[Math.multiplyExact(targetSize, stride)];
    for (int i = 0; i < targetSize; i++) {
      kernel.moveTo(i);
      first[i] = kernel.first;
      count[i] = kernel.count;
      for (int j = 0; j < kernel.count; j++) {
        double fixed = kernel.normalised[j] * (1 << precision);
        int rounded = (int) (fixed < 0 ? fixed - 0.5 : fixed + 0.5);
        weights[i * stride + j] = rounded << (PRECISION_BITS - precision);
      }
    }
    return new AxisWeights(sourceSize, targetSize, first, count, weights, stride);
  }

  /** An axis that stays as long as it is is left alone, whatever the filter would do to it. */
  private static AxisWeights identity(int size) {
    int[] first = new int[size];
    int[] count = new int[size];
    int[] weights = new int[size];
    Arrays.setAll(first, i -> i);
    Arrays.fill(count, 1);
    Arrays.fill(weights, 1 << PRECISION_BITS);
    return new AxisWeights(size, size, first, count, weights, 1);
  }

  private static int precisionIn16Bits(Kernel kernel) {
    double largest = 0;
    for (int i = 0; i < kernel.targetSize; i++) {
      kernel.moveTo(i);
      for (int j = 0; j < kernel.count; j++) {
        largest = Math.max(largest, kernel.normalised[j]);
      }
    }
    int precision = 0;
    while (precision < PRECISION_BITS
        && (int) (0.5 + largest * (1 << (precision + 1))) <= Short.MAX_VALUE) {
      precision++;
    }
    return precision;
  }

  /** The filter at one target pixel after the other, in double precision. */
  private static final class Kernel {
    private final Resampling filter;
    private final int sourceSize;
    private final int targetSize;
    private final double scale;
    private final double filterScale;
    private final double support;

    /** The weights; they sum up to 1. */
    private final double[] normalised;

    private int first;
    private int count;

    Kernel(Resampling filter, int sourceSize, int targetSize) {
      this.filter = filter;
      this.sourceSize = sourceSize;
      this.targetSize = targetSize;
      scale = (double) sourceSize / targetSize;
      filterScale = Math.max(scale, 1);
      support = filter.support() * filterScale;
      normalised = new double[(int) Math.ceil(support) * 2 + 1];
    }

    void moveTo(int target) {
      double centre = (target + 0.5) * scale;
      first = Math.max((int) (centre - support + 0.5), 0);
      count = Math.min((int) (centre + support + 0.5), sourceSize) - first;
      double inverse = 1 / filterScale;
      double sum = 0;
      for (int j = 0; j < count; j++) {
        normalised[j] = filter.weight((j + first - centre + 0.5) * inverse);
        sum += normalised[j];
      }
      for (int j = 0; j < count && sum != 0; j++) {
        normalised[j] /= sum;
      }
    }
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
