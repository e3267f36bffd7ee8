package io.labelmill.model;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * A checkpoint opened from wherever it lies, and a scratch folder on the driver's disk for what is
 * made of it. Whoever opened it closes it, which removes the scratch folder.
 */
public final class ModelSource implements Closeable {
  private final Path scratch;
  private final Checkpoint checkpoint;

  private ModelSource(Path scratch, Checkpoint checkpoint) {
    this.scratch = scratch;
    this.checkpoint = checkpoint;
  }

  /**
   * Opens a checkpoint; everything but its weights is read now.
   *
   * @param model path or URI of the folder
   * @param processor path or URI of another {@code preprocessor_config.json} or its folder
   * @param labels path or URI of a file of label names
   * @throws io.labelmill.error.InputException if a part is missing, malformed, or contradicts
   *     another
   * @throws IOException if the scratch folder can't be made
   */
  public static ModelSource open(
      String model,
      Optional<String> processor,
      Optional<String> labels,
      Configuration configuration)
      throws IOException {
    Path scratch = Files.createTempDirectory("labelmill-");
    try {
      Path folder =
          ModelLocation.folder(
              "--model",
              model,
              configuration,
              Files.createDirectory(scratch.resolve("checkpoint")));
      CheckpointOptions options = CheckpointOptions.none().withName(name(model));
      if (processor.isPresent()) {
        options =
            options.withProcessor(
                ModelLocation.any(
                    "--processor",
                    processor.get(),
                    configuration,
                    Files.createDirectory(scratch.resolve("processor"))));
      }
      if (labels.isPresent()) {
        options =
            options.withLabels(
                ModelLocation.any(
                    "--labels",
                    labels.get(),
                    configuration,
                    Files.createDirectory(scratch.resolve("labels"))));
      }
      return new ModelSource(scratch, Checkpoint.open(folder, options));
    } catch (IOException | RuntimeException e) {
      Folders.delete(scratch);
      throw e;
    }
  }

  /** A model is called as its folder, wherever that was copied from. */
  private static String name(String model) {
    String bare = model.replaceFirst("/+$", "");
    String last = bare.substring(bare.lastIndexOf('/') + 1);
    return last.isEmpty() || last.equals(".") || last.equals("..")
        ? Path.of(bare.isEmpty() ? "/" : bare).toAbsolutePath().normalize().toString()
        : last;
  }

  /** Closed with this. */
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /** An empty folder for the graph, removed with this. */
  public Path graphFolder() throws IOException {
    return Files.createDirectories(scratch.resolve("graph"));
  }

  @Override
  public void close() throws IOException {
    checkpoint.close();
    Folders.delete(scratch);
  }
}
