package io.labelmill.command;

import io.labelmill.checkpoint.Originals;
import io.labelmill.model.ModelSource;
import io.labelmill.source.StoreProbe;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** The model that a command's operand names. */
final class NamedModel {
  private NamedModel() {}

  /** Opens it with its own processor and labels. */
  static ModelSource open(String model, Originals originals, Terminal terminal) throws IOException {
    return open(model, Optional.empty(), Optional.empty(), originals, terminal);
  }

  /** Opens it, showing the progress of a download; who opens it closes it. */
  static ModelSource open(
      String model,
      Optional<String> processor,
      Optional<String> labels,
      Originals originals,
      Terminal terminal)
      throws IOException {
    Configuration configuration = probed(model);
    try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
      return ModelSource.open(
          model,
          processor,
          labels,
          Optional.empty(),
          originals,
          configuration,
          progress::downloading);
    }
  }

  /** Opens it for pixel values that are there already, without what would make them. */
  static ModelSource openWithoutProcessor(String model, Originals originals, Terminal terminal)
      throws IOException {
    Configuration configuration = probed(model);
    try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
      return ModelSource.openWithoutProcessor(
          model, originals, configuration, progress::downloading);
    }
  }

  /** Hadoop's settings, with which the model's store answers. */
  private static Configuration probed(String model) {
    Configuration configuration = SparkRun.hadoopConfiguration();
    StoreProbe.check(List.of(new StoreProbe.Place("MODEL", model)), configuration);
    return configuration;
  }
}
