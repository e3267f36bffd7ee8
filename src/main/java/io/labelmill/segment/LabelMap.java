package io.labelmill.segment;

/**
 * A label for each pixel of a picture: a mask, or the truth that one is held against.
 *
 * @param width pixels, 1 or more
 * @param height pixels, 1 or more
 * @param indices row-major, an unsigned index of a label for each pixel, {@link #NONE} for none;
 *     not copied
 */
@SuppressWarnings("ArrayRecordComponent") // pixels, compared by tests only
public record LabelMap(int width, int height, byte[] indices) {
  /** Stands where a pixel has no label. */
  public static final int NONE = 255;

  /** The most labels that a map can tell apart. */
  public static final int MOST_LABELS = NONE;

  /**
   * @throws IllegalArgumentException if there are not so many pixels
   */
  public LabelMap {
    if (width < 1 || height < 1 || indices.length != width * height) {
      throw new IllegalArgumentException(
          "%d pixels are not [h=%d,w=%d]".formatted(indices.length, height, width));
    }
  }

  /** The index at a pixel, 0 to 255. */
  public int at(int x, int y) {
    return indices[y * width + x] & 0xFF;
  }

  /** Pixels of each index, 256 numbers. */
  public long[] counts() {
    long[] counts = new long[NONE + 1];
    for (byte index : indices) {
      counts[index & 0xFF]++;
    }
    return counts;
  }

  /**
   * The map of a data set that counts its labels from 1, as its models count them: 0, which stands
   * for none there, becomes {@link #NONE}, every other index one less, and {@link #NONE} stays; as
   * {@code do_reduce_labels} of Transformers' processors has it.
   */
  public LabelMap reduced() {
    byte[] reduced = new byte[indices.length];
    for (int i = 0; i < reduced.length; i++) {
      int index = indices[i] & 0xFF;
      reduced[i] = (byte) (index == 0 || index == NONE ? NONE : index - 1);
    }
    return new LabelMap(width, height, reduced);
  }

  /**
   * The map in another size, each pixel that of the nearest: any other filter makes labels that
   * never were there.
   */
  public LabelMap resized(int newWidth, int newHeight) {
    if (newWidth == width && newHeight == height) {
      return this;
    }
    byte[] resized = new byte[Math.multiplyExact(newWidth, newHeight)];
    for (int y = 0; y < newHeight; y++) {
      int row = nearest(y, newHeight, height) * width;
      for (int x = 0; x < newWidth; x++) {
        resized[y * newWidth + x] = indices[row + nearest(x, newWidth, width)];
      }
    }
    return new LabelMap(newWidth, newHeight, resized);
  }

  /** The source pixel under the middle of a target pixel. */
  private static int nearest(int target, int targets, int sources) {
    return (int) ((2L * target + 1) * sources / (2L * targets));
  }
}
