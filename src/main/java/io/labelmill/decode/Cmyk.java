package io.labelmill.decode;

/** CMYK to RGB as Pillow does it: by the plain formula, without a profile. */
final class Cmyk {
  private Cmyk() {}

  /**
   * Adobe's YCCK to its inverted CMYK, in place: {@code ycck_cmyk_convert} of libjpeg's {@code
   * jdcolor.c}, whose 16-bit fixed-point tables are computed where they are used.
   */
  static void fromYcck(byte[] samples, int pixels) {
    int half = 1 << 15;
    for (int i = 0; i < pixels * 4; i += 4) {
      int y = samples[i] & 0xFF;
      int cb = (samples[i + 1] & 0xFF) - 128;
      int cr = (samples[i + 2] & 0xFF) - 128;
      samples[i] = clip(255 - (y + ((91_881 * cr + half) >> 16)));
      samples[i + 1] = clip(255 - (y + ((-22_554 * cb - 46_802 * cr + half) >> 16)));
      samples[i + 2] = clip(255 - (y + ((116_130 * cb + half) >> 16)));
    }
  }

  /** Adobe's inverted CMYK (255 is no ink); both arrays may be the same. */
  static void invertedToRgb(byte[] cmyk, byte[] rgb, int pixels) {
    for (int from = 0, to = 0; to < pixels * 3; from += 4, to += 3) {
      toRgb(
          255 - (cmyk[from] & 0xFF),
          255 - (cmyk[from + 1] & 0xFF),
          255 - (cmyk[from + 2] & 0xFF),
          255 - (cmyk[from + 3] & 0xFF),
          rgb,
          to);
    }
  }

  /** CMYK as it is, 255 is all ink; both arrays may be the same. */
  static void toRgb(byte[] cmyk, byte[] rgb, int pixels) {
    for (int from = 0, to = 0; to < pixels * 3; from += 4, to += 3) {
      toRgb(
          cmyk[from] & 0xFF,
          cmyk[from + 1] & 0xFF,
          cmyk[from + 2] & 0xFF,
          cmyk[from + 3] & 0xFF,
          rgb,
          to);
    }
  }

  /** One pixel, 255 is all ink. */
  static void toRgb(int cyan, int magenta, int yellow, int black, byte[] rgb, int to) {
    int white = 255 - black;
    rgb[to] = clip(white - product(cyan, white));
    rgb[to + 1] = clip(white - product(magenta, white));
    rgb[to + 2] = clip(white - product(yellow, white));
  }

  /** {@code a * b / 255}, rounded. */
  private static int product(int a, int b) {
    int product = a * b + 128;
    return ((product >> 8) + product) >> 8;
  }

  private static byte clip(int value) {
    return (byte) Math.max(0, Math.min(value, 255));
  }
}
