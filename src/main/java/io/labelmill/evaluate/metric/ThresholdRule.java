package io.labelmill.evaluate.metric;

/** When a score assigns its label. */
public enum ThresholdRule {
  /** Above the threshold: how {@code jobs/score} assigns. */
  GT,
  /** At the threshold or above it. */
  GE;

  public boolean assigns(double score, double threshold) {
    return this == GT ? score > threshold : score >= threshold;
  }

  /**
   * A threshold in [0, 1] that assigns {@code above} and not {@code below}: the midpoint, or the
   * end that the rule allows where no number lies between the two.
   *
   * @param above the lowest score that is to be assigned
   * @param below the next lower score; not finite where there is none
   * @param floats whether scores and threshold are compared as floats
   * @return NaN where no threshold in [0, 1] does it
   */
  public double between(double above, double below, boolean floats) {
    double upper = Double.isInfinite(above) ? 1 : above;
    double lower = Double.isFinite(below) ? below : 0;
    if (Double.isInfinite(above) && lower >= 1) {
      return this == GT ? 1 : Double.NaN;
    }
    if (upper <= lower) {
      // No score lies below and `above` is 0: only "at or above 0" assigns it.
      return this == GE && upper == lower && !Double.isFinite(below) ? lower : Double.NaN;
    }
    double midpoint = lower + (upper - lower) / 2;
    double middle = floats ? (double) (float) midpoint : midpoint;
    boolean separates = assigns(upper, middle) && !assigns(lower, middle);
    if (separates || (!Double.isFinite(below) && assigns(upper, middle))) {
      return middle;
    }
    return this == GT ? lower : upper;
  }
}
