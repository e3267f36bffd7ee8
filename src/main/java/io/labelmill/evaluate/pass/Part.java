package io.labelmill.evaluate.pass;

import io.labelmill.evaluate.read.FailedImages;

/** What an image is to an evaluation. */
public enum Part {
  /** Scored; metrics are of these. */
  REPORTED,
  /**
   * Without scores among those that are reported: wrong or left out, as {@link FailedImages} says.
   */
  FAILED,
  /** Scored; thresholds are fitted on these, and no metric is of them. */
  FITTED,
  /** Without scores among those set aside for fitting. */
  FITTED_FAILED,
  /** In one table alone, contradicted, without exactly one class, or with numbers that are none. */
  NOT_COUNTED;

  /** Whether the image is among those set aside for fitting thresholds. */
  public boolean isSetAside() {
    return this == FITTED || this == FITTED_FAILED;
  }
}
