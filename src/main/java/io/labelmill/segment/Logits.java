package io.labelmill.segment;

/**
 * The logits that a forward pass gives of one image.
 *
 * @param values row-major, [labels, height, width]; not copied
 * @param labels 1 or more
 * @param height rows of points, 1 or more
 * @param width points of a row, 1 or more
 */
@SuppressWarnings("ArrayRecordComponent") // a view of one pass, never compared
public record Logits(float[] values, int labels, int height, int width) implements LogitGrid {
  /**
   * @throws IllegalArgumentException if the values are not so many
   */
  public Logits {
    if (labels < 1 || height < 1 || width < 1 || values.length != labels * height * width) {
      throw new IllegalArgumentException(
          "%d logits are not [%d, %d, %d]".formatted(values.length, labels, height, width));
    }
  }

  @Override
  public void row(int y, float[] logits) {
    for (int label = 0; label < labels; label++) {
      System.arraycopy(values, (label * height + y) * width, logits, label * width, width);
    }
  }
}
