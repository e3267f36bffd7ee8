package io.labelmill.decode;

/**
 * A decoded picture: 8-bit RGB, row by row from the top, three bytes a pixel, no padding.
 *
 * <p>A view into its decoder's buffer: valid until that decoder's next call, and confined to the
 * decoder's thread.
 *
 * @param width in pixels, at least 1
 * @param height in pixels, at least 1
 * @param rgb the samples from index 0; may be longer than {@code width * height * 3}
 */
// The array is the point: a view into a reused buffer, never compared or kept.
@SuppressWarnings("ArrayRecordComponent")
public record RgbImage(int width, int height, byte[] rgb) {
  /** Three samples: red, green, blue. */
  public static final int CHANNELS = 3;
}
