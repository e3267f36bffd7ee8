package io.labelmill.source;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Hosts that asked to be left alone for a while, by {@code Retry-After}; all tasks of the JVM leave
 * them alone. Safe for use by several threads.
 */
final class HostRests {
  /** That of all tasks. */
  static final HostRests SHARED = new HostRests();

  /** No server may ask for more: a wrong number must not close it for as long as a cluster runs. */
  static final Duration LONGEST = Duration.ofHours(1);

  private final Map<String, Long> untilNanos = new ConcurrentHashMap<>();

  /** Leaves a host alone for a time from now on, or for longer where that was said before. */
  void rest(String host, Duration time) {
    Duration bounded = time.compareTo(LONGEST) < 0 ? time : LONGEST;
    long until = System.nanoTime() + bounded.toNanos();
    untilNanos.merge(host, until, (one, other) -> one - other > 0 ? one : other);
  }

  /** How long a host is left alone yet. */
  Duration left(String host) {
    Long until = untilNanos.get(host);
    long left = until == null ? 0 : until - System.nanoTime();
    if (until != null && left <= 0) {
      untilNanos.remove(host, until);
    }
    return Duration.ofNanos(Math.max(0, left));
  }

  /**
   * Waits until a host may be asked.
   *
   * @return false at once where that would take longer than a limit
   */
  boolean await(String host, Duration limit) throws InterruptedIOException {
    for (Duration left = left(host); !left.isZero(); left = left(host)) {
      if (left.compareTo(limit) > 0) {
        return false;
      }
      sleep(left);
    }
    return true;
  }

  static void sleep(Duration time) throws InterruptedIOException {
    try {
      Thread.sleep(time.toMillis() + 1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }
}
