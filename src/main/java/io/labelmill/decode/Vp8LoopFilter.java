package io.labelmill.decode;

/**
 * The loop filters of VP8 (RFC 6386, section 15). {@code across} steps over the edge, {@code along}
 * follows it.
 */
final class Vp8LoopFilter {
  private Vp8LoopFilter() {}

  static void simpleEdge(byte[] s, int start, int across, int along, int length, int limit) {
    int at = start;
    for (int i = 0; i < length; i++, at += along) {
      int p1 = s[at - 2 * across] & 0xFF;
      int p0 = s[at - across] & 0xFF;
      int q0 = s[at] & 0xFF;
      int q1 = s[at + across] & 0xFF;
      if (4 * Math.abs(p0 - q0) + Math.abs(p1 - q1) <= 2 * limit + 1) {
        filter2(s, at, across);
      }
    }
  }

  static void macroblockEdge(
      byte[] s, int start, int across, int along, int length, int limit, int inner, int threshold) {
    int at = start;
    for (int i = 0; i < length; i++, at += along) {
      if (smooth(s, at, across, 2 * limit + 1, inner)) {
        if (highVariance(s, at, across, threshold)) {
          filter2(s, at, across);
        } else {
          filter6(s, at, across);
        }
      }
    }
  }

  static void blockEdge(
      byte[] s, int start, int across, int along, int length, int limit, int inner, int threshold) {
    int at = start;
    for (int i = 0; i < length; i++, at += along) {
      if (smooth(s, at, across, 2 * limit + 1, inner)) {
        if (highVariance(s, at, across, threshold)) {
          filter2(s, at, across);
        } else {
          filter4(s, at, across);
        }
      }
    }
  }

  private static boolean smooth(byte[] s, int at, int across, int limit, int inner) {
    int p3 = s[at - 4 * across] & 0xFF;
    int p2 = s[at - 3 * across] & 0xFF;
    int p1 = s[at - 2 * across] & 0xFF;
    int p0 = s[at - across] & 0xFF;
    int q0 = s[at] & 0xFF;
    int q1 = s[at + across] & 0xFF;
    int q2 = s[at + 2 * across] & 0xFF;
    int q3 = s[at + 3 * across] & 0xFF;
    return 4 * Math.abs(p0 - q0) + Math.abs(p1 - q1) <= limit
        && Math.abs(p3 - p2) <= inner
        && Math.abs(p2 - p1) <= inner
        && Math.abs(p1 - p0) <= inner
        && Math.abs(q3 - q2) <= inner
        && Math.abs(q2 - q1) <= inner
        && Math.abs(q1 - q0) <= inner;
  }

  private static boolean highVariance(byte[] s, int at, int across, int threshold) {
    int p1 = s[at - 2 * across] & 0xFF;
    int p0 = s[at - across] & 0xFF;
    int q0 = s[at] & 0xFF;
    int q1 = s[at + across] & 0xFF;
    return Math.abs(p1 - p0) > threshold || Math.abs(q1 - q0) > threshold;
  }

  private static void filter2(byte[] s, int at, int across) {
    int p1 = s[at - 2 * across] & 0xFF;
    int p0 = s[at - across] & 0xFF;
    int q0 = s[at] & 0xFF;
    int q1 = s[at + across] & 0xFF;
    int a = 3 * (q0 - p0) + signed8(p1 - q1);
    s[at - across] = sample(p0 + signed5((a + 3) >> 3));
    s[at] = sample(q0 - signed5((a + 4) >> 3));
  }

  private static void filter4(byte[] s, int at, int across) {
    int p1 = s[at - 2 * across] & 0xFF;
    int p0 = s[at - across] & 0xFF;
    int q0 = s[at] & 0xFF;
    int q1 = s[at + across] & 0xFF;
    int a = 3 * (q0 - p0);
    int a1 = signed5((a + 4) >> 3);
    int a2 = signed5((a + 3) >> 3);
    int a3 = (a1 + 1) >> 1;
    s[at - 2 * across] = sample(p1 + a3);
    s[at - across] = sample(p0 + a2);
    s[at] = sample(q0 - a1);
    s[at + across] = sample(q1 - a3);
  }

  private static void filter6(byte[] s, int at, int across) {
    int p2 = s[at - 3 * across] & 0xFF;
    int p1 = s[at - 2 * across] & 0xFF;
    int p0 = s[at - across] & 0xFF;
    int q0 = s[at] & 0xFF;
    int q1 = s[at + across] & 0xFF;
    int q2 = s[at + 2 * across] & 0xFF;
    int a = signed8(3 * (q0 - p0) + signed8(p1 - q1));
    int a1 = (27 * a + 63) >> 7;
    int a2 = (18 * a + 63) >> 7;
    int a3 = (9 * a + 63) >> 7;
    s[at - 3 * across] = sample(p2 + a3);
    s[at - 2 * across] = sample(p1 + a2);
    s[at - across] = sample(p0 + a1);
    s[at] = sample(q0 - a1);
    s[at + across] = sample(q1 - a2);
    s[at + 2 * across] = sample(q2 - a3);
  }

  private static int signed8(int value) {
    return Math.max(-128, Math.min(value, 127));
  }

  private static int signed5(int value) {
    return Math.max(-16, Math.min(value, 15));
  }

  private static byte sample(int value) {
    return (byte) Math.max(0, Math.min(value, 255));
  }
}
