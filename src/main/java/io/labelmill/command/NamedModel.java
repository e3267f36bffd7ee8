package io.labelmill.command;

import io.labelmill.model.ModelSource;
import java.io.IOException;
import java.util.Optional;

/** The model that a command's operand names. */
final class NamedModel {
  private NamedModel() {}

  /** Opens it, showing the progress of a download; who opens it closes it. */
  static ModelSource open(
      String model, Optional<String> processor, Optional<String> labels, Terminal terminal)
      throws IOException {
    try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
      return ModelSource.open(
          model, processor, labels, SparkRun.hadoopConfiguration(), progress::downloading);
    }
  }

  /** Opens it for pixel values that are there already, without what would make them. */
  static ModelSource openWithoutProcessor(String model, Terminal terminal) throws IOException {
    try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
      return ModelSource.openWithoutProcessor(
          model, SparkRun.hadoopConfiguration(), progress::downloading);
    }
  }
}
