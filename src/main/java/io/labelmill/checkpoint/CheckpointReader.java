package io.labelmill.checkpoint;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.InputException;
import io.labelmill.preprocess.ProcessorConfig;
import io.labelmill.preprocess.ProcessorOrigin;
import io.labelmill.preprocess.Size;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Reads one checkpoint, part by part; what is wrong with one does not keep it from the others. */
final class CheckpointReader {
  /** What Transformers calls labels that nobody named. */
  private static final Pattern UNNAMED = Pattern.compile("LABEL_\\d+");

  private final Path folder;
  private final CheckpointOptions options;
  private final ModelFolder parts;
  private final Path configFile;
  private final List<String> problems = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /**
   * @throws InputException when the folder is none, or holds something else than a checkpoint
   */
  CheckpointReader(Path folder, CheckpointOptions options) {
    this.folder = folder;
    this.options = options;
    parts = ModelFolder.resolve(folder);
    configFile = parts.model().resolve("config.json");
  }

  /**
   * @throws InputException with all problems
   */
  Checkpoint read() {
    ClassifierHead head =
        options.head().map(at -> attempt(() -> ClassifierHead.read(at))).orElse(null);
    ObjectNode config = attempt(() -> head == null ? config() : head.config(config()));
    PositionBias chosen = config == null ? null : attempt(() -> positionBias(config, head));
    Taps taps = config == null || !config.has(Taps.KEY) ? null : attempt(() -> Taps.of(config));
    boolean needsProcessor = options.parts() == CheckpointOptions.Parts.ALL;
    Path processorFile = needsProcessor ? attempt(this::processorFile) : null;
    ProcessorConfig processor =
        config == null || processorFile == null
            ? null
            : attempt(() -> processor(processorFile, config));
    Optional<ProblemType> problemType = config == null ? null : attempt(() -> problemType(config));
    Path onnxFile = parts.graph().orElse(null);
    boolean isReady = onnxFile != null;
    ReadyGraph graph = isReady ? attempt(() -> new ReadyGraph(OnnxFile.read(onnxFile))) : null;
    WeightsFiles weightsFiles = isReady ? null : attempt(() -> WeightsFiles.in(parts.model()));
    TensorStore opened = weightsFiles == null ? null : attempt(() -> weights(weightsFiles, config));
    TensorStore weights = head == null || opened == null ? opened : head.on(opened);
    if (isReady && options.originals().positionBias() != PositionBias.AUTO) {
      problems.add(
          "%s is a finished graph, in which relative positions are read one way: leave --position-bias out, or name the checkpoint that it was exported from."
              .formatted(onnxFile));
    }
    if (isReady && options.originals().taps() != null) {
      problems.add(
          "%s is a finished graph, in which states are taken one way: leave --taps out, or name the checkpoint that it was exported from."
              .formatted(onnxFile));
    }
    if (isReady && head != null) {
      problems.add(
          "%s is a finished graph, on which no other classifier can be put: name the checkpoint that it was exported from."
              .formatted(onnxFile));
    }
    Labels labels = null;
    if (config != null && graph != null) {
      labels = attempt(() -> labels(config, graph));
    } else if (config != null && weights != null) {
      labels = attempt(() -> labels(config, weights));
    }
    if (!problems.isEmpty()) {
      Closing.quietly(weights);
      throw new InputException(problems);
    }
    List<Path> files = new ArrayList<>(List.of(configFile));
    if (needsProcessor) {
      files.add(processorFile);
    }
    if (graph != null) {
      files.add(onnxFile);
      graph.onnx().dataFiles().forEach(data -> files.add(onnxFile.resolveSibling(data)));
    } else {
      weightsFiles.index().ifPresent(index -> files.add(index.file()));
      files.addAll(weightsFiles.files());
    }
    String name =
        options.name().orElse(String.valueOf(folder.toAbsolutePath().normalize().getFileName()));
    if (head != null) {
      checkBackbone(head, name, new FileHashes(files).sha256(), weights);
      files.add(options.head().orElseThrow().resolve(ClassifierHead.CONFIG));
      files.add(options.head().orElseThrow().resolve(ClassifierHead.WEIGHTS));
      name = name + "+" + head.name();
    }
    options.labels().ifPresent(files::add);
    boolean isOfPoints =
        graph != null
            ? graph.isOfPoints()
            : weights != null
                && ModelHead.classifierOf(weights).equals(ModelHead.SEGMENTATION.classifier());
    // Nothing is made of a point's logits but the largest.
    warn(labels, problemType.isPresent() || isOfPoints);
    return new Checkpoint(
        name,
        parts.model(),
        config,
        Optional.ofNullable(processor),
        labels,
        problemType,
        Optional.ofNullable(weights),
        Optional.ofNullable(graph),
        Optional.ofNullable(processorFile),
        new Originals(options.originals().resizeBackend(), chosen, taps),
        new FileHashes(files),
        notes);
  }

  /** {@code config.json}; names of labels that others replace may be as wrong as they like. */
  private ObjectNode config() {
    return options.labels().isEmpty()
        ? JsonText.object(configFile)
        : JsonText.object(configFile, LabelNames.KEYS);
  }

