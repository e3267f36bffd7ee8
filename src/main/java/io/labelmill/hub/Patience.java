package io.labelmill.hub;

import java.time.Duration;

/**
 * How long the hub is waited for.
 *
 * @param answer for the headers of an answer
 * @param stall for the next bytes of a body
 * @param retries after the first attempt, counted anew whenever bytes have come
 * @param pause how a wait between attempts is spent
 */
record Patience(Duration connect, Duration answer, Duration stall, int retries, Pause pause) {
  /** A hub that asks to wait longer is not waited for. */
  static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(8);

  @FunctionalInterface
  interface Pause {
    void sleep(Duration time) throws InterruptedException;
  }

  static Patience ofUsers() {
    return new Patience(
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(30),
        5,
        time -> Thread.sleep(time.toMillis()));
  }

  /** 1, 2, 4, 8, 8 … seconds. */
  static Duration backoff(int failures) {
    Duration time = Duration.ofSeconds(1L << Math.min(failures - 1, 10));
    return time.compareTo(LONGEST_BACKOFF) < 0 ? time : LONGEST_BACKOFF;
  }
}
