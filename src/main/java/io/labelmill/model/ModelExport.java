package io.labelmill.model;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.Labels;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.checkpoint.Taps;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.graph.GraphFiles;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.Network;
import io.labelmill.graph.OneFile;
import io.labelmill.graph.Operators;
import io.labelmill.graph.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A checkpoint as a folder that ONNX runtimes and DJL take, and every command here too. */
public final class ModelExport {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** The factories by name, since their package knows this one and not the reverse. */
  private static final String LABEL_FACTORY = "io.labelmill.djl.LabelTranslatorFactory";

  private static final String MASK_FACTORY = "io.labelmill.djl.MaskTranslatorFactory";

  private ModelExport() {}

  /**
   * Writes {@code model.onnx} (input {@code pixel_values}, output {@code logits}, any number of
   * images), {@code config.json}, {@code preprocessor_config.json}, {@code synset.txt} with the
   * labels in the order of the logits, and {@code serving.properties}. Numbers are inside of the
   * model, or in {@code model.onnx.data} where it would be longer than 2 GB. The folder appears
   * with all of it or not at all.
   *
   * @param relabelled whether the labels are others than those of the checkpoint's config.json
   * @param target must not exist, or be an empty folder
   * @return the names of the files, sorted
   * @throws InputException when the folder has something in it or can't be written, or the model
   *     has no classifier or can't be built
   */
  public static List<String> write(
      Checkpoint checkpoint, Operators operators, Relabelled relabelled, Path target) {
    Path folder = target.toAbsolutePath().normalize();
    checkFree(folder);
    ModelBundle.check(checkpoint, Precision.FP32);
    Path parts = null;
    try {
      Files.createDirectories(folder.getParent());
      parts = Files.createTempDirectory(folder.getParent(), "." + folder.getFileName() + "-");
      GraphFiles graph =
          Network.of(checkpoint.config(), checkpoint.weights())
              .write(GraphSpec.of(GraphOutput.LOGITS).withOperators(operators), parts);
      OneFile.rewrite(graph);
      writeConfiguration(checkpoint, relabelled, parts);
      // Temporary folders are the owner's alone; this one is for whoever may read its parent.
      parts.toFile().setReadable(true, false);
      parts.toFile().setExecutable(true, false);
      Files.move(parts, folder, StandardCopyOption.ATOMIC_MOVE);
      try (Stream<Path> files = Files.list(folder)) {
        return files.map(file -> file.getFileName().toString()).sorted().toList();
      }
    } catch (IOException | UncheckedIOException e) {
      delete(parts, e);
      throw Cause.failure("--output %s can't be written: %s".formatted(target, e), e);
    } catch (RuntimeException e) {
      delete(parts, e);
      throw e;
    }
  }

  /** Whose labels an export gets. */
  public enum Relabelled {
    /** Those of the checkpoint's own config.json, which is copied as it is. */
    NO,
    /** Those that the checkpoint was opened with; config.json is written with them. */
    YES
  }

  /**
   * @throws InputException when something is there already
   */
  private static void checkFree(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    if (!Files.isDirectory(folder)) {
      throw new InputException("--output " + folder + " is a file; name a folder to be made");
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<String> first = files.map(file -> file.getFileName().toString()).sorted().toList();
      if (!first.isEmpty()) {
        throw new InputException(
            "--output %s is not empty (there is %s): nothing is written over; name another folder, or remove this one"
                .formatted(folder, first.get(0)));
      }
    } catch (IOException e) {
      throw Cause.failure("--output %s can't be listed: %s".formatted(folder, e), e);
    }
  }

  private static void writeConfiguration(Checkpoint checkpoint, Relabelled relabelled, Path folder)
      throws IOException {
    Labels labels = checkpoint.labels();
    Path config = folder.resolve("config.json");
    if (relabelled == Relabelled.YES) {
      ObjectNode json = checkpoint.config().deepCopy();
      ObjectNode names = json.putObject("id2label");
      // One of two labels of one name would be lost in it; nobody needs it.
      json.remove("label2id");
      for (int i = 0; i < labels.size(); i++) {
        names.put(labels.ids().get(i).toString(), labels.names().get(i));
      }
      JSON.writeValue(config.toFile(), json);
    } else if (checkpoint.config().has(Taps.KEY) || checkpoint.config().has(PositionBias.KEY)) {
      // Says what the graph does, also where that was chosen beside the file.
      JSON.writeValue(config.toFile(), checkpoint.config());
    } else {
      Files.copy(checkpoint.folder().resolve("config.json"), config);
    }
    checkpoint.writeProcessor(folder.resolve("preprocessor_config.json"));
    Files.writeString(
        folder.resolve("synset.txt"),
        labels.names().stream()
            // A label is a line.
            .map(name -> name.replaceAll("\\R", " ") + "\n")
            .collect(Collectors.joining()));
    Files.writeString(
        folder.resolve("serving.properties"),
        """
        # Read by DJL and DJL Serving; the class is in Labelmill's jar.
        engine=OnnxRuntime
        option.modelName=model
        """
            + "translatorFactory="
            + (checkpoint.isOfPoints() ? MASK_FACTORY : LABEL_FACTORY)
            + "\n");
  }

  private static void delete(Path parts, Exception cause) {
    try {
      if (parts != null && Files.exists(parts)) {
        Folders.delete(parts);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
