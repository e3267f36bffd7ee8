package io.labelmill.preprocess;

import java.io.Serializable;

/** What size a picture is brought to before it is cropped. */
public sealed interface Resize extends Serializable {
  /** The size that a picture of this width and height is resampled to, in pixels. */
  Size target(int width, int height);

  /** {@code do_resize: false}. */
  record None() implements Resize {
    @Override
    public Size target(int width, int height) {
      return new Size(width, height);
    }
  }

  /** To one size, whatever the aspect ratio: {@code {"height": ..., "width": ...}}. */
  record Exact(Size size) implements Resize {
    @Override
    public Size target(int width, int height) {
      return size;
    }
  }

  /**
   * Keeps the aspect ratio: {@code {"shortest_edge": ...}}. The other side is rounded down, as
   * {@code get_resize_output_image_size} of Transformers does in double precision.
   */
  record ShortestEdge(int pixels) implements Resize {
    @Override
    public Size target(int width, int height) {
      return width <= height
          ? new Size(pixels, (int) ((double) ((long) pixels * height) / width))
          : new Size((int) ((double) ((long) pixels * width) / height), pixels);
    }
  }
}
