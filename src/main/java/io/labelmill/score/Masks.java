package io.labelmill.score;

/** Where masks are written. */
public enum Masks {
  /** Nowhere: a row has its segments alone. */
  NONE,
  /** Into the table, a PNG a row. */
  COLUMN,
  /** Into files beside the run record, of which the table has the paths. */
  FILES
}
