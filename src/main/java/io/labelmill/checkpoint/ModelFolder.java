package io.labelmill.checkpoint;

import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the parts of a checkpoint lie: all in one folder, as Transformers writes it, or as MLflow's
 * {@code transformers} flavour does, with the file {@code MLmodel} beside the folders {@code model}
 * and {@code components/image_processor}.
 *
 * @param model folder of {@code config.json} and the weights
 * @param processor {@code preprocessor_config.json}, when there is one
 */
record ModelFolder(Path model, Optional<Path> processor) {
  private static final String PROCESSOR_FILE = "preprocessor_config.json";

  /** Before MLflow 2.4.1 the folder was called pipeline. */
  private static final List<String> MLFLOW_MODELS = List.of("model", "pipeline");

  private static final List<String> MLFLOW_PROCESSORS =
      List.of("image_processor", "feature_extractor", "processor");

  /**
   * @throws InputException when there is no such folder, or no {@code config.json} where one
   *     belongs
   */
  static ModelFolder resolve(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new InputException(
          "%s is not a folder%s."
              .formatted(folder, Files.exists(folder) ? "" : ": it does not exist"));
    }
    if (Files.isRegularFile(folder.resolve("config.json"))) {
      Path parent = folder.toAbsolutePath().normalize().getParent();
      Optional<Path> own = processorIn(folder);
      return new ModelFolder(
          folder,
          own.isPresent() || parent == null || !Files.isRegularFile(parent.resolve("MLmodel"))
              ? own
              : mlflowProcessor(parent));
    }
    for (String name : MLFLOW_MODELS) {
      Path model = folder.resolve(name);
      if (Files.isRegularFile(model.resolve("config.json"))) {
        Optional<Path> component = mlflowProcessor(folder);
        return new ModelFolder(model, component.isPresent() ? component : processorIn(model));
      }
    }
    if (Files.isRegularFile(folder.resolve("MLmodel"))) {
      throw new InputException(
          "%s is an MLflow model (flavours: %s) without model/config.json: only the transformers flavour, saved with its weights, is read; there are %s."
              .formatted(
                  folder,
                  String.join(", ", flavours(folder.resolve("MLmodel"))),
                  WeightsFiles.listing(folder)));
    }
    throw new InputException(
        "%s is not a checkpoint: config.json is missing; there are %s."
            .formatted(folder, WeightsFiles.listing(folder)));
  }

  /**
   * The configuration that {@code --processor} names.
   *
   * @throws InputException when there is none
   */
  static Path processorAt(Path folderOrFile) {
    if (Files.isRegularFile(folderOrFile)) {
      return folderOrFile;
    }
    return processorIn(folderOrFile)
        .or(() -> mlflowProcessor(folderOrFile))
        .orElseThrow(
            () ->
                new InputException(
                    "--processor %s: neither a file nor a folder that holds %s."
                        .formatted(folderOrFile, PROCESSOR_FILE)));
  }

  private static Optional<Path> mlflowProcessor(Path folder) {
    return MLFLOW_PROCESSORS.stream()
        .map(name -> processorIn(folder.resolve("components").resolve(name)))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<Path> processorIn(Path folder) {
    return Optional.of(folder.resolve(PROCESSOR_FILE)).filter(Files::isRegularFile);
  }

  /** The keys under {@code flavors:} in the YAML that MLflow writes. */
  private static List<String> flavours(Path mlModel) {
    List<String> flavours = new ArrayList<>();
    try {
      boolean inside = false;
      for (String line : Files.readAllLines(mlModel)) {
        if (!line.startsWith(" ")) {
          inside = line.startsWith("flavors:");
        } else if (inside && line.matches("  \\w+:.*")) {
          flavours.add(line.strip().replaceAll(":.*", ""));
        }
      }
    } catch (IOException e) {
      flavours.add("unknown, " + Channels.reason(e));
    }
    return flavours;
  }
}
