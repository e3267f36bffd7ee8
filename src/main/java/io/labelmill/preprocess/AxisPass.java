package io.labelmill.preprocess;

/**
 * One pass of resampling: source lines come in one after the other, target lines go out as soon as
 * they are complete. A line is a row of the picture in the vertical pass and a column of it in the
 * horizontal one.
 *
 * <p>Source lines come in groups. A group is added to all target lines that it is part of, so only
 * those are held. All loops run over int arrays from index 0 without branches: the just-in-time
 * compiler turns these into vector code, and does not if one of them has an offset.
 */
final class AxisPass {
  /** Source lines of a group. */
  static final int GROUP = 4;

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
    int held = axis.mostTogether(GROUP);
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
   * Adds a group of source lines, each of which must come once, upwards from {@link
   * #firstSource()}.
   *
   * @param source the first one
   * @param count how many, at most {@link #GROUP}
   * @param group {@link #GROUP} lines, 0 to 255 each; what is behind {@code count} is not part of
   *     the result
   */
  void add(int source, int count, int[][] group, Lines lines) {
    int[] first = weights.first();
    int[] taps = weights.count();
    int behind = source + count;
    int known = begun;
    while (begun < end && first[begun] < behind) {
      begun++;
    }
    for (int i = next; i < begun; i++) {
      int[] sum = sums[i % sums.length];
      int tap = source - first[i];
      int w0 = weight(i, tap, count);
      int w1 = weight(i, tap + 1, count - 1);
      int w2 = weight(i, tap + 2, count - 2);
      int w3 = weight(i, tap + 3, count - 3);
      if (i < known) {
        add(group[0], w0, group[1], w1, group[2], w2, group[3], w3, sum, length);
      } else {
        begin(group[0], w0, group[1], w1, group[2], w2, group[3], w3, sum, length);
      }
    }
    while (next < begun && first[next] + taps[next] <= behind) {
      int[] sum = sums[next % sums.length];
      clip(sum, length);
      lines.line(next - from, sum);
      next++;
    }
  }

  /** 0 where the line is not part of the target line, or was not given. */
  private int weight(int target, int tap, int given) {
    return given > 0 && tap >= 0 && tap < weights.count()[target]
        ? weights.weights()[target * weights.stride() + tap]
        : 0;
  }

  private static void begin(
      int[] a, int wa, int[] b, int wb, int[] c, int wc, int[] d, int wd, int[] sum, int length) {
    for (int i = 0; i < length; i++) {
      sum[i] = HALF + a[i] * wa + b[i] * wb + c[i] * wc + d[i] * wd;
    }
  }

  private static void add(
      int[] a, int wa, int[] b, int wb, int[] c, int wc, int[] d, int wd, int[] sum, int length) {
    for (int i = 0; i < length; i++) {
      sum[i] += a[i] * wa + b[i] * wb + c[i] * wc + d[i] * wd;
    }
  }

  private static void clip(int[] sum, int length) {
    for (int i = 0; i < length; i++) {
      sum[i] = Math.min(Math.max(sum[i] >> AxisWeights.PRECISION_BITS, 0), 255);
    }
  }
}
