package io.labelmill.model;

import io.labelmill.error.InputException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folder that {@code --model} names, brought to the driver's disk where it is not there. */
public final class ModelLocation {
  private static final Logger log = LoggerFactory.getLogger(ModelLocation.class);

  /** What checkpoint folders hold beside a checkpoint, and nobody needs for scoring. */
  private static final Set<String> LEFT_BEHIND =
      Set.of(
          "optimizer.pt", "scheduler.pt", "training_args.bin", "tf_model.h5", "flax_model.msgpack");

  private ModelLocation() {}

  /**
   * A local folder with the model's files.
   *
   * @param model a path, or a URI of any file system that Hadoop knows
   * @param scratch an existing folder for a copy; what is put there belongs to the caller
   * @throws InputException if there is no such folder or it can't be read
   */
  public static Path local(String model, Configuration configuration, Path scratch) {
    org.apache.hadoop.fs.Path remote = path(model);
    try {
      FileSystem store = remote.getFileSystem(configuration);
      FileStatus status = store.getFileStatus(remote);
      if (!status.isDirectory()) {
        throw new InputException(
            "--model "
                + model
                + " is a file: name the folder that holds config.json and the weights");
      }
      if ("file".equals(store.getUri().getScheme())) {
        return Path.of(status.getPath().toUri().getPath());
      }
      long start = System.nanoTime();
      copy(store, remote, scratch, configuration);
      log.info("Copied {} in {} ms", model, (System.nanoTime() - start) / 1_000_000);
      return scratch;
    } catch (FileNotFoundException e) {
      throw new InputException(
          "There is no model folder " + model + ": check --model (seen from the driver)", e);
    } catch (IOException e) {
      throw new InputException(
          "The model folder " + model + " can't be read: " + e.getMessage(), e);
    }
  }

  private static org.apache.hadoop.fs.Path path(String model) {
    String text = model.startsWith("s3://") ? "s3a" + model.substring(2) : model;
    try {
      return new org.apache.hadoop.fs.Path(text);
    } catch (IllegalArgumentException e) {
      throw new InputException("--model " + model + " is not a path: " + e.getMessage(), e);
    }
  }

  private static void copy(
      FileSystem store, org.apache.hadoop.fs.Path from, Path to, Configuration configuration)
      throws IOException {
    List<FileStatus> entries = new ArrayList<>(List.of(store.listStatus(from)));
    boolean safetensors =
        entries.stream().anyMatch(entry -> entry.getPath().getName().endsWith(".safetensors"));
    for (FileStatus entry : entries) {
      String name = entry.getPath().getName();
      Path target = to.resolve(name);
      if (name.startsWith(".") || LEFT_BEHIND.contains(name)) {
        continue;
      }
      if (entry.isDirectory()) {
        // A fine-tuning service's folder has its parts one or two levels down.
        Files.createDirectories(target);
        copy(store, entry.getPath(), target, configuration);
      } else if (!(safetensors && name.endsWith(".bin"))) {
        FileUtil.copy(store, entry.getPath(), target.toFile(), false, configuration);
      }
    }
  }
}
