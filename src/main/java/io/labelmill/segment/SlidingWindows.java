package io.labelmill.segment;

import java.util.ArrayList;
import java.util.List;

/**
 * Square windows that cover a picture: from the top left in steps, those at the right and at the
 * bottom pushed back inside; row by row.
 *
 * @param side of a window, pixels
 * @param stride from one window to the next, pixels, 1 to {@code side}
 * @param width of the picture, pixels, {@code side} or more
 * @param height of the picture, pixels, {@code side} or more
 */
public record SlidingWindows(int side, int stride, int width, int height) {
  /**
   * @throws IllegalArgumentException if windows leave something out or don't fit
   */
  public SlidingWindows {
    if (stride < 1 || stride > side || width < side || height < side) {
      throw new IllegalArgumentException(
          "windows of %d in steps of %d over [h=%d,w=%d]".formatted(side, stride, height, width));
    }
  }

  /** The top left pixel of a window. */
  public record Place(int left, int top) {}

  public int count() {
    return along(width) * along(height);
  }

  /** All of them, row by row. */
  public List<Place> places() {
    List<Place> places = new ArrayList<>();
    for (int row = 0; row < along(height); row++) {
      for (int column = 0; column < along(width); column++) {
        places.add(
            new Place(
                Math.min(column * stride, width - side), Math.min(row * stride, height - side)));
      }
    }
    return places;
  }

  private int along(int length) {
    return (length - side + stride - 1) / stride + 1;
  }
}
