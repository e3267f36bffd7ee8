package io.labelmill.score;

/** What becomes of a vector's length. */
public enum Normalization {
  NONE,
  /** Divided by its Euclidean length, so that products of vectors are cosines; zero stays zero. */
  L2
}
