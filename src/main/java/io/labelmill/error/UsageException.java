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

  @Override
  public int exitCode() {
    return 1;
  }
}
