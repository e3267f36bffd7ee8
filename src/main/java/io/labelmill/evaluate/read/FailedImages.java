package io.labelmill.evaluate.read;

/** What an image without a score counts as. */
public enum FailedImages {
  WRONG,
  /** It is left out of all metrics, and counted beside them. */
  LEAVE_OUT
}
