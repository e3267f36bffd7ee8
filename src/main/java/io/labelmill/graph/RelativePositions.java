package io.labelmill.graph;

/**
 * The relative position bias of BEiT: one table entry per head for each offset between two patches,
 * and three more for the pairs with the leading token.
 */
record RelativePositions(int rows, int columns) {
  private int offsets() {
    return (2 * rows - 1) * (2 * columns - 1);
  }

  int entries() {
    return offsets() + 3;
  }

  /**
   * The entry for each pair of tokens, [tokens, tokens], queries by keys, the leading token first.
   *
   * <p>As {@code gen_relative_position_index} of the original code: (dy + H - 1) * (2W - 1) + (dx +
   * W - 1) with the offset being query minus key; behind those come leading token to patch, patch
   * to leading token, and leading token to itself.
   */
  int[] index() {
    int patches = rows * columns;
    int tokens = patches + 1;
    int[] index = new int[tokens * tokens];
    for (int query = 0; query < patches; query++) {
      for (int key = 0; key < patches; key++) {
        int dy = query / columns - key / columns + rows - 1;
        int dx = query % columns - key % columns + columns - 1;
        index[(query + 1) * tokens + key + 1] = dy * (2 * columns - 1) + dx;
      }
    }
    for (int patch = 1; patch < tokens; patch++) {
      index[patch] = offsets();
      index[patch * tokens] = offsets() + 1;
    }
    index[0] = offsets() + 2;
    return index;
  }

  /**
   * A table as Transformers reads it since 4.43: the offsets' rows as [2 columns - 1, 2 rows - 1],
   * width and height exchanged, and stretched to [2 rows - 1, 2 columns - 1]. On a square grid
   * nothing changes. {@code BeitRelativePositionBias.forward}, which interpolates bilinearly
   * between the middles of entries.
   *
   * @param table [entries, heads], row-major
   * @return another table of that shape
   */
  float[] exchanged(float[] table) {
    int heads = table.length / entries();
    int down = 2 * rows - 1;
    int across = 2 * columns - 1;
    float[] stretched = table.clone();
    for (int y = 0; y < down; y++) {
      Place row = Place.of(y, down, across);
      for (int x = 0; x < across; x++) {
        Place column = Place.of(x, across, down);
        for (int head = 0; head < heads; head++) {
          double upper = column.between(table, row.low * down, heads, head);
          double lower = column.between(table, row.high * down, heads, head);
          stretched[(y * across + x) * heads + head] =
              (float) (upper + row.share * (lower - upper));
        }
      }
    }
    return stretched;
  }

  /** {@link #exchanged} as a matrix: [entries, entries], times a table. */
  float[] exchange() {
    float[] identity = new float[entries() * entries()];
    for (int i = 0; i < entries(); i++) {
      identity[i * entries() + i] = 1;
    }
    return exchanged(identity);
  }

  /** Two neighbours along an axis, and how near the second is: 0 to 1. */
  private record Place(int low, int high, double share) {
    static Place of(int to, int toLength, int fromLength) {
      double from = Math.max(0, (to + 0.5) * fromLength / toLength - 0.5);
      int low = Math.min((int) from, fromLength - 1);
      return new Place(low, Math.min(low + 1, fromLength - 1), from - low);
    }

    double between(float[] table, int start, int heads, int head) {
      double first = table[(start + low) * heads + head];
      return first + share * (table[(start + high) * heads + head] - first);
    }
  }
}
