package io.labelmill.score;

import io.labelmill.segment.SlidingWindows;
import java.io.Serializable;

/**
 * Windows that slide over a picture whose shorter side was brought to theirs.
 *
 * @param side of a window, pixels; the model's own
 * @param stride from one to the next, pixels, 1 to {@code side}
 */
public record Windowing(int side, int stride) implements Serializable {
  /** Logits of so many windows are kept at once. */
  static final int MOST = 64;

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
