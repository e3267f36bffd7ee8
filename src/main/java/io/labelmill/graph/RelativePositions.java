package io.labelmill.graph;

/**
 * The relative position bias of BEiT: one table entry per head for each offset between two patches,
 * and three more for the pairs with the leading token.
 */
record RelativePositions(int rows, int columns) {
  /** Offsets between patches. */
  private int offsets() {
    return (2 * rows - 1) * (2 * columns - 1);
  }

  /** Rows of a table. */
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
}
