package io.labelmill.graph;

/** Points of a map, row by row. */
record MapGrid(int rows, int columns) {
  int points() {
    return rows * columns;
  }

  /** So many times as fine along both sides. */
  MapGrid times(int factor) {
    return new MapGrid(rows * factor, columns * factor);
  }

  /** Half as fine; what is left over at the far sides is left out. */
  MapGrid halved() {
    return new MapGrid(rows / 2, columns / 2);
  }
}
