package io.labelmill.preprocess;

import io.labelmill.decode.RgbImage;
import java.util.Arrays;

/**
 * One pass of resampling: target lines as weighted sums of source lines. A line is a row of the
 * picture in the vertical pass and a column of it in the horizontal one.
 *
 * <p>Source lines hold a pixel in each int, red in bits 0 to 7, green in 8 to 15, blue in 16 to 23,
 * since moving pixels costs more than unpacking them. The last lines are kept in a ring.
 *
 * <p>Target lines come as <em>levels</em>, an int a channel: the rounded sum, of {@value
 * #LEVEL_BITS} bits with its sign as Pillow's is, plus {@value #ZERO_LEVEL}. So a level is a number
 * from 0 up to {@value #LEVELS}, fit for looking up what is made of it, and is clipped there.
 *
 * <p>The just-in-time compiler turns the loops here into vector code. It does not if one of them
 * sums up more than one channel or four lines, begins elsewhere than at index 0, or has a {@code
 * Math.min} in it; and long lines count, of whole vectors.
 */
final class AxisPass {
  static final int LEVEL_BITS = Integer.SIZE - AxisWeights.PRECISION_BITS;
  static final int LEVELS = 1 << LEVEL_BITS;

  /** The level of a black sample. */
  static final int ZERO_LEVEL = LEVELS / 2;

  private static final int CHANNELS = RgbImage.CHANNELS;

  /** Source lines that one loop takes. */
  private static final int GROUP = 4;

  /** The most ints that any processor's vector has. */
  private static final int VECTOR = 16;

  private static final int PRECISION = AxisWeights.PRECISION_BITS;
  private static final int HALF = 1 << (PRECISION - 1);
  private static final int NOTHING = (ZERO_LEVEL << PRECISION) + HALF;

  private AxisWeights weights;
  private int[][] ring = new int[0][];
  private int held;
  private int from;
  private int end;
  private int length;
  private final int[][] levels = new int[CHANNELS][0];
  private final int[][] group = new int[GROUP][];
  private final int[] factors = new int[GROUP];

  /**
   * Starts over.
   *
   * @param top the first target line wanted
   * @param count how many are wanted
   * @param lineLength pixels in a line
   * @param ahead how many source lines are written, at most, beyond those that the next target line
   *     takes
   */
  void begin(AxisWeights axis, int top, int count, int lineLength, int ahead) {
    weights = axis;
    from = axis.first()[top];
    end = axis.end(top + count - 1);
    length = room(lineLength);
    held = axis.mostTaps(top, count) + ahead;
    if (ring.length < held) {
      ring = new int[held][0];
    }
    for (int channel = 0; channel < CHANNELS; channel++) {
      if (levels[channel].length < length) {
        levels[channel] = new int[length];
      }
    }
  }

  /** How long an array has to be that takes a line of so many pixels. */
  static int room(int lineLength) {
    return (lineLength + VECTOR - 1) / VECTOR * VECTOR;
  }

  /** The first source line that is part of a wanted target line. */
  int firstSource() {
    return from;
  }

  /** Behind the last source line that is part of a wanted target line. */
  int endSource() {
    return end;
  }

  /**
   * Where to write a source line, from index 0; bits 24 to 31 don't matter. There is room for some
   * more pixels, up to a multiple of {@value #VECTOR}.
   */
  int[] source(int line) {
    int slot = (line - from) % held;
    if (ring[slot].length < length) {
      ring[slot] = new int[length];
    }
    return ring[slot];
  }

  /**
   * Makes a target line, whose source lines have been written.
   *
   * @return by channel, at least as long as a line; valid until the next call
   */
  int[][] levels(int target) {
    for (int channel = 0; channel < CHANNELS; channel++) {
      Arrays.fill(levels[channel], 0, length, NOTHING);
    }
    int taps = weights.count()[target];
    for (int tap = 0; tap < taps; tap += GROUP) {
      take(target, tap);
      int left = taps - tap;
      int drop = left > GROUP ? 0 : PRECISION;
      for (int channel = 0; channel < CHANNELS; channel++) {
        int shift = Byte.SIZE * channel;
        if (left > 3) {
          addFour(group, factors, shift, levels[channel], drop, length);
        } else if (left > 2) {
          addThree(group, factors, shift, levels[channel], drop, length);
        } else {
          addTwo(group, factors, shift, levels[channel], drop, length);
        }
      }
    }
    return levels;
  }

  /** The next source lines of a target line; where it takes no more, some line with factor 0. */
  private void take(int target, int tap) {
    int first = weights.first()[target];
    int taps = weights.count()[target];
    for (int i = 0; i < GROUP; i++) {
      boolean part = tap + i < taps;
      group[i] = source(first + (part ? tap + i : tap));
      factors[i] = part ? weights.weight(target, tap + i) : 0;
    }
  }

  /** Adds lines to sums, of which it drops bits afterwards. */
  private static void addFour(
      int[][] lines, int[] factors, int shift, int[] sums, int drop, int length) {
    int[] a = lines[0];
    int[] b = lines[1];
    int[] c = lines[2];
    int[] d = lines[3];
    int wa = factors[0];
    int wb = factors[1];
    int wc = factors[2];
    int wd = factors[3];
    for (int i = 0; i < length; i++) {
      int sum =
          sums[i]
              + (a[i] >>> shift & 0xFF) * wa
              + (b[i] >>> shift & 0xFF) * wb
              + (c[i] >>> shift & 0xFF) * wc
              + (d[i] >>> shift & 0xFF) * wd;
      sums[i] = sum >>> drop;
    }
  }

  private static void addThree(
      int[][] lines, int[] factors, int shift, int[] sums, int drop, int length) {
    int[] a = lines[0];
    int[] b = lines[1];
    int[] c = lines[2];
    int wa = factors[0];
    int wb = factors[1];
    int wc = factors[2];
    for (int i = 0; i < length; i++) {
      int sum =
          sums[i]
              + (a[i] >>> shift & 0xFF) * wa
              + (b[i] >>> shift & 0xFF) * wb
              + (c[i] >>> shift & 0xFF) * wc;
      sums[i] = sum >>> drop;
    }
  }

  private static void addTwo(
      int[][] lines, int[] factors, int shift, int[] sums, int drop, int length) {
    int[] a = lines[0];
    int[] b = lines[1];
    int wa = factors[0];
    int wb = factors[1];
    for (int i = 0; i < length; i++) {
      int sum = sums[i] + (a[i] >>> shift & 0xFF) * wa + (b[i] >>> shift & 0xFF) * wb;
      sums[i] = sum >>> drop;
    }
  }

  /**
   * Clips the levels of the line last made to samples.
   *
   * @param pixels gets them as a source line has them; of the length that {@link #room} gives
   */
  void clip(int[] pixels) {
    clip(levels[0], levels[1], levels[2], pixels, length);
  }

  /**
   * A level's highest bit is set where the sample is not negative; then the next one is set where
   * it is above 255. Each becomes a mask.
   */
  private static void clip(int[] reds, int[] greens, int[] blues, int[] pixels, int length) {
    int high = Integer.SIZE - LEVEL_BITS;
    int next = high + 1;
    int all = Integer.SIZE - 1;
    for (int i = 0; i < length; i++) {
      int red = reds[i];
      int green = greens[i];
      int blue = blues[i];
      pixels[i] =
          ((red | red << next >> all) & red << high >> all & 0xFF)
              | ((green | green << next >> all) & green << high >> all & 0xFF) << 8
              | ((blue | blue << next >> all) & blue << high >> all & 0xFF) << 16;
    }
  }
}
