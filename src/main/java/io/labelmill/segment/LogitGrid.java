package io.labelmill.segment;

/** Logits of one image on a grid of points, asked for row by row, from the top. */
public interface LogitGrid {
  /** How many labels each point has a logit of. */
  int labels();

  /** Rows of points. */
  int height();

  /** Points of a row. */
  int width();

  /**
   * Gives one row of points.
   *
   * @param y 0 to {@code height - 1}; never one above a row that was asked for before
   * @param logits gets {@code labels x width} values, label by label
   */
  void row(int y, float[] logits);
}
