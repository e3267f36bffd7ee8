package io.labelmill.checkpoint;

import io.labelmill.error.InputException;
import java.util.ArrayList;
import java.util.List;

/** Problems of one kind, of which there may be thousands. */
final class Problems {
  private static final int SHOWN = 20;

  private Problems() {}

  /** An exception with the first few and the number of the others. */
  static InputException of(List<String> problems) {
    if (problems.size() <= SHOWN) {
      return new InputException(problems);
    }
    List<String> first = new ArrayList<>(problems.subList(0, SHOWN));
    first.add("… and %d more problems like these.".formatted(problems.size() - SHOWN));
    return new InputException(first);
  }
}
