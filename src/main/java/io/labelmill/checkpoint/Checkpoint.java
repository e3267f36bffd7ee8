package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.InputException;
import io.labelmill.preprocess.ProcessorConfig;
import io.labelmill.preprocess.ResizeBackend;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A Hugging Face checkpoint: what the model is, how its pictures are prepared, what its outputs are
 * called, and its weights. Safe for use by several threads at once; whoever opened it closes it.
 */
public final class Checkpoint implements Closeable {
  private final String name;
  private final Path folder;
  private final ObjectNode config;
  private final Optional<ProcessorConfig> processor;
  private final Labels labels;
  private final Optional<ProblemType> problemType;
  private final Optional<TensorStore> weights;
  private final Optional<ReadyGraph> graph;
  private final Optional<Path> processorFile;
  private final Originals chosen;
  private final FileHashes hashes;
  private final List<String> warnings;

  Checkpoint(
      String name,
      Path folder,
      ObjectNode config,
      Optional<ProcessorConfig> processor,
      Labels labels,
      Optional<ProblemType> problemType,
      Optional<TensorStore> weights,
      Optional<ReadyGraph> graph,
      Optional<Path> processorFile,
      Originals chosen,
      FileHashes hashes,
      List<String> warnings) {
    this.name = name;
    this.folder = folder;
    this.config = config;
    this.processor = processor;
    this.labels = labels;
    this.problemType = problemType;
    this.weights = weights;
    this.graph = graph;
    this.processorFile = processorFile;
    this.chosen = chosen;
    this.hashes = hashes;
    this.warnings = List.copyOf(warnings);
  }

  /**
   * Opens a checkpoint: everything is read and checked now, but of the weights only names, types
   * and shapes. Where a folder holds no weights but a {@value OnnxFile#NAME}, that is the model.
   *
   * @param folder as Transformers writes it, or as MLflow's {@code transformers} flavour does, or
   *     an exported model
   * @throws InputException with all problems: files that are missing or malformed, or contradict
   *     each other
   */
  public static Checkpoint open(Path folder, CheckpointOptions options) {
    return new CheckpointReader(folder, options).read();
  }

  /**
   * What the checkpoint is called in tables: the folder's name unless the options say otherwise.
   */
  public String name() {
    return name;
  }

  /** The folder that holds {@code config.json} and the weights. */
  public Path folder() {
    return folder;
  }

  /** All of {@code config.json}, with {@value PositionBias#KEY} where that was chosen. */
  public JsonNode config() {
    return config;
  }

  /**
   * How pictures become the model's input.
   *
   * @throws IllegalStateException when the checkpoint was opened without that
   */
  public ProcessorConfig processor() {
    return processor.orElseThrow(
        () -> new IllegalStateException(folder + " was opened without its processor"));
  }

  /**
   * Whose pixels are made, and whose relative positions where those are not what the files speak
   * for.
   *
   * @throws IllegalStateException when the checkpoint was opened without its processor
   */
  public Originals originals() {
    return new Originals(processor().backend(), chosen.positionBias(), chosen.taps());
  }

  /** Whether it labels the points of images instead of images. */
  public boolean isOfPoints() {
    return graph.isPresent()
        ? graph.get().isOfPoints()
        : weights.isPresent()
            && ModelClass.of(config, weights.get()).head() == ModelHead.SEGMENTATION;
  }

  /** What the outputs are called; empty for a checkpoint without a classifier. */
  public Labels labels() {
    return labels;
  }

  /** As {@code config.json} says; empty when it does not. */
  public Optional<ProblemType> problemType() {
    return problemType;
  }

  /**
   * The {@code preprocessor_config.json} or {@code processor_config.json} that was read; empty for
   * a checkpoint that was opened without.
   */
  public Optional<Path> processorFile() {
    return processorFile;
  }

  /**
   * Writes what the image processor is, as a {@code preprocessor_config.json}, in which stands
   * whose pixels it makes where that was chosen.
   *
   * @param file must not exist
   * @throws IOException when it can't be written
   */
  public void writeProcessor(Path file) throws IOException {
    Path read = processorFile.orElseThrow();
    ObjectNode part = ModelFolder.processorConfig(read);
    if (chosen.resizeBackend() != ResizeBackend.AUTO) {
      part.put(ProcessorConfig.BACKEND_KEY, chosen.resizeBackend().word());
    }
    if (part.equals(JsonText.object(read))) {
      Files.copy(read, file);
    } else {
      Files.writeString(file, part.toPrettyString() + "\n");
    }
  }

  /** The graph of a folder that holds one and no weights. */
  public Optional<ReadyGraph> graph() {
    return graph;
  }

  /**
   * The tensors. Closed with the checkpoint.
   *
   * @throws InputException when the folder holds a graph instead
   */
  public TensorStore weights() {
    return weights.orElseThrow(
        () ->
            new InputException(
                "%s holds an exported graph, %s, and not the weights that this needs: name the checkpoint that it was made of."
                    .formatted(folder, OnnxFile.NAME)));
  }

  /**
   * SHA-256, in hexadecimal, of the lines {@code sha256 filename} of the {@link #files}: what
   * {@code sha256sum FILES | sha256sum} prints when the files are given in this order. The first
   * call reads all files; it may take some seconds.
   *
   * @throws InputException when a file can not be read any more
   */
  public String sha256() {
    return hashes.sha256();
  }

  /**
   * Has a thread compute {@link #sha256}, which waits for it then: for who has other work first.
   */
  public void beginHash() {
    hashes.begin();
  }

  /** Names without folders of the files read, sorted. */
  public List<String> files() {
    return hashes.names();
  }

  /** What the user should know and may want to change; one or two sentences each. */
  public List<String> warnings() {
    return warnings;
  }

  @Override
  public void close() {
    weights.ifPresent(TensorStore::close);
  }
}
