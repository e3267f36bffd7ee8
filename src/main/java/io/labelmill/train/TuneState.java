package io.labelmill.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.InputException;
import io.labelmill.sink.OutputFiles;
import io.labelmill.train.TuneResult.Epoch;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A training's state beside its output, from which it goes on when it was killed: the weights with
 * which it begins, those of the last and of the best epoch, what the optimiser remembers, and what
 * epochs came to. An epoch counts once it stands in {@value #EPOCHS}, which is written last.
 *
 * @param folder of this training alone
 */
record TuneState(String folder) implements Serializable {
  private static final String START = "start.safetensors";
  private static final String EPOCHS = "epochs.json";
  private static final String FINGERPRINT = "fingerprint";

  /** In place of the fingerprint while the folder is being filled. */
  private static final String BEGUN = "begun";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Weights in front of the first epoch, all of them. */
  Path start() {
    return new Path(folder, START);
  }

  /** Weights behind an epoch, those that are trained. */
  Path model(int epoch) {
    return new Path(folder, "epoch-" + epoch + "-model.safetensors");
  }

  /** What the optimiser remembers behind an epoch. */
  Path memory(int epoch) {
    return new Path(folder, "epoch-" + epoch + "-optimiser.safetensors");
  }

  /**
   * What one of several has trained within an epoch, until all of them have read it.
   *
   * @param attempt of all of them to train the epoch
   * @param steps of the epoch that were done
   * @param kind of file
   */
  Path share(int epoch, int attempt, int steps, int trainer, String kind) {
    return new Path(
        folder,
        "epoch-%d-attempt-%d-steps-%d-trainer-%d-%s.safetensors"
            .formatted(epoch, attempt, steps, trainer, kind));
  }

  /**
   * The epochs that are done; none where the folder is of another training, which is deleted then.
   *
   * @param fingerprint of all that the weights depend on
   * @throws InputException when the folder is of somebody else
   */
  List<Epoch> done(String fingerprint, Configuration configuration) throws IOException {
    FileSystem files = files(configuration);
    Path own = new Path(folder);
    Path mark = new Path(folder, FINGERPRINT);
    if (files.exists(mark)) {
      if (text(files, mark).equals(fingerprint)) {
        return epochs(files);
      }
      files.delete(own, true);
    } else if (files.exists(own) && files.listStatus(own).length > 0) {
      throw new InputException(
          "%s is not of a training and would be deleted, to keep the state of this one: choose another --output, or move what is there."
              .formatted(folder));
    }
    if (!files.mkdirs(own)) {
      throw new IOException("cannot make the folder " + folder);
    }
    write(files, mark, BEGUN);
    return List.of();
  }

  /** From here on the folder is of the training of this fingerprint. */
  void begin(String fingerprint, java.nio.file.Path start, Configuration configuration)
      throws IOException {
    put(start, start(), configuration);
    write(files(configuration), new Path(folder, FINGERPRINT), fingerprint);
  }

  private List<Epoch> epochs(FileSystem files) throws IOException {
    List<Epoch> epochs = new ArrayList<>();
    if (files.exists(new Path(folder, EPOCHS))) {
      for (JsonNode node : JSON.readTree(text(files, new Path(folder, EPOCHS)))) {
        epochs.add(
            new Epoch(
                node.path("epoch").asInt(),
                node.path("loss").asDouble(),
                node.path("score").asDouble(),
                node.path("validation_loss").asDouble(),
                node.path("step").asLong()));
      }
    }
    return epochs;
  }

  /**
   * Notes that the last epoch is done, and deletes what is not needed any more.
   *
   * @param best of the epochs
   */
  void done(List<Epoch> epochs, int best, Configuration configuration) throws IOException {
    FileSystem files = files(configuration);
    List<ObjectNode> nodes = new ArrayList<>();
    epochs.forEach(epoch -> nodes.add(node(epoch)));
    write(files, new Path(folder, EPOCHS), JSON.writeValueAsString(nodes));
    int last = epochs.get(epochs.size() - 1).number();
    for (FileStatus file : files.listStatus(new Path(folder))) {
      Path path = file.getPath();
      boolean needed =
          List.of(model(last), memory(last), model(best)).stream()
              .anyMatch(one -> one.getName().equals(path.getName()));
      if (path.getName().startsWith("epoch-") && !needed) {
        files.delete(path, false);
      }
    }
  }

  static ObjectNode node(Epoch epoch) {
    return JSON.createObjectNode()
        .put("epoch", epoch.number())
        .put("loss", epoch.loss())
        .put("score", epoch.score())
        .put("validation_loss", epoch.validationLoss())
        .put("step", epoch.step());
  }

  void delete(Configuration configuration) throws IOException {
    files(configuration).delete(new Path(folder), true);
  }

  /** Copies a file of this machine into the folder. */
  void put(java.nio.file.Path file, Path target, Configuration configuration) throws IOException {
    FileSystem files = files(configuration);
    Path part = target.suffix(".part");
    FileUtil.copy(file.toFile(), files, part, false, configuration);
    files.delete(target, false);
    if (!files.rename(part, target)) {
      throw new IOException("cannot rename " + part + " to " + target);
    }
  }

  /** Writes or reads files of a network on this machine. */
  interface LocalFiles {
    void take(java.nio.file.Path model, java.nio.file.Path memory);
  }

  private interface Copying {
    void copy(java.nio.file.Path model, java.nio.file.Path memory) throws IOException;
  }

  private static void locally(Copying copying) throws IOException {
    java.nio.file.Path local = java.nio.file.Files.createTempDirectory("labelmill-tune");
    try {
      copying.copy(local.resolve("model"), local.resolve("memory"));
    } finally {
      FileUtil.fullyDelete(local.toFile());
    }
  }

  /** Has files written onto this machine, and copies them into the folder. */
  void put(LocalFiles writing, Path model, Path memory, Configuration configuration)
      throws IOException {
    locally(
        (localModel, localMemory) -> {
          writing.take(localModel, localMemory);
          put(localModel, model, configuration);
          put(localMemory, memory, configuration);
        });
  }

  /** Copies files of the folder onto this machine, and has them read there. */
  void get(LocalFiles reading, Path model, Path memory, Configuration configuration)
      throws IOException {
    locally(
        (localModel, localMemory) -> {
          get(model, localModel, configuration);
          get(memory, localMemory, configuration);
          reading.take(localModel, localMemory);
        });
  }

  /** The same for the weights alone. */
  void get(Consumer<java.nio.file.Path> reading, Path model, Configuration configuration)
      throws IOException {
    locally(
        (localModel, none) -> {
          get(model, localModel, configuration);
          reading.accept(localModel);
        });
  }

  /** Copies a file of the folder onto this machine. */
  void get(Path source, java.nio.file.Path file, Configuration configuration) throws IOException {
    FileUtil.copy(files(configuration), source, file.toFile(), false, configuration);
  }

  void remove(Path file, Configuration configuration) throws IOException {
    files(configuration).delete(file, false);
  }

  private FileSystem files(Configuration configuration) throws IOException {
    FileSystem files = new Path(folder).getFileSystem(configuration);
    // Without its files of checksums.
    return files instanceof LocalFileSystem local ? local.getRawFileSystem() : files;
  }

  private static String text(FileSystem files, Path path) throws IOException {
    try (var in = files.open(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void write(FileSystem files, Path path, String text) throws IOException {
    OutputFiles.write(files, path.suffix(".part"), path, text.getBytes(StandardCharsets.UTF_8));
  }
}
