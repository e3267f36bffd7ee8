package io.labelmill.command;

import io.labelmill.score.Threshold;
import java.util.Optional;

/** Reads {@code --threshold}, which several commands have. */
final class ThresholdOption {
  private ThresholdOption() {}

  /** Empty when it is not given, or wrong; the latter is told with the other problems. */
  static Optional<Threshold> read(Arguments arguments, CommandOption option) {
    return arguments
        .text(option)
        .map(
            text ->
                arguments.checked(
                    () ->
                        Threshold.isFile(text)
                            ? Threshold.parseJson(TextFile.read(option.name(), text), text)
                            : Threshold.parse(text)));
  }
}
