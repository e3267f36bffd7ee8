package io.labelmill.model;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.Labels;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.error.InputException;
import io.labelmill.graph.GraphFiles;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.ModelFacts;
import io.labelmill.graph.ModelGraph;
import io.labelmill.preprocess.ProcessorConfig;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A model made ready to run: what executors need to know of a checkpoint, and the names of the
 * graph's files.
 */
public final class ModelBundle implements Serializable {
  private final String name;
  private final String sha256;
  private final Labels labels;
  private final ProblemType problemType;
  private final ProcessorConfig processor;
  private final int height;
  private final int width;
  private final String graph;
  private final List<String> files;
  private final List<String> warnings;

  private ModelBundle(Checkpoint checkpoint, GraphFiles files) {
    name = checkpoint.name();
    sha256 = checkpoint.sha256();
    labels = checkpoint.labels();
    problemType = checkpoint.problemType().orElse(null);
    processor = checkpoint.processor();
    height = files.facts().height();
    width = files.facts().width();
    graph = files.model().getFileName().toString();
    this.files = List.of(graph, files.weights().getFileName().toString());
    List<String> all = new ArrayList<>(checkpoint.warnings());
    all.addAll(files.warnings());
    warnings = List.copyOf(all);
  }

  /**
   * Builds the graph of a checkpoint.
   *
   * @param folder exists; gets the graph's files, which must stay as long as the bundle is used
   * @throws InputException if the checkpoint's parts contradict each other or can't be built
   */
  public static ModelBundle build(Checkpoint checkpoint, GraphSpec spec, Path folder) {
    check(checkpoint);
    try {
      return new ModelBundle(
          checkpoint, ModelGraph.write(checkpoint.config(), checkpoint.weights(), spec, folder));
    } catch (IOException | UncheckedIOException e) {
      throw new InputException(
          "The graph of the model "
              + checkpoint.name()
              + " can't be written to "
              + folder
              + " ("
              + e.getMessage()
              + "): it needs as much room as the checkpoint's weights; another disk is chosen with"
              + " spark.local.dir or -Djava.io.tmpdir",
          e);
    }
  }

  /**
   * Checks without writing anything that a graph can be built of a checkpoint, and takes what its
   * processor makes.
   *
   * @throws InputException if not, with all that is wrong
   */
  public static void check(Checkpoint checkpoint) {
    checkInputSize(checkpoint, ModelGraph.facts(checkpoint.config(), checkpoint.weights()));
  }

  /** What the processor makes must be what the model takes: it would fail image by image. */
  private static void checkInputSize(Checkpoint checkpoint, ModelFacts facts) {
    ProcessorConfig processor = checkpoint.processor();
    if (processor.width() != facts.width() || processor.height() != facts.height()) {
      throw new InputException(
          "The model "
              + checkpoint.name()
              + " takes pictures of [h="
              + facts.height()
              + ",w="
              + facts.width()
              + "], its preprocessor_config.json makes [h="
              + processor.height()
              + ",w="
              + processor.width()
              + "]: name the right one with --processor FOLDER");
    }
  }

  /** The model's name as tables show it, with its revision where it has one. */
  public String name() {
    return name;
  }

  /** SHA-256 that identifies the checkpoint's files, hexadecimal. */
  public String sha256() {
    return sha256;
  }

  /** In output order. */
  public Labels labels() {
    return labels;
  }

  public Optional<ProblemType> problemType() {
    return Optional.ofNullable(problemType);
  }

  public ProcessorConfig processor() {
    return processor;
  }

  /** Height of the model's input in pixels. */
  public int height() {
    return height;
  }

  /** Width of the model's input in pixels. */
  public int width() {
    return width;
  }

  /** Name of the {@code .onnx} file. */
  public String graph() {
    return graph;
  }

  /** Names of all files of the graph, in one folder. */
  public List<String> files() {
    return files;
  }

  /** Sentences that the user should read. */
  public List<String> warnings() {
    return warnings;
  }
}
