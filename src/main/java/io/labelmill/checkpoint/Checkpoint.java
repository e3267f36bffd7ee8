package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.InputException;
import java.io.Closeable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A Hugging Face checkpoint folder: what the model is, how its pictures are prepared, what its
 * outputs are called, and its weights. Safe for use by several threads at once; whoever opened it
 * closes it.
 */
public final class Checkpoint implements Closeable {
  private final String name;
  private final Path folder;
  private final ObjectNode config;
  private final Labels labels;
  private final Optional<ProblemType> problemType;
  private final TensorStore weights;
  private final List<Path> files;
  private final List<String> warnings;

  private Checkpoint(Path folder, CheckpointOptions options) {
    this.folder = folder;
    name = options.name().orElse(String.valueOf(folder.toAbsolutePath().normalize().getFileName()));
    config = JsonText.object(folder.resolve("config.json"));
    WeightsFiles weightsFiles = WeightsFiles.in(folder);
    files = new ArrayList<>(List.of(folder.resolve("config.json")));
    weightsFiles.index().ifPresent(index -> files.add(index.file()));
    files.addAll(weightsFiles.files());
    warnings = List.of();
    problemType = Optional.empty();
    weights = weightsFiles.open();
    labels =
        weights.contains("classifier.weight")
            ? numbered(weights.info("classifier.weight").shape().get(0).intValue())
            : new Labels(List.of(), List.of());
  }

  private Labels numbered(int rows) {
    JsonNode names = config.path("id2label");
    List<Integer> ids = IntStream.range(0, rows).boxed().toList();
    return new Labels(
        ids, ids.stream().map(id -> names.path("" + id).asText("LABEL_" + id)).toList());
  }

  /**
   * Opens a checkpoint. Everything but the weights is read now.
   *
   * @throws InputException when a file is missing, malformed, or contradicts another
   */
  public static Checkpoint open(Path folder, CheckpointOptions options) {
    if (!Files.isDirectory(folder)) {
      throw new InputException("%s is not a folder.".formatted(folder));
    }
    return new Checkpoint(folder, options);
  }

  /**
   * What the checkpoint is called in tables: the folder's name unless the options say otherwise.
   */
  public String name() {
    return name;
  }

  /** The folder that holds {@code config.json}. */
  public Path folder() {
    return folder;
  }

  /** All of {@code config.json}. */
  public JsonNode config() {
    return config;
  }

  /** What the outputs are called; empty for a checkpoint without a classifier. */
  public Labels labels() {
    return labels;
  }

  /** As {@code config.json} says; empty when it does not. */
  public Optional<ProblemType> problemType() {
    return problemType;
  }

  /** The tensors. Closed with the checkpoint. */
  public TensorStore weights() {
    return weights;
  }

  /** What the user should know and may want to change; one sentence or two each. */
  public List<String> warnings() {
    return warnings;
  }

  @Override
  public void close() {
    weights.close();
  }
}