  /**
   * The formula that was chosen where the files speak for the other, which the configuration has
   * from here on, as it has chosen taps; else {@link PositionBias#AUTO}, as with a network that has
   * nothing to choose.
   *
   * @param head to put on, null for none
   * @throws InputException when it is not the one that a head was trained with
   */
  private PositionBias positionBias(ObjectNode config, ClassifierHead head) {
    PositionBias wanted = options.originals().positionBias();
    PositionBias ofFiles = PositionBias.of(config);
    if (options.originals().taps() != null) {
      config.put(Taps.KEY, options.originals().taps().word());
    }
    if (!hasChoice(config)) {
      if (wanted != PositionBias.AUTO) {
        notes.add(
            "--position-bias changes nothing: it is about BEiT's positions on pictures that are not square.");
      }
      return PositionBias.AUTO;
    }
    if (head != null && wanted == PositionBias.AUTO) {
      wanted = head.positionBias();
    }
    PositionBias chosen = wanted == ofFiles ? PositionBias.AUTO : wanted;
    if (head != null && chosen != head.positionBias()) {
      throw new InputException(
          "The head %s was trained on vectors with another reading of relative positions than --position-bias %s: leave that out."
              .formatted(options.head().orElseThrow(), wanted.word()));
    }
    if (chosen != PositionBias.AUTO) {
      config.put(PositionBias.KEY, chosen.word());
    }
    return chosen;
  }

  private static boolean hasChoice(ObjectNode config) {
    return ModelFamily.of(config).filter(ModelFamily::hasRelativePositions).isPresent()
        && PositionBias.isChoice(config);
  }

  /** The value, or null with its problems noted. */
  private <T> T attempt(Supplier<T> part) {
    try {
      return part.get();
    } catch (InputException e) {
      problems.addAll(e.problems());
      return null;
    }
  }

  /**
   * Opens the weights, with the numbers that stand for them.
   *
   * @param config null where it could not be read
   */
  private TensorStore weights(WeightsFiles files, ObjectNode config) {
    if (config != null) {
      Quantization.refuse(config, configFile);
    }
    TensorStore stored = files.open(notes);
    try {
      ForeignFolder.refuseAdapters(stored, parts.model());
      if (Files.isRegularFile(parts.model().resolve(ForeignFolder.ADAPTER))) {
        notes.add(
            "%s lies beside the weights: the adapter is taken as merged into them."
                .formatted(parts.model().resolve(ForeignFolder.ADAPTER)));
      }
      return Quantization.dequantised(
          TensorNames.asInFiles(stored, notes), parts.model().toString(), notes);
    } catch (InputException e) {
      Closing.quietly(stored);
      throw e;
    }
  }

  /** A head says nothing about vectors of another model than the one that it was trained on. */
  private void checkBackbone(ClassifierHead head, String name, String sha256, TensorStore weights) {
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

  private Path processorFile() {
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

  private ProcessorConfig processor(Path file, ObjectNode config) {
    ProcessorConfig processor =
        ProcessorConfig.parse(
            ModelFolder.processorConfig(file).toString(),
            file.toString(),
            new ProcessorOrigin(
                processorType(config),
                Optional.ofNullable(config.path("transformers_version").textValue())),
            options.originals().resizeBackend());
    notes.addAll(processor.warnings());
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

  /** Whose image processor is meant where none is named. */
  private static String processorType(ObjectNode config) {
    return ModelFamily.of(config)
        .map(ModelFamily::processorType)
        .orElse(config.path("model_type").asText());
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

  private Optional<ProblemType> problemType(ObjectNode config) {
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
                                configFile,
                                value,
                                Arrays.stream(ProblemType.values())
                                    .map(ProblemType::configName)
                                    .collect(joining(", "))))));
  }

  private Labels labels(ObjectNode config, TensorStore weights) {
    int rows = 0;
    Optional<String> name = ModelHead.classifierOf(weights);
    if (name.isPresent()) {
      TensorInfo classifier = weights.info(name.get());
      if (classifier.shape().size() < 2 || classifier.shape().get(0) > Integer.MAX_VALUE) {
        throw new InputException(
            "%s is %s instead of one row of numbers an output."
                .formatted(name.get(), classifier.description()));
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
  private Labels labels(ObjectNode config, ReadyGraph graph) {
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

  private void warn(Labels labels, boolean isActivationClear) {
    int count = labels.size();
    if (count > 0 && labels.ids().get(count - 1) != count - 1) {
      notes.add(
          "The %d labels are numbered from %d to %d with gaps; output i has the i-th number in ascending order, and label_index is i."
              .formatted(count, labels.ids().get(0), labels.ids().get(count - 1)));
    }
    List<String> unnamed =
        labels.names().stream().filter(label -> UNNAMED.matcher(label).matches()).toList();
    if (!unnamed.isEmpty()) {
      notes.add(
          "%d of %d labels have no name of their own (%s): name them with --labels FILE."
              .formatted(unnamed.size(), count, unnamed.get(0)));
    }
    if (!isActivationClear && count > 1) {
      notes.add(
          "%s has no problem_type, so scores are softmax: one label an image. If the model gives any number of labels an image, say --activation sigmoid."
              .formatted(configFile));
    }
  }
}
