package io.labelmill.model;

import io.labelmill.checkpoint.CheckpointFiles;
import io.labelmill.checkpoint.OnnxFile;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.hub.HubName;
import io.labelmill.table.Location;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a model's files to the driver's disk, where they are not there already. */
final class ModelLocation {
  private static final Logger log = LoggerFactory.getLogger(ModelLocation.class);

  /** What checkpoint folders hold beside a checkpoint, and nobody needs for scoring. */
  private static final Set<String> LEFT_BEHIND =
      Set.of(
          "optimizer.pt", "scheduler.pt", "training_args.bin", "tf_model.h5", "flax_model.msgpack");

  /** Where a fine-tuning service's folder has its parts. */
  private static final Set<String> PARTS = Set.of("model", "components", "pipeline");

  /** Where exported graphs lie below a checkpoint. */
  private static final String GRAPHS = "onnx";

  private ModelLocation() {}

  /**
   * A local folder with what a folder holds.
   *
   * @param option that named it, for messages
   * @param location a path, or a URI of any file system that Hadoop knows
   * @param scratch an empty folder for a copy
   * @throws InputException if there is no such folder or it can't be read
   */
  static Path folder(String option, String location, Configuration configuration, Path scratch) {
    Path local = any(option, location, configuration, scratch);
    if (!Files.isDirectory(local)) {
      throw new InputException(
          option
              + " "
              + location
              + " is a file: name the folder that holds "
              + (option.equals("--head") ? "head.json" : "config.json and the weights"));
    }
    return local;
  }

  /** As {@link #folder}, or a single file. */
  static Path any(String option, String location, Configuration configuration, Path scratch) {
    if (HubName.isHubName(location)) {
      throw new InputException(
          option + " " + location + ": only a whole model can come from the hub; name a file");
    }
    try {
      org.apache.hadoop.fs.Path remote = Location.of(location).hadoop();
      FileSystem store = remote.getFileSystem(configuration);
      FileStatus status = store.getFileStatus(remote);
      if ("file".equals(store.getUri().getScheme())) {
        return Path.of(status.getPath().toUri().getPath());
      }
      long start = System.nanoTime();
      Path copy = scratch;
      if (status.isDirectory()) {
        copyFolder(store, remote, scratch, configuration);
      } else {
        copy = scratch.resolve(remote.getName());
        FileUtil.copy(store, remote, copy.toFile(), false, configuration);
      }
      log.info("Copied {} in {} ms", location, (System.nanoTime() - start) / 1_000_000);
      return copy;
    } catch (FileNotFoundException e) {
      throw new InputException(
          option + " " + location + " does not exist, as seen from the driver", e);
    } catch (IOException e) {
      throw Cause.failure(option + " " + location + " can't be read: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new InputException(option + " " + location + " is not a path: " + e.getMessage(), e);
    }
  }

  private static void copyFolder(
      FileSystem store, org.apache.hadoop.fs.Path from, Path to, Configuration configuration)
      throws IOException {
    List<FileStatus> entries = Arrays.asList(store.listStatus(from));
    boolean hasSafetensors =
        entries.stream().anyMatch(entry -> entry.getPath().getName().endsWith(".safetensors"));
    boolean hasWeights =
        entries.stream()
            .anyMatch(entry -> CheckpointFiles.weights().contains(entry.getPath().getName()));
    for (FileStatus entry : entries) {
      String name = entry.getPath().getName();
      Path target = to.resolve(name);
      boolean isExport = hasWeights && name.startsWith(OnnxFile.NAME);
      if (name.startsWith(".") || LEFT_BEHIND.contains(name) || isExport) {
        continue;
      }
      if (entry.isDirectory()) {
        // A trainer leaves its own checkpoints and logs in the folder, as large as the model.
        boolean isGraph = name.equals(GRAPHS) && !hasWeights;
        if (!PARTS.contains(name) && !PARTS.contains(from.getName()) && !isGraph) {
          continue;
        }
        Files.createDirectories(target);
        copyFolder(store, entry.getPath(), target, configuration);
      } else if (!(hasSafetensors && name.endsWith(".bin"))) {
        FileUtil.copy(store, entry.getPath(), target.toFile(), false, configuration);
      }
    }
  }
}
