package io.labelmill.checkpoint;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.InputException;
import io.labelmill.preprocess.ProcessorConfig;
import io.labelmill.preprocess.Size;
import java.io.Closeable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * A Hugging Face checkpoint: what the model is, how its pictures are prepared, what its outputs are
 * called, and its weights. Safe for use by several threads at once; whoever opened it closes it.
 */
public final class Checkpoint implements Closeable {
  /** The classifier of every supported architecture; it has one row an output. */
  private static final String CLASSIFIER = "classifier.weight";

  /** What Transformers calls labels that nobody named. */
  private static final Pattern UNNAMED = Pattern.compile("LABEL_\\d+");

  private final String name;
  private final Path folder;
  private final ObjectNode config;
  private final Optional<ProcessorConfig> processor;
  private final Labels labels;
  private final Optional<ProblemType> problemType;
  private final Optional<TensorStore> weights;
  private final Optional<ReadyGraph> graph;
  private final Optional<Path> processorFile;
  private final FileHashes hashes;
  private final List<String> warnings;

  private Checkpoint(
      String name,
      Path folder,
      ObjectNode config,
      Optional<ProcessorConfig> processor,
      Labels labels,
      Optional<ProblemType> problemType,
      Parts parts,
      List<Path> files,
      List<String> warnings) {
    this.name = name;
    this.folder = folder;
    this.config = config;
    this.processor = processor;
    this.labels = labels;
    this.problemType = problemType;
    this.weights = Optional.ofNullable(parts.weights());
    this.graph = Optional.ofNullable(parts.graph());
    this.processorFile = Optional.ofNullable(parts.processorFile());
    this.hashes = new FileHashes(files);
    this.warnings = List.copyOf(warnings);
  }

