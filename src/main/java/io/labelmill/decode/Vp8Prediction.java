package io.labelmill.decode;

import java.util.Arrays;

/** Predicts samples from those left of and above them (RFC 6386, section 12). Not thread-safe. */
final class Vp8Prediction {
  private final int[] edge = new int[13];

  static void whole(Vp8Plane plane, int at, int size, int mode, int x, int y) {
    byte[] s = plane.samples;
    int stride = plane.stride;
    switch (mode) {
      case Vp8Modes.DC_PRED -> {
        int shift = size == 16 ? 3 : 2;
        int sum = 0;
        if (y > 0) {
          for (int i = 0; i < size; i++) {
            sum += s[at - stride + i] & 0xFF;
          }
          shift++;
        }
        if (x > 0) {
          for (int i = 0; i < size; i++) {
            sum += s[at + i * stride - 1] & 0xFF;
          }
          shift++;
        }
        int dc = 128;
        if (x > 0 || y > 0) {
          // One side is 2^shift samples, both are twice as many.
          dc = (sum + (1 << (shift - 1))) >> shift;
        }
        for (int i = 0; i < size; i++) {
          Arrays.fill(s, at + i * stride, at + i * stride + size, (byte) dc);
        }
      }
      case Vp8Modes.V_PRED -> {
        for (int i = 0; i < size; i++) {
          System.arraycopy(s, at - stride, s, at + i * stride, size);
        }
      }
      case Vp8Modes.H_PRED -> {
        for (int i = 0; i < size; i++) {
          int row = at + i * stride;
          Arrays.fill(s, row, row + size, s[row - 1]);
        }
      }
      default -> trueMotion(s, at, stride, size);
    }
  }

  private static void trueMotion(byte[] s, int at, int stride, int size) {
    int corner = s[at - stride - 1] & 0xFF;
    for (int j = 0; j < size; j++) {
      int row = at + j * stride;
      int base = (s[row - 1] & 0xFF) - corner;
      for (int i = 0; i < size; i++) {
        s[row + i] = (byte) Vp8Constants.clip(base + (s[at - stride + i] & 0xFF), 255);
      }
    }
  }

  /**
   * Predicts 4x4 samples. {@code edge} runs from the lower left over the corner to the upper right:
   * 0 to 3 the left samples from below, 4 the corner, 5 to 12 those above.
   */
  void block(byte[] s, int at, int stride, int right, int mode) {
    int[] e = edge;
    for (int i = 0; i < 4; i++) {
      e[3 - i] = s[at + i * stride - 1] & 0xFF;
      e[5 + i] = s[at - stride + i] & 0xFF;
      e[9 + i] = s[right + i] & 0xFF;
    }
    e[4] = s[at - stride - 1] & 0xFF;
    switch (mode) {
      case Vp8Modes.B_DC -> {
        int sum = 4;
        for (int i = 0; i < 4; i++) {
          sum += e[i] + e[5 + i];
        }
        for (int j = 0; j < 4; j++) {
          Arrays.fill(s, at + j * stride, at + j * stride + 4, (byte) (sum >> 3));
        }
      }
      case Vp8Modes.B_TM -> trueMotion(s, at, stride, 4);
      case Vp8Modes.B_VE -> {
        for (int i = 0; i < 4; i++) {
          byte value = average3(5 + i);
          for (int j = 0; j < 4; j++) {
            s[at + j * stride + i] = value;
          }
        }
      }
      case Vp8Modes.B_HE -> {
        for (int j = 0; j < 4; j++) {
          int below = j == 3 ? e[0] : e[2 - j];
          byte value = (byte) ((e[4 - j] + 2 * e[3 - j] + below + 2) >> 2);
          Arrays.fill(s, at + j * stride, at + j * stride + 4, value);
        }
      }
      case Vp8Modes.B_LD -> {
        for (int j = 0; j < 4; j++) {
          for (int i = 0; i < 4; i++) {
            int d = i + j;
            s[at + j * stride + i] =
                d == 6 ? (byte) ((e[11] + 3 * e[12] + 2) >> 2) : average3(6 + d);
          }
        }
      }
      case Vp8Modes.B_RD -> {
        for (int j = 0; j < 4; j++) {
          for (int i = 0; i < 4; i++) {
            s[at + j * stride + i] = average3(4 - j + i);
          }
        }
      }
      case Vp8Modes.B_VR -> verticalRight(s, at, stride);
      case Vp8Modes.B_VL -> verticalLeft(s, at, stride);
      case Vp8Modes.B_HD -> horizontalDown(s, at, stride);
      default -> horizontalUp(s, at, stride);
    }
  }

  private void verticalRight(byte[] s, int at, int stride) {
    for (int i = 0; i < 4; i++) {
      s[at + i] = average2(4 + i);
      s[at + stride + i] = average3(4 + i);
    }
    s[at + 2 * stride] = average3(3);
    s[at + 3 * stride] = average3(2);
    for (int i = 1; i < 4; i++) {
      s[at + 2 * stride + i] = s[at + i - 1];
      s[at + 3 * stride + i] = s[at + stride + i - 1];
    }
  }

  private void verticalLeft(byte[] s, int at, int stride) {
    for (int i = 0; i < 4; i++) {
      s[at + i] = average2(5 + i);
      s[at + stride + i] = average3(6 + i);
    }
    for (int i = 0; i < 3; i++) {
      s[at + 2 * stride + i] = s[at + i + 1];
      s[at + 3 * stride + i] = s[at + stride + i + 1];
    }
    s[at + 2 * stride + 3] = average3(10);
    s[at + 3 * stride + 3] = average3(11);
  }

  private void horizontalDown(byte[] s, int at, int stride) {
    for (int j = 0; j < 4; j++) {
      s[at + j * stride] = average2(3 - j);
      s[at + j * stride + 1] = average3(4 - j);
    }
    s[at + 2] = average3(5);
    s[at + 3] = average3(6);
    for (int j = 1; j < 4; j++) {
      s[at + j * stride + 2] = s[at + (j - 1) * stride];
      s[at + j * stride + 3] = s[at + (j - 1) * stride + 1];
    }
  }

  private void horizontalUp(byte[] s, int at, int stride) {
    // Left samples from above: edge[3] to edge[0].
    for (int j = 0; j < 4; j++) {
      for (int i = 0; i < 4; i++) {
        int d = 2 * j + i;
        byte value;
        if (d > 5) {
          value = (byte) edge[0];
        } else if (d == 5) {
          value = (byte) ((edge[1] + 3 * edge[0] + 2) >> 2);
        } else if (d % 2 == 0) {
          value = average2(2 - d / 2);
        } else {
          value = average3(2 - d / 2);
        }
        s[at + j * stride + i] = value;
      }
    }
  }

  /** Of edge samples {@code i} and {@code i + 1}. */
  private byte average2(int i) {
    return (byte) ((edge[i] + edge[i + 1] + 1) >> 1);
  }

  /** Around edge sample {@code i}. */
  private byte average3(int i) {
    return (byte) ((edge[i - 1] + 2 * edge[i] + edge[i + 1] + 2) >> 2);
  }
}
