package io.labelmill.source;

import io.labelmill.error.Cause;
import io.labelmill.error.OutageException;
import io.labelmill.error.UserException;
import io.labelmill.table.Location;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/** Tells what Spark throws over a user's input from bugs and lost executors. */
final class Failures {
  private Failures() {}

  /** What to end with where files could not be read; empty for any other failure. */
  static Optional<RuntimeException> ofInput(List<String> inputs, Exception e) {
    if (e instanceof UserException || e instanceof OutageException) {
      return Optional.of((RuntimeException) e);
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException
          || cause instanceof UncheckedIOException
          || String.valueOf(cause.getMessage()).contains("FAILED_READ_FILE")) {
        return Optional.of(
            Cause.failure(
                "The input " + String.join(", ", inputs) + " cannot be read: " + reason(cause), e));
      }
    }
    return Optional.empty();
  }

  /** The first line of the message closest to the root, without credentials. */
  static String reason(Throwable e) {
    String reason = e.toString();
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null && !cause.getMessage().isBlank()) {
        reason = cause.getMessage();
      }
    }
    return Location.redacted(reason.lines().findFirst().orElse(""));
  }
}
