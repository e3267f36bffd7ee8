package io.labelmill.error;

import java.util.List;

/** Wrong arguments or configuration: exit code 1. */
public final class UsageException extends UserException {
  public UsageException(String problem) {
    super(List.of(problem), null);
  }

  public UsageException(List<String> problems) {
    super(problems, null);
  }

  /**
   * @throws UsageException with all problems, where there are any
   */
  public static void throwIfAny(List<String> problems) {
    if (!problems.isEmpty()) {
      throw new UsageException(problems);
    }
  }

  @Override
  public int exitCode() {
    return 1;
  }
}
