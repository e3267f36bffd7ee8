package io.labelmill.model;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.Originals;
import io.labelmill.hub.DownloadProgress;
import io.labelmill.hub.Hub;
import io.labelmill.hub.HubModel;
import io.labelmill.hub.HubName;
import io.labelmill.hub.HubSettings;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;

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
   * @param model path or URI of the folder, or {@code hf://ORG/NAME[@REVISION]} for a model of the
   *     hub, which is called {@code ORG/NAME@COMMIT} then
   * @param processor path or URI of another {@code preprocessor_config.json} or its folder
   * @param labels path or URI of a file of label names
   * @param head path or URI of the folder of a {@link io.labelmill.checkpoint.ClassifierHead} to
   *     put on; empty for the checkpoint's own
   * @param originals whose pixels, and whose relative positions
   * @param progress told of a download from the hub
   * @throws io.labelmill.error.InputException if a part is missing, malformed, or contradicts
   *     another, if the head belongs to another model, or if it can't be downloaded
   * @throws IOException if the scratch folder can't be made, or the hub's cache not be read
   */
  public static ModelSource open(
      String model,
      Optional<String> processor,
      Optional<String> labels,
      Optional<String> head,
      Originals originals,
      Configuration configuration,
      DownloadProgress progress)
      throws IOException {
    return open(
        Folders.scratch(),
        CheckpointOptions.none().withOriginals(originals),
        model,
        processor,
        labels,
        head,
        configuration,
        progress);
  }

  /**
   * As the longer form, with the scratch folder of a Spark that runs in this JVM, or is about to.
   *
   * @param conf of that Spark; one that does not run yet has a local master
   */
  public static ModelSource open(
      SparkConf conf,
      String model,
      Optional<String> processor,
      Optional<String> labels,
      Optional<String> head,
      Originals originals,
      Configuration configuration,
      DownloadProgress progress)
      throws IOException {
    return open(
        Folders.scratch(conf),
        CheckpointOptions.none().withOriginals(originals),
        model,
        processor,
        labels,
        head,
        configuration,
        progress);
  }

  /**
   * Opens a checkpoint without its {@code preprocessor_config.json}, which it need not have.
   *
   * @param model as for {@link #open}
   * @param originals whose relative positions
   * @param progress told of a download from the hub
   * @throws io.labelmill.error.InputException as {@link #open}
   * @throws IOException as {@link #open}
   */
  public static ModelSource openWithoutProcessor(
      String model, Originals originals, Configuration configuration, DownloadProgress progress)
      throws IOException {
    return open(
        Folders.scratch(),
        CheckpointOptions.none().withOriginals(originals).withoutProcessor(),
        model,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        configuration,
        progress);
  }

  private static ModelSource open(
      Path scratch,
      CheckpointOptions given,
      String model,
      Optional<String> processor,
      Optional<String> labels,
      Optional<String> head,
      Configuration configuration,
      DownloadProgress progress)
      throws IOException {
    try {
      Named found =
          HubName.isHubName(model)
              ? onHub(model, progress)
              : new Named(
                  ModelLocation.folder(
                      "--model",
                      model,
                      configuration,
                      Files.createDirectory(scratch.resolve("checkpoint"))),
                  name(model));
      CheckpointOptions options = given.withName(found.name());
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
      if (head.isPresent()) {
        options =
            options.withHead(
                ModelLocation.folder(
                    "--head",
                    head.get(),
                    configuration,
                    Files.createDirectory(scratch.resolve("head"))));
      }
      return new ModelSource(scratch, Checkpoint.open(found.folder(), options));
    } catch (IOException | RuntimeException e) {
      Folders.delete(scratch);
      throw e;
    }
  }

  private record Named(Path folder, String name) {}

  private static Named onHub(String model, DownloadProgress progress) throws IOException {
    HubName name = HubName.parse(model);
    HubModel found = new Hub(HubSettings.ofProcess()).download(name, progress);
    return new Named(found.folder(), found.name());
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
