package io.labelmill.train;

/** How much an image counts in training. */
public enum ClassWeights {
  /** Every image counts the same. */
  NONE,
  /** Every class together counts the same: an image by n / (classes * images of its class). */
  BALANCED
}
