package io.labelmill.error;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Something that the user can mend: shown as a message without a stack trace. Everything else that
 * escapes is a bug or lost infrastructure (exit code 3) and keeps its trace.
 */
public abstract sealed class UserException extends RuntimeException
    permits UsageException, InputException {
  /** A stack trace that begins with one of these exceptions, in another exception's message. */
  private static final Pattern TOLD =
      Pattern.compile(
          "io\\.labelmill\\.error\\.(Input|Usage)Exception: (.+?)(?:\\R\\s+at |\\z)",
          Pattern.DOTALL);

  private final List<String> problems;

  UserException(List<String> problems, Throwable cause) {
    super(String.join(System.lineSeparator(), problems), cause);
    this.problems = List.copyOf(problems);
  }

  /**
   * Several mistakes as one, with the exit code of the one that comes first in a command's life.
   */
  public static UserException of(List<UserException> mistakes) {
    List<String> problems = mistakes.stream().flatMap(m -> m.problems().stream()).toList();
    return mistakes.stream().anyMatch(UsageException.class::isInstance)
        ? new UsageException(problems)
        : new InputException(problems);
  }

  /** Every problem found, one sentence or short paragraph each. */
  public List<String> problems() {
    return problems;
  }

  /**
   * The user's mistake behind a failure: itself or one of its causes. An executor's failure reaches
   * the driver as the cause of Spark's own exception or, where it could not be read back, as text
   * in that exception's message.
   */
  public static Optional<UserException> in(Throwable failure) {
    List<Throwable> causes = Cause.all(failure);
    // An exception repeats its cause's text in its own message: the cause itself says it better.
    for (Throwable cause : causes) {
      if (cause instanceof UserException mistake) {
        return Optional.of(mistake);
      }
    }
    return causes.stream().flatMap(cause -> told(cause).stream()).findFirst();
  }

  private static Optional<UserException> told(Throwable cause) {
    Matcher told = TOLD.matcher(String.valueOf(cause.getMessage()));
    if (!told.find()) {
      return Optional.empty();
    }
    String problem = told.group(2).strip();
    return Optional.of(
        told.group(1).equals("Input")
            ? new InputException(problem, cause)
            : new UsageException(problem));
  }

  public abstract int exitCode();
}