  /**
   * What a checkpoint is read from.
   *
   * @param weights null where there is a ready graph
   * @param graph null where there are weights
   * @param processorFile null where it is not needed
   */
  private record Parts(TensorStore weights, ReadyGraph graph, Path processorFile) {}

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
    ModelFolder parts = ModelFolder.resolve(folder);
    List<String> problems = new ArrayList<>();
    Path configFile = parts.model().resolve("config.json");
    ClassifierHead head =
        options.head().map(at -> attempt(problems, () -> ClassifierHead.read(at))).orElse(null);
    ObjectNode config =
        attempt(
            problems,
            () ->
                head == null
                    ? JsonText.object(configFile)
                    : head.config(JsonText.object(configFile)));
    boolean needsProcessor = options.parts() == CheckpointOptions.Parts.ALL;
    Path processorFile =
        needsProcessor ? attempt(problems, () -> processorFile(folder, parts, options)) : null;
    ProcessorConfig processor =
        config == null || processorFile == null
            ? null
            : attempt(problems, () -> processor(processorFile, config, configFile));
    Optional<ProblemType> problemType =
        config == null ? null : attempt(problems, () -> problemType(config, configFile));
    Path onnxFile = parts.model().resolve(OnnxFile.NAME);
    boolean isReady = WeightsFiles.areMissing(parts.model()) && Files.isRegularFile(onnxFile);
    ReadyGraph graph =
        isReady ? attempt(problems, () -> new ReadyGraph(OnnxFile.read(onnxFile))) : null;
    WeightsFiles weightsFiles =
        isReady ? null : attempt(problems, () -> WeightsFiles.in(parts.model()));
    TensorStore opened = weightsFiles == null ? null : attempt(problems, weightsFiles::open);
    TensorStore weights = head == null || opened == null ? opened : head.on(opened);
    if (isReady && options.head().isPresent()) {
      problems.add(
          "%s is a finished graph, on which no other classifier can be put: name the checkpoint that it was exported from."
              .formatted(onnxFile));
    }
    Labels labels = null;
    if (config != null && graph != null) {
      labels = attempt(problems, () -> labels(config, configFile, graph, options));
    } else if (config != null && weights != null) {
      labels = attempt(problems, () -> labels(config, configFile, weights, options));
    }
    if (!problems.isEmpty()) {
      Closing.quietly(weights);
      throw new InputException(problems);
    }
    List<Path> files = new ArrayList<>(List.of(configFile));
    if (needsProcessor) {
      files.add(processorFile);
    }
    String name =
        options.name().orElse(String.valueOf(folder.toAbsolutePath().normalize().getFileName()));
    if (graph != null) {
      files.add(onnxFile);
      graph.onnx().dataFiles().forEach(data -> files.add(onnxFile.resolveSibling(data)));
    } else {
      weightsFiles.index().ifPresent(index -> files.add(index.file()));
      files.addAll(weightsFiles.files());
    }
    if (head != null) {
      checkBackbone(head, options, name, new FileHashes(files).sha256(), weights);
      files.add(options.head().get().resolve(ClassifierHead.CONFIG));
      files.add(options.head().get().resolve(ClassifierHead.WEIGHTS));
      name = name + "+" + head.name();
    }
    options.labels().ifPresent(files::add);
    return new Checkpoint(
        name,
        parts.model(),
        config,
        Optional.ofNullable(processor),
        labels,
        problemType,
        new Parts(weights, graph, processorFile),
        files,
        warnings(configFile, labels, problemType));
  }

  /** A head says nothing about vectors of another model than the one that it was trained on. */
  private static void checkBackbone(
      ClassifierHead head,
      CheckpointOptions options,
      String name,
      String sha256,
      TensorStore weights) {
    if (!sha256.equals(head.backboneSha256())) {
      Closing.quietly(weights);
      throw new InputException(
          "The head %s was trained on the model %s (sha256 %s), not on %s (sha256 %s): name that model, with the preprocessor_config.json that it had."
              .formatted(
                  options.head().orElseThrow(),
                  head.backbone(),
                  head.backboneSha256(),
                  name,
                  sha256));
    }
  }

  /** The value, or null with its problems noted. */
  private static <T> T attempt(List<String> problems, Supplier<T> part) {
    try {
      return part.get();
    } catch (InputException e) {
      problems.addAll(e.problems());
      return null;
    }
  }

  private static Path processorFile(Path folder, ModelFolder parts, CheckpointOptions options) {
    return options
        .processor()
        .map(ModelFolder::processorAt)
        .or(parts::processor)
        .orElseThrow(
            () ->
                new InputException(
                    "%s has no preprocessor_config.json, which says how pictures are prepared: name the folder of one, such as the model that this one was tuned from, with --processor FOLDER."
                        .formatted(folder)));
  }

  private static ProcessorConfig processor(Path file, ObjectNode config, Path configFile) {
    ProcessorConfig processor =
        ProcessorConfig.parse(
            JsonText.object(file).toString(), file.toString(), config.path("model_type").asText());
    Size made = new Size(processor.width(), processor.height());
    Optional<Size> taken = imageSize(config);
    if (taken.isPresent() && !taken.get().equals(made)) {
      throw new InputException(
          "%s makes pictures of height %d and width %d, but %s takes height %d and width %d: name the folder of the right preprocessor_config.json with --processor FOLDER."
              .formatted(
                  file,
                  made.height(),
                  made.width(),
                  configFile,
                  taken.get().height(),
                  taken.get().width()));
    }
    return processor;
  }

  /** A number, or height and width; anything else is for the architecture to complain about. */
  private static Optional<Size> imageSize(ObjectNode config) {
    JsonNode size = config.path("image_size");
    if (size.isInt()) {
      return Optional.of(new Size(size.intValue(), size.intValue()));
    }
    return size.size() == 2 && size.path(0).isInt() && size.path(1).isInt()
        ? Optional.of(new Size(size.get(1).intValue(), size.get(0).intValue()))
        : Optional.empty();
  }

  private static Optional<ProblemType> problemType(ObjectNode config, Path file) {
    JsonNode value = config.path("problem_type");
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    return Optional.of(
        Arrays.stream(ProblemType.values())
            .filter(type -> type.configName().equals(value.textValue()))
            .findFirst()
            .orElseThrow(
                () ->
                    new InputException(
                        "%s: problem_type is %s; known are %s."
                            .formatted(
                                file,
                                value,
                                Arrays.stream(ProblemType.values())
                                    .map(ProblemType::configName)
                                    .collect(joining(", "))))));
  }

  private static Labels labels(
      ObjectNode config, Path configFile, TensorStore weights, CheckpointOptions options) {
    int rows = 0;
    if (weights.contains(CLASSIFIER)) {
      TensorInfo classifier = weights.info(CLASSIFIER);
      if (classifier.shape().size() != 2 || classifier.shape().get(0) > Integer.MAX_VALUE) {
        throw new InputException(
            "%s is %s instead of one row of numbers an output."
                .formatted(CLASSIFIER, classifier.description()));
      }
      rows = classifier.shape().get(0).intValue();
    } else if (options.labels().isEmpty()) {
      return new Labels(List.of(), List.of());
    }
    return options.labels().isPresent()
        ? LabelNames.read(options.labels().get(), config, rows)
        : LabelNames.of(config, configFile, rows);
  }

  /** Labels of a ready graph, whose classifier is not to be seen but for how much it gives. */
  private static Labels labels(
      ObjectNode config, Path configFile, ReadyGraph graph, CheckpointOptions options) {
    int named = config.path("id2label").size();
    int rows = graph.labels().orElse(named > 0 ? named : config.path("num_labels").asInt(0));
    if (rows < 1) {
      throw new InputException(
          "%s leaves open how many logits there are, and %s has no id2label."
              .formatted(graph.onnx().file(), configFile));
    }
    return options.labels().isPresent()
        ? LabelNames.read(options.labels().get(), config, rows)
        : LabelNames.of(config, configFile, rows);
  }

  private static List<String> warnings(
      Path configFile, Labels labels, Optional<ProblemType> problemType) {
    List<String> warnings = new ArrayList<>();
    int count = labels.size();
    if (count > 0 && labels.ids().get(count - 1) != count - 1) {
      warnings.add(
          "The %d labels are numbered from %d to %d with gaps; output i has the i-th number in ascending order, and label_index is i."
              .formatted(count, labels.ids().get(0), labels.ids().get(count - 1)));
    }
    List<String> unnamed =
        labels.names().stream().filter(label -> UNNAMED.matcher(label).matches()).toList();
    if (!unnamed.isEmpty()) {
      warnings.add(
          "%d of %d labels have no name of their own (%s): name them with --labels FILE."
              .formatted(unnamed.size(), count, unnamed.get(0)));
    }
    if (problemType.isEmpty() && count > 1) {
      warnings.add(
          "%s has no problem_type, so scores are softmax: one label an image. If the model gives any number of labels an image, say --activation sigmoid."
              .formatted(configFile));
    }
    return warnings;
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

  /** All of {@code config.json}. */
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

  /** What the outputs are called; empty for a checkpoint without a classifier. */
  public Labels labels() {
    return labels;
  }

  /** As {@code config.json} says; empty when it does not. */
  public Optional<ProblemType> problemType() {
    return problemType;
  }

  /**
   * The {@code preprocessor_config.json} that was read; empty for a checkpoint that was opened
   * without.
   */
  public Optional<Path> processorFile() {
    return processorFile;
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
