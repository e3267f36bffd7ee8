package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the parts of a checkpoint lie: all in one folder, as Transformers writes it, or as MLflow's
 * {@code transformers} flavour does, with the file {@code MLmodel} beside the folders {@code model}
 * and {@code components/image_processor}.
 *
 * @param model folder of {@code config.json} and the weights
 * @param processor {@code preprocessor_config.json}, or {@code processor_config.json} with an image
 *     processor in it, when there is one
 */
record ModelFolder(Path model, Optional<Path> processor) {
  private static final String PROCESSOR_FILE = "preprocessor_config.json";

  /** Holds an image processor among others, since Transformers 5; what it has counts first. */
  private static final String PROCESSORS_FILE = "processor_config.json";

  private static final String IMAGE_PROCESSOR = "image_processor";

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
    ForeignFolder.refuse(folder);
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
    List<String> within = foldersWithin(folder);
    throw new InputException(
        "%s is not a checkpoint: config.json is missing; there are %s.%s"
            .formatted(
                folder,
                WeightsFiles.listing(folder),
                within.isEmpty()
                    ? ""
                    : " A config.json is in %s: name that folder."
                        .formatted(String.join(", ", within))));
  }

  /** Folders of checkpoints in a folder: a training writes {@code checkpoint-500} and so on. */
  private static List<String> foldersWithin(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> Files.isRegularFile(entry.resolve("config.json")))
          .map(entry -> String.valueOf(entry.getFileName()))
          .sorted()
          .limit(10)
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** The graph of a folder that holds no weights: {@code model.onnx}, there or in {@code onnx}. */
  Optional<Path> graph() {
    return WeightsFiles.areMissing(model)
        ? OnnxFile.PLACES.stream().map(model::resolve).filter(Files::isRegularFile).findFirst()
        : Optional.empty();
  }

  /**
   * What a file says about the image processor: all of it, or that part of a {@value
   * #PROCESSORS_FILE}.
   *
   * @throws InputException when it can't be read
   */
  static ObjectNode processorConfig(Path file) {
    ObjectNode config = JsonText.object(file);
    return config.get(IMAGE_PROCESSOR) instanceof ObjectNode part ? part : config;
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
    Path several = folder.resolve(PROCESSORS_FILE);
    if (Files.isRegularFile(several) && JsonText.object(several).path(IMAGE_PROCESSOR).isObject()) {
      return Optional.of(several);
    }
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
