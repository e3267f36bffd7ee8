package io.labelmill.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.sink.Files;
import io.labelmill.train.TuneResult.Epoch;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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
   * The epochs that are done; none where the folder is of another training, which is deleted then.
   *
   * @param fingerprint of all that the weights depend on
   */
  List<Epoch> done(String fingerprint, Configuration configuration) throws IOException {
    FileSystem files = files(configuration);
    Path mark = new Path(folder, FINGERPRINT);
    if (files.exists(mark) && text(files, mark).equals(fingerprint)) {
      return epochs(files);
    }
    files.delete(new Path(folder), true);
    files.mkdirs(new Path(folder));
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

  /** Copies a file of the folder onto this machine. */
  void get(Path source, java.nio.file.Path file, Configuration configuration) throws IOException {
    FileUtil.copy(files(configuration), source, file.toFile(), false, configuration);
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
    Files.write(files, path.suffix(".part"), path, text.getBytes(StandardCharsets.UTF_8));
  }
}
