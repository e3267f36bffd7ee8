package io.labelmill.train;

/** What becomes of labels without an image, and of images without labels. */
public enum Unmatched {
  /** They end the run. */
  FAIL,
  /** They are left out, and told. */
  LEAVE_OUT
}
