package io.labelmill.error;

import java.util.List;

/** An input, model or output that the user can mend: exit code 2. */
public final class InputException extends UserException {
  public InputException(String problem) {
    super(List.of(problem), null);
  }

  public InputException(String problem, Throwable cause) {
    super(List.of(problem), cause);
  }

  public InputException(List<String> problems) {
    super(problems, null);
  }

  /**
   * @throws InputException with all problems, where there are any
   */
  public static void throwIfAny(List<String> problems) {
    if (!problems.isEmpty()) {
      throw new InputException(problems);
    }
  }

  @Override
  public int exitCode() {
    return 2;
  }
}
