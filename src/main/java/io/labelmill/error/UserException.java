package io.labelmill.error;

import java.util.List;

/**
 * Something that the user can mend: shown as a message without a stack trace. Everything else that
 * escapes is a bug or lost infrastructure (exit code 3) and keeps its trace.
 */
public abstract sealed class UserException extends RuntimeException
    permits UsageException, InputException {
  private final List<String> problems;

  UserException(List<String> problems, Throwable cause) {
    super(String.join(System.lineSeparator(), problems), cause);
    this.problems = List.copyOf(problems);
  }

  /** Every problem found, one sentence or short paragraph each. */
  public List<String> problems() {
    return problems;
  }

  /** The exit code of a process that ends with this. */
  public abstract int exitCode();
}
