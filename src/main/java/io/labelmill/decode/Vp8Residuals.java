package io.labelmill.decode;

import java.util.Arrays;

/**
 * Reads what macroblocks add to their prediction (RFC 6386, sections 13 and 14), and adds it. Not
 * thread-safe.
 */
final class Vp8Residuals {
  private static final int[] BANDS = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0};
  private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
  private static final int[][] LARGE_VALUES = {
    {173, 148, 140},
    {176, 155, 140, 135},
    {180, 157, 141, 134, 130},
    {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
  };

  private final int[] probabilities;

  /** Whether blocks above had coefficients: 4 luma, 2 and 2 chroma, 1 second-order, per column. */
  private final int[] coefficientsAbove;

  private final int[] coefficientsLeft = new int[9];

  /** 16 of each block: 16 blocks of luma, 4 and 4 of chroma, one of second order. */
  private final int[] coefficients = new int[25 * 16];

  private final int[] transformed = new int[16];

  Vp8Residuals(Vp8Header header) {
    this.probabilities = header.probabilities;
    this.coefficientsAbove = new int[header.columns * 9];
  }

  void startRow() {
    Arrays.fill(coefficientsLeft, 0);
  }

  /** Of a macroblock that has none. */
  void skip(int x, int lumaMode) {
    int second = lumaMode == Vp8Modes.B_PRED ? 8 : 9;
    Arrays.fill(coefficientsAbove, x * 9, x * 9 + second, 0);
    Arrays.fill(coefficientsLeft, 0, second, 0);
  }

  /** Reads all blocks of a macroblock; whether one has a coefficient that is not zero. */
  boolean read(int x, int lumaMode, int[] steps, Vp8BitReader tokens) throws BrokenImage {
    Arrays.fill(coefficients, 0);
    int above = x * 9;
    boolean some = false;
    int type = 3;
    int first = 0;
    if (lumaMode != Vp8Modes.B_PRED) {
      int context = coefficientsAbove[above + 8] + coefficientsLeft[8];
      int count = block(tokens, 1, context, steps[2], steps[3], 0, 24 * 16);
      int flag = count > 0 ? 1 : 0;
      coefficientsAbove[above + 8] = flag;
      coefficientsLeft[8] = flag;
      secondOrder(count);
      type = 0;
      first = 1;
    }
    for (int i = 0; i < 16; i++) {
      int column = above + (i & 3);
      int row = i >> 2;
      int count =
          block(
              tokens,
              type,
              coefficientsAbove[column] + coefficientsLeft[row],
              steps[0],
              steps[1],
              first,
              i * 16);
      int flag = count > first ? 1 : 0;
      coefficientsAbove[column] = flag;
      coefficientsLeft[row] = flag;
      some |= count > 1 || coefficients[i * 16] != 0;
    }
    for (int i = 16; i < 24; i++) {
      int plane = i < 20 ? 4 : 6;
      int column = above + plane + (i & 1);
      int row = plane + ((i >> 1) & 1);
      int count =
          block(
              tokens,
              2,
              coefficientsAbove[column] + coefficientsLeft[row],
              steps[4],
              steps[5],
              0,
              i * 16);
      int flag = count > 0 ? 1 : 0;
      coefficientsAbove[column] = flag;
      coefficientsLeft[row] = flag;
      some |= count > 1 || coefficients[i * 16] != 0;
    }
    return some;
  }

  /** Reads one block's tokens; returns the position behind the last coefficient that is not 0. */
  private int block(
      Vp8BitReader tokens, int type, int context, int dcStep, int acStep, int first, int out)
      throws BrokenImage {
    int[] p = probabilities;
    int n = first;
    int row = ((type * 8 + BANDS[n]) * 3 + context) * 11;
    while (n < 16) {
      if (tokens.bit(p[row]) == 0) {
        return n;
      }
      while (tokens.bit(p[row + 1]) == 0) {
        n++;
        if (n == 16) {
          return 16;
        }
        row = (type * 8 + BANDS[n]) * 33;
      }
      int value;
      int nextContext;
      if (tokens.bit(p[row + 2]) == 0) {
        value = 1;
        nextContext = 1;
      } else {
        value = largeValue(tokens, row);
        nextContext = 2;
      }
      int signed = tokens.flag() == 1 ? -value : value;
      coefficients[out + ZIGZAG[n]] = signed * (n == 0 ? dcStep : acStep);
      n++;
      row = ((type * 8 + BANDS[n]) * 3 + nextContext) * 11;
    }
    return 16;
  }

  private int largeValue(Vp8BitReader tokens, int row) throws BrokenImage {
    int[] p = probabilities;
    if (tokens.bit(p[row + 3]) == 0) {
      return tokens.bit(p[row + 4]) == 0 ? 2 : 3 + tokens.bit(p[row + 5]);
    }
    if (tokens.bit(p[row + 6]) == 0) {
      if (tokens.bit(p[row + 7]) == 0) {
        return 5 + tokens.bit(159);
      }
      int high = 2 * tokens.bit(165);
      return 7 + high + tokens.bit(145);
    }
    int high = tokens.bit(p[row + 8]);
    int category = 2 * high + tokens.bit(p[row + 9 + high]);
    int value = 0;
    for (int probability : LARGE_VALUES[category]) {
      value = 2 * value + tokens.bit(probability);
    }
    return value + 3 + (8 << category);
  }

  /** The inverse Walsh-Hadamard transform: first coefficients of the 16 luma blocks. */
  private void secondOrder(int count) {
    int in = 24 * 16;
    if (count <= 1) {
      int dc = (coefficients[in] + 3) >> 3;
      for (int i = 0; i < 16; i++) {
        coefficients[i * 16] = dc;
      }
      return;
    }
    int[] t = transformed;
    for (int i = 0; i < 4; i++) {
      int a0 = coefficients[in + i] + coefficients[in + 12 + i];
      int a1 = coefficients[in + 4 + i] + coefficients[in + 8 + i];
      int a2 = coefficients[in + 4 + i] - coefficients[in + 8 + i];
      int a3 = coefficients[in + i] - coefficients[in + 12 + i];
      t[i] = a0 + a1;
      t[8 + i] = a0 - a1;
      t[4 + i] = a3 + a2;
      t[12 + i] = a3 - a2;
    }
    for (int i = 0; i < 4; i++) {
      int dc = t[i * 4] + 3;
      int a0 = dc + t[3 + i * 4];
      int a1 = t[1 + i * 4] + t[2 + i * 4];
      int a2 = t[1 + i * 4] - t[2 + i * 4];
      int a3 = dc - t[3 + i * 4];
      coefficients[i * 64] = (a0 + a1) >> 3;
      coefficients[i * 64 + 16] = (a3 + a2) >> 3;
      coefficients[i * 64 + 32] = (a0 - a1) >> 3;
      coefficients[i * 64 + 48] = (a3 - a2) >> 3;
    }
  }

  /** The inverse cosine transform of a block, added to its prediction. */
  void addTo(byte[] s, int at, int stride, int block) {
    int in = block * 16;
    int[] c = coefficients;
    int[] t = transformed;
    for (int i = 0; i < 4; i++) {
      int a = c[in + i] + c[in + 8 + i];
      int b = c[in + i] - c[in + 8 + i];
      int m = multiply2(c[in + 4 + i]) - multiply1(c[in + 12 + i]);
      int n = multiply1(c[in + 4 + i]) + multiply2(c[in + 12 + i]);
      t[4 * i] = a + n;
      t[4 * i + 1] = b + m;
      t[4 * i + 2] = b - m;
      t[4 * i + 3] = a - n;
    }
    for (int i = 0; i < 4; i++) {
      int dc = t[i] + 4;
      int a = dc + t[8 + i];
      int b = dc - t[8 + i];
      int m = multiply2(t[4 + i]) - multiply1(t[12 + i]);
      int n = multiply1(t[4 + i]) + multiply2(t[12 + i]);
      int row = at + i * stride;
      s[row] = (byte) Vp8Constants.clip((s[row] & 0xFF) + ((a + n) >> 3), 255);
      s[row + 1] = (byte) Vp8Constants.clip((s[row + 1] & 0xFF) + ((b + m) >> 3), 255);
      s[row + 2] = (byte) Vp8Constants.clip((s[row + 2] & 0xFF) + ((b - m) >> 3), 255);
      s[row + 3] = (byte) Vp8Constants.clip((s[row + 3] & 0xFF) + ((a - n) >> 3), 255);
    }
  }

  private static int multiply1(int a) {
    return ((a * 20_091) >> 16) + a;
  }

  private static int multiply2(int a) {
    return (a * 35_468) >> 16;
  }
}
