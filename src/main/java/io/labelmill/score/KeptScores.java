package io.labelmill.score;

/** Which scores of an image the table keeps. */
public enum KeptScores {
  /** The top k, in {@code predictions}. */
  TOP,
  /** The top k, and all of them in index order in the column {@code scores}. */
  ALL
}
