package io.labelmill.command;

import io.labelmill.model.ModelSource;
import io.labelmill.preprocess.ResizeBackend;
import io.labelmill.source.StoreProbe;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** The model that a command's operand names. */
final class NamedModel {
  private NamedModel() {}

  /** Opens it with the pixels that its files speak for. */
  static ModelSource open(
      String model, Optional<String> processor, Optional<String> labels, Terminal terminal)
      throws IOException {
    return open(model, processor, labels, ResizeBackend.AUTO, terminal);
  }

  /** Opens it, showing the progress of a download; who opens it closes it. */
  static ModelSource open(
      String model,
      Optional<String> processor,
      Optional<String> labels,
      ResizeBackend resizeBackend,
      Terminal terminal)
      throws IOException {
    Configuration configuration = probed(model);
    try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
      return ModelSource.open(
          model,
          processor,
          labels,
          Optional.empty(),
          resizeBackend,
          configuration,
          progress::downloading);
    }
  }

  /** Opens it for pixel values that are there already, without what would make them. */
  static ModelSource openWithoutProcessor(String model, Terminal terminal) throws IOException {
    Configuration configuration = probed(model);
    try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
      return ModelSource.openWithoutProcessor(model, configuration, progress::downloading);
    }
  }

  /** Hadoop's settings, with which the model's store answers. */
  private static Configuration probed(String model) {
    Configuration configuration = SparkRun.hadoopConfiguration();
    StoreProbe.check(List.of(new StoreProbe.Place("MODEL", model)), configuration);
    return configuration;
  }
}
