package io.labelmill.graph;

/**
 * The picture that a model takes and the patches it is cut into, row by row.
 *
 * @param channels of the picture, the outermost axis
 * @param height of the picture in pixels, a multiple of {@code patchHeight} or cut to one
 * @param width of the picture in pixels
 */
public record PatchGrid(int channels, int height, int width, int patchHeight, int patchWidth) {
  /** Patches from top to bottom. */
  public int rows() {
    return height / patchHeight;
  }

  /** Patches from left to right. */
  public int columns() {
    return width / patchWidth;
  }

  public int patches() {
    return rows() * columns();
  }

  /** Numbers in one patch. */
  public int patchSize() {
    return channels * patchHeight * patchWidth;
  }
}
