package io.labelmill.model;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.Labels;
import io.labelmill.checkpoint.OnnxFile;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.checkpoint.ReadyGraph;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.graph.GraphFiles;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.ModelFacts;
import io.labelmill.graph.Network;
import io.labelmill.graph.PixelTable;
import io.labelmill.graph.Precision;
import io.labelmill.preprocess.ProcessorConfig;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

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
  private final boolean takesSamples;
  private final int height;
  private final int width;
  private final String folder;
  private final String graph;
  private final List<String> files;
  private final long bytes;
  private final List<String> warnings;

  /**
   * @param folder of the files, with the graph first
   */
  private ModelBundle(
      Checkpoint checkpoint,
      GraphSpec spec,
      Path folder,
      List<String> files,
      List<String> graphWarnings) {
    name = checkpoint.name();
    sha256 = checkpoint.sha256();
    labels = checkpoint.labels();
    problemType = checkpoint.problemType().orElse(null);
    processor = checkpoint.processor();
    takesSamples = spec.pixels().isPresent();
    // The graph takes what the processor makes, or leaves it open.
    height = processor.height();
    width = processor.width();
    this.folder = folder.toString();
    this.files = List.copyOf(files);
    graph = files.get(0);
    bytes = files.stream().mapToLong(file -> folder.resolve(file).toFile().length()).sum();
    List<String> all = new ArrayList<>(checkpoint.warnings());
    all.addAll(graphWarnings);
    warnings = List.copyOf(all);
  }

  /**
   * Builds the graph of a checkpoint, or takes the one that it holds.
   *
   * @param folder exists; gets the graph's files, unless they are there already. They must stay as
   *     long as the bundle is used
   * @throws InputException if the checkpoint's parts contradict each other or can't be built
   */
  public static ModelBundle build(Checkpoint checkpoint, GraphSpec wanted, Path folder) {
    check(checkpoint, wanted.precision());
    // A GPU waits for what crosses the bus, a processor's memory is its own.
    GraphSpec spec =
        wanted.precision() == Precision.FP16
            ? wanted.withSamples(table(checkpoint.processor()))
            : wanted;
    if (checkpoint.graph().isPresent()) {
      return ready(checkpoint, checkpoint.graph().get(), spec);
    }
    try {
      GraphFiles files = Network.of(checkpoint.config(), checkpoint.weights()).write(spec, folder);
      return new ModelBundle(
          checkpoint,
          spec,
          folder,
          List.of(files.model().getFileName().toString(), files.weights().getFileName().toString()),
          files.warnings());
    } catch (IOException | UncheckedIOException e) {
      throw Cause.failure(
          ("The graph of the model %s can't be written to %s (%s): it needs as much room as the"
                  + " checkpoint's weights; another disk is chosen with spark.local.dir or"
                  + " -Djava.io.tmpdir")
              .formatted(checkpoint.name(), folder, e.getMessage()),
          e);
    }
  }

  private static ModelBundle ready(Checkpoint checkpoint, ReadyGraph graph, GraphSpec spec) {
    for (GraphOutput output : spec.outputs()) {
      if (graph.output(output.tensorName()).isEmpty()) {
        throw new InputException(
            "%s has no output %s; it gives %s."
                .formatted(
                    graph.onnx().file(),
                    output.tensorName(),
                    String.join(
                        ", ", graph.onnx().outputs().stream().map(OnnxFile.Port::name).toList())));
      }
    }
    List<String> files = new ArrayList<>(List.of(OnnxFile.NAME));
    files.addAll(graph.onnx().dataFiles());
    return new ModelBundle(
        checkpoint, spec, graph.onnx().file().toAbsolutePath().getParent(), files, List.of());
  }

  private static PixelTable table(ProcessorConfig processor) {
    List<Float> values = new ArrayList<>();
    for (int channel = 0; channel < 3; channel++) {
      for (int sample = 0; sample < 256; sample++) {
        values.add(processor.pixelValue(channel, sample));
      }
    }
    return new PixelTable(values);
  }

  /**
   * Checks without writing anything that a graph can be built of a checkpoint, and takes what its
   * processor makes.
   *
   * @throws InputException if not, with all that is wrong
   */
  public static void check(Checkpoint checkpoint, Precision precision) {
    if (checkpoint.graph().isPresent() && precision != Precision.FP32) {
      throw new InputException(
          "%s is a ready graph and runs as it is: --precision %s needs the checkpoint that it was made of."
              .formatted(checkpoint.graph().get().onnx().file(), precision.word()));
    }
    ProcessorConfig processor = checkpoint.processor();
    if (checkpoint.graph().isPresent()) {
      ReadyGraph graph = checkpoint.graph().get();
      checkInputSize(
          checkpoint,
          graph.height().orElse(processor.height()),
          graph.width().orElse(processor.width()));
    } else {
      ModelFacts facts = Network.of(checkpoint.config(), checkpoint.weights()).facts();
      checkInputSize(checkpoint, facts.height(), facts.width());
    }
  }

  /** Images that a pass takes at most; empty for any number. */
  public static OptionalInt largestBatch(Checkpoint checkpoint, Precision precision) {
    if (precision == Precision.INT8) {
      return OptionalInt.of(1);
    }
    return checkpoint.graph().map(ReadyGraph::batch).orElse(OptionalInt.empty());
  }

  /**
   * Checks that a model runs with so many images a pass.
   *
   * @throws InputException if its graph is made for fewer
   */
  public static void checkBatch(Checkpoint checkpoint, Precision precision, int images) {
    int most = largestBatch(checkpoint, precision).orElse(images);
    if (images > most) {
      String what =
          checkpoint
              .graph()
              .map(graph -> graph.onnx().file().toString())
              .orElse("The model in " + precision.word());
      throw new InputException(
          "%s takes %d image a pass, and --batch-size is %d: leave --batch-size out."
              .formatted(what, most, images));
    }
  }

  /** What the processor makes must be what the model takes: it would fail image by image. */
  private static void checkInputSize(Checkpoint checkpoint, int height, int width) {
    ProcessorConfig processor = checkpoint.processor();
    if (processor.width() != width || processor.height() != height) {
      throw new InputException(
          ("The model %s takes pictures of [h=%s,w=%s], its preprocessor_config.json makes"
                  + " [h=%s,w=%s]: name the right one with --processor FOLDER")
              .formatted(checkpoint.name(), height, width, processor.height(), processor.width()));
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

  /** Whether the graph takes 8-bit samples and normalises them itself. */
  boolean takesSamples() {
    return takesSamples;
  }

  /** Height of the model's input in pixels. */
  public int height() {
    return height;
  }

  /** Width of the model's input in pixels. */
  public int width() {
    return width;
  }

  /** The folder of the graph's files on the machine that built the bundle. */
  public Path folder() {
    return Path.of(folder);
  }

  /** Name of the {@code .onnx} file. */
  public String graph() {
    return graph;
  }

  /** Names of all files of the graph, in one folder. */
  public List<String> files() {
    return files;
  }

  /** Length of all files of the graph, about what a session takes of memory. */
  public long bytes() {
    return bytes;
  }

  /** Sentences that the user should read. */
  public List<String> warnings() {
    return warnings;
  }
}
