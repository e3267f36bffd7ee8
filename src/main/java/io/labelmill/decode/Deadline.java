package io.labelmill.decode;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.time.Duration;

/**
 * When a decode is given up. It is asked between rows, scans and blocks of input, so no thread is
 * interrupted and none is left behind.
 */
final class Deadline {
  private final Duration limit;
  private long endNanos;

  private Deadline(Duration limit, long endNanos) {
    this.limit = limit;
    this.endNanos = endNanos;
  }

  static Deadline after(Duration limit) {
    return new Deadline(limit, System.nanoTime() + limit.toNanos());
  }

  /** Grants time in which nothing could be done. */
  void extend(long nanos) {
    endNanos += nanos;
  }

  boolean passed() {
    return System.nanoTime() - endNanos >= 0;
  }

  /**
   * @throws ImageException {@link Status#TIMED_OUT} once the limit is passed
   */
  void check() throws ImageException {
    if (passed()) {
      throw exceeded();
    }
  }

  ImageException exceeded() {
    return new ImageException(
        Status.TIMED_OUT,
        "Decoding took longer than " + limit.toMillis() + " ms and was given up.");
  }
}
