package io.labelmill.score;

import io.labelmill.segment.SlidingWindows;
import java.io.Serializable;

/**
 * Windows that slide over a picture whose shorter side was brought to theirs: all in one row, or in
 * one column.
 *
 * <p>What a picture takes of the heap, beside its mask, while its windows go through the model one
 * by one: its resized pixels, at most {@code 3 x MOST x side x side} bytes, 79 MB of 640 pixels;
 * and logits of as many windows as {@link io.labelmill.segment.WindowLogits} keeps, four with a
 * stride of two thirds, 11 at most, which with 150 labels on 160 x 160 points are 61 and 169 MB.
 *
 * @param side of a window, pixels; the model's own
 * @param stride from one to the next, pixels, {@code side / SMALLEST_PART} to {@code side}
 */
public record Windowing(int side, int stride) implements Serializable {
  /** A picture that has more of them is too large. */
  static final int MOST = 64;

  /** A stride is this part of a side at least: no pixel needs more windows. */
  public static final int SMALLEST_PART = 8;

  /** The windows over a picture of that size; its longer side is rounded to the nearest. */
  SlidingWindows over(int width, int height) {
    double scale = (double) side / Math.min(width, height);
    return new SlidingWindows(
        side,
        stride,
        width < height ? side : (int) Math.min(width * scale + 0.5, Integer.MAX_VALUE >> 1),
        height < width ? side : (int) Math.min(height * scale + 0.5, Integer.MAX_VALUE >> 1));
  }
}
