package io.labelmill.tune;

/** How the learning rate goes down behind its warm-up. */
public enum Schedule {
  /** Half a cosine, to 0. */
  COSINE,
  /** A line, to 0. */
  LINEAR;

  /**
   * What the learning rate is multiplied by, as {@code get_cosine_schedule_with_warmup} and {@code
   * get_linear_schedule_with_warmup} of Transformers have it: from 0 up to 1, and down again.
   *
   * @param step from 0
   * @param warmup steps on which it goes up
   * @param steps in all
   */
  public double factor(long step, long warmup, long steps) {
    if (step < warmup) {
      return (double) step / Math.max(1, warmup);
    }
    double done = (double) (step - warmup) / Math.max(1, steps - warmup);
    return switch (this) {
      case COSINE -> Math.max(0, 0.5 * (1 + Math.cos(Math.PI * done)));
      case LINEAR -> Math.max(0, 1 - done);
    };
  }
}
