package io.labelmill.graph;

/** How the tokens of a picture become one vector. */
public enum Pooling {
  /** The mean of the patches, without the leading token. */
  MEAN,
  /** The leading token, CLS. */
  CLS,
  /** A product and an activation behind the leading token, which only base models have. */
  POOLER
}
