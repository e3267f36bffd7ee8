package io.labelmill.preprocess;

import java.util.Arrays;

/**
 * One pass of resampling: source lines come in one after the other, target lines go out as soon as
 * they are complete. A line is a row of the picture in the vertical pass and a column of it in the
 * horizontal one.
 *
 * <p>Every source line is added to all target lines that it is part of, so only those are held. All
 * loops run over ints without branches, which the just-in-time compiler turns into vector code.
 */
final class AxisPass {
  /** How many source lines may come at once. */
  static final int TOGETHER = 4;

  private static final int HALF = 1 << (AxisWeights.PRECISION_BITS - 1);

  /** Takes complete target lines. */
  interface Lines {
    /**
     * @param line counted from the first one asked for
     * @param samples 0 to 255; valid during the call
     */
    void line(int line, int[] samples);
  }

  private AxisWeights weights;
  private int[][] sums = new int[0][];
  private int from;
  private int end;
  private int length;
  private int begun;
  private int next;

  /**
   * Starts over.
   *
   * @param top the first target line wanted
   * @param count how many are wanted
   * @param lineLength samples in a line
   */
  void begin(AxisWeights axis, int top, int count, int lineLength) {
    weights = axis;
    from = top;
    end = top + count;
    length = lineLength;
    begun = top;
    next = top;
    int held = axis.mostTogether(TOGETHER);
    if (sums.length < held || sums[0].length < lineLength) {
      sums = new int[Math.max(held, sums.length)][lineLength];
    }
  }

  /** The first source line that is part of a wanted target line. */
  int firstSource() {
    return weights.first()[from];
  }

  /** Behind the last source line that is part of a wanted target line. */
  int endSource() {
    return weights.first()[end - 1] + weights.count()[end - 1];
  }

  /**
   * Adds source lines, each of which must come once, upwards from {@link #firstSource()}.
   *
   * @param source the first one
   * @param count how many, at most {@link #TOGETHER}
   * @param samples where they are, 0 to 255 each
   * @param offset where the first begins
   * @param stride from one to the next
   */
  void add(int source, int count, int[] samples, int offset, int stride, Lines lines) {
    int[] first = weights.first();
    int[] taps = weights.count();
    int behind = source + count;
    while (begun < end && first[begun] < behind) {
      Arrays.fill(sums[begun % sums.length], 0, length, HALF);
      begun++;
    }
    for (int i = next; i < begun; i++) {
      int[] sum = sums[i % sums.length];
      int low = Math.max(source, first[i]);
      int high = Math.min(behind, first[i] + taps[i]);
      int at = offset + (low - source) * stride;
      int weight = i * weights.stride() + low - first[i];
      for (int line = low; line < high; line++) {
        add(samples, at, weights.weights()[weight], sum, length);
        at += stride;
        weight++;
      }
    }
    while (next < begun && first[next] + taps[next] <= behind) {
      int[] sum = sums[next % sums.length];
      clip(sum, length);
      lines.line(next - from, sum);
      next++;
    }
  }

  private static void add(int[] samples, int at, int weight, int[] sum, int length) {
    for (int i = 0; i < length; i++) {
      sum[i] += samples[at + i] * weight;
    }
  }

  private static void clip(int[] sum, int length) {
    for (int i = 0; i < length; i++) {
      sum[i] = Math.min(Math.max(sum[i] >> AxisWeights.PRECISION_BITS, 0), 255);
    }
  }
}
