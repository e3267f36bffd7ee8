package io.labelmill.decode;

/** Makes colours of a frame's planes as libwebp does, with upsampled chroma. */
record Vp8Colours(int width, int height, Vp8Plane luma, Vp8Plane blueChroma, Vp8Plane redChroma) {
  /** Colours: each row with the chroma row that it lies in and the one that it lies nearer to. */
  void draw(Canvas canvas, int left, int top) {
    byte[] rgb = canvas.rgb();
    int chromaRows = (height + 1) / 2;
    int shown = Math.min(width, canvas.width() - left);
    for (int y = 0; y < Math.min(height, canvas.height() - top); y++) {
      int near = y / 2;
      int far = Math.max(0, Math.min(y % 2 == 0 ? near - 1 : near + 1, chromaRows - 1));
      drawRow(
          y,
          blueChroma.origin + near * blueChroma.stride,
          blueChroma.origin + far * blueChroma.stride,
          rgb,
          ((top + y) * canvas.width() + left) * 3,
          shown);
    }
  }

  /**
   * {@code UPSAMPLE_FUNC} of libwebp's {@code upsampling.c}: of the four chroma samples around a
   * pixel, 9, 3, 3 and 1 sixteenths, rounded in two steps.
   */
  private void drawRow(int y, int near, int far, byte[] rgb, int start, int shown) {
    int lumaRow = luma.origin + y * luma.stride;
    byte[] u = blueChroma.samples;
    byte[] v = redChroma.samples;
    int last = (width - 1) / 2;
    for (int x = 0; x < shown; x++) {
      int blue;
      int red;
      int c = (x + 1) / 2;
      if (x == 0 || c > last) {
        int edgeColumn = x == 0 ? 0 : last;
        blue = (3 * (u[near + edgeColumn] & 0xFF) + (u[far + edgeColumn] & 0xFF) + 2) >> 2;
        red = (3 * (v[near + edgeColumn] & 0xFF) + (v[far + edgeColumn] & 0xFF) + 2) >> 2;
      } else {
        // The nearer of the two columns c - 1 and c, and the other.
        int close = x % 2 == 0 ? c : c - 1;
        int away = x % 2 == 0 ? c - 1 : c;
        blue = upsampled(u, near + close, near + away, far + close, far + away);
        red = upsampled(v, near + close, near + away, far + close, far + away);
      }
      colour(luma.samples[lumaRow + x] & 0xFF, blue, red, rgb, start + 3 * x);
    }
  }

  private static int upsampled(byte[] s, int close, int beside, int below, int diagonal) {
    int closest = s[close] & 0xFF;
    int sides = (s[beside] & 0xFF) + (s[below] & 0xFF);
    int sum = closest + sides + (s[diagonal] & 0xFF) + 8;
    return (((sum + 2 * sides) >> 3) + closest) >> 1;
  }

  /** {@code VP8YUVToR}, {@code G} and {@code B} of libwebp's {@code yuv.h}: 14-bit fixed point. */
  private static void colour(int y, int u, int v, byte[] rgb, int at) {
    int luma = (y * 19_077) >> 8;
    rgb[at] = clip6(luma + ((v * 26_149) >> 8) - 14_234);
    rgb[at + 1] = clip6(luma - ((u * 6_419) >> 8) - ((v * 13_320) >> 8) + 8_708);
    rgb[at + 2] = clip6(luma + ((u * 33_050) >> 8) - 17_685);
  }

  private static byte clip6(int value) {
    return (byte) Vp8Constants.clip(value >> 6, 255);
  }
}
