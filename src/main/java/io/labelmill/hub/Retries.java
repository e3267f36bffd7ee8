package io.labelmill.hub;

import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The attempts at one thing, with growing waits between them. Used by one thread. */
final class Retries {
  private static final Logger log = LoggerFactory.getLogger(Retries.class);

  @FunctionalInterface
  interface Attempt<T> {
    /**
     * @throws IOException when another attempt may succeed
     * @throws InputException when none will
     */
    T run() throws IOException;
  }

  private final Patience patience;
  private final String what;
  private int failures;
  private long furthest;

  /**
   * @param what is attempted, for messages, such as {@code GET https://…}
   */
  Retries(Patience patience, String what) {
    this.patience = patience;
    this.what = what;
  }

  /**
   * @throws InputException from an attempt
   * @throws OutageException when no attempt is left
   * @throws InterruptedIOException if the thread is interrupted; it stays so
   */
  <T> T run(Attempt<T> attempt) throws InterruptedIOException {
    while (true) {
      try {
        return attempt.run();
      } catch (IOException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw interrupted(e);
        }
        pause(e);
      }
    }
  }

  /**
   * An attempt came to a position. Where none was before, what fails from here on is counted anew;
   * a server that always breaks off at the same place is given up.
   */
  void reached(long position) {
    if (position > furthest) {
      furthest = position;
      failures = 0;
    }
  }

  private void pause(IOException failure) throws InterruptedIOException {
    failures++;
    if (failures > patience.retries()) {
      throw new OutageException(
          "%s failed %d times, the last time because %s. Try again later: what has been downloaded is kept."
              .formatted(what, failures, reason(failure)),
          failure);
    }
    Duration time =
        failure instanceof BusyException busy
            ? busy.asked().orElse(Patience.backoff(failures))
            : Patience.backoff(failures);
    if (time.compareTo(Patience.LONGEST_PAUSE) > 0) {
      throw new OutageException(
          "%s: %s, and asks to be left alone for %d s. Try again after that: what has been downloaded is kept."
              .formatted(what, reason(failure), time.toSeconds()),
          failure);
    }
    log.warn("{}: {}; trying again in {} s", what, reason(failure), time.toMillis() / 1000.0);
    try {
      patience.pause().sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw interrupted(e);
    }
  }

  private InterruptedIOException interrupted(Exception cause) {
    InterruptedIOException interrupted = new InterruptedIOException(what + " was interrupted");
    interrupted.initCause(cause);
    return interrupted;
  }

  /** Some of Java's network exceptions have no message of their own. */
  static String reason(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null && !cause.getMessage().isBlank()) {
        return HubName.printable(cause.getMessage());
      }
    }
    return switch (failure.getClass().getSimpleName()) {
      case "ConnectException" -> "no connection could be made";
      case "ClosedChannelException" -> "the connection was closed";
      default -> failure.getClass().getSimpleName();
    };
  }

  /** An answer that says: not now. */
  static final class BusyException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient Optional<Duration> asked;

    BusyException(String message, Optional<Duration> asked) {
      super(message);
      this.asked = asked;
    }

    /** How long the server asks to be left alone. */
    Optional<Duration> asked() {
      return asked;
    }
  }
}
