package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A linear classifier apart from the backbone whose vectors it takes. As a folder it is {@code
 * head.json}, its labels and what it belongs to, and {@code head.safetensors}, the tensors {@code
 * classifier.weight} and {@code classifier.bias}. Immutable but for its arrays, which nobody
 * changes.
 *
 * @param name of the model that head and backbone are together
 * @param labels in output order, no two alike
 * @param problemType what it was trained for
 * @param hidden length of the vectors that it takes
 * @param weight [labels, hidden], row-major
 * @param bias [labels]
 * @param backbone name of the model whose vectors it takes
 * @param backboneSha256 identifies that model, see {@link Checkpoint#sha256}
 * @param positionBias how that model's relative positions were read; {@link PositionBias#AUTO} for
 *     what its files speak for
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ClassifierHead(
    String name,
    List<String> labels,
    ProblemType problemType,
    int hidden,
    float[] weight,
    float[] bias,
    String backbone,
    String backboneSha256,
    PositionBias positionBias)
    implements Serializable {
  static final String CONFIG = "head.json";
  static final String WEIGHTS = "head.safetensors";

  private static final String POSITION_BIAS = "position_bias";
  private static final String WEIGHT = ModelHead.CLASSIFIER.classifier().orElseThrow();
  private static final String BIAS = "classifier.bias";
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  public ClassifierHead {
    labels = List.copyOf(labels);
    if (weight.length != labels.size() * hidden || bias.length != labels.size()) {
      throw new IllegalArgumentException(
          "weight %d, bias %d for %d labels of %d"
              .formatted(weight.length, bias.length, labels.size(), hidden));
    }
  }

  /** On a model as its files say. */
  public ClassifierHead(
      String name,
      List<String> labels,
      ProblemType problemType,
      int hidden,
      float[] weight,
      float[] bias,
      String backbone,
      String backboneSha256) {
    this(
        name,
        labels,
        problemType,
        hidden,
        weight,
        bias,
        backbone,
        backboneSha256,
        PositionBias.AUTO);
  }

  /** One logit per label for a vector, in double precision. */
  public double[] logits(float[] vector) {
    double[] logits = new double[labels.size()];
    for (int label = 0; label < logits.length; label++) {
      double sum = bias[label];
      for (int i = 0; i < hidden; i++) {
        sum += (double) weight[label * hidden + i] * vector[i];
      }
      logits[label] = sum;
    }
    return logits;
  }

  /**
   * Writes the two files.
   *
   * @param folder made when it is not there
   * @throws InputException when they can not be written
   */
  public void write(Path folder) {
    ObjectNode json = JSON.createObjectNode();
    json.put("name", name);
    ArrayNode names = json.putArray("labels");
    labels.forEach(names::add);
    json.put("problem_type", problemType.configName());
    json.put("backbone", backbone);
    json.put("backbone_sha256", backboneSha256);
    if (positionBias != PositionBias.AUTO) {
      json.put(POSITION_BIAS, positionBias.word());
    }
    try {
      Files.createDirectories(folder);
      JSON.writeValue(folder.resolve(CONFIG).toFile(), json);
    } catch (IOException e) {
      throw Cause.failure("%s can not be written: %s.".formatted(folder, Channels.reason(e)), e);
    }
    SafeTensorsFile.write(folder.resolve(WEIGHTS), tensors(), this::floats, Map.of("format", "pt"));
  }

  /**
   * Reads a folder that {@link #write} wrote.
   *
   * @throws InputException when a file is missing or is not what it should be
   */
  public static ClassifierHead read(Path folder) {
    Path file = folder.resolve(CONFIG);
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          "%s holds no %s: name the folder head that jobs/train wrote inside its output."
              .formatted(folder, CONFIG));
    }
    ObjectNode json = JsonText.object(file);
    List<String> labels = new ArrayList<>();
    json.path("labels").forEach(label -> labels.add(label.asText()));
    Optional<ProblemType> problemType =
        Arrays.stream(ProblemType.values())
            .filter(type -> type.configName().equals(json.path("problem_type").asText()))
            .findFirst();
    for (String key : List.of("name", "backbone", "backbone_sha256")) {
      if (!json.path(key).isTextual()) {
        throw new InputException("%s has no %s.".formatted(file, key));
      }
    }
    Optional<PositionBias> positionBias =
        Arrays.stream(PositionBias.values())
            .filter(one -> one.word().equals(json.path(POSITION_BIAS).asText("auto")))
            .findFirst();
    if (positionBias.isEmpty()) {
      throw new InputException(
          "%s: %s is %s; it must be authors or transformers."
              .formatted(file, POSITION_BIAS, json.path(POSITION_BIAS)));
    }
    if (labels.isEmpty() || problemType.isEmpty()) {
      throw new InputException("%s has no labels or no problem_type.".formatted(file));
    }
    try (TensorStore store = SafeTensorsFile.open(folder.resolve(WEIGHTS))) {
      List<Long> shape = store.info(WEIGHT).shape();
      if (shape.size() != 2
          || shape.get(0) != labels.size()
          || store.info(BIAS).elements() != labels.size()) {
        throw new InputException(
            "%s: %s is %s and %s is %s, but %s names %d labels."
                .formatted(
                    folder.resolve(WEIGHTS),
                    WEIGHT,
                    store.info(WEIGHT).description(),
                    BIAS,
                    store.info(BIAS).description(),
                    CONFIG,
                    labels.size()));
      }
      for (String name : List.of(WEIGHT, BIAS)) {
        if (store.info(name).dataType().isInteger()) {
          throw new InputException(
              "%s: %s is %s, integers instead of floats."
                  .formatted(folder.resolve(WEIGHTS), name, store.info(name).description()));
        }
      }
      return new ClassifierHead(
          json.path("name").asText(),
          labels,
          problemType.get(),
          Math.toIntExact(shape.get(1)),
          store.floats(WEIGHT),
          store.floats(BIAS),
          json.path("backbone").asText(),
          json.path("backbone_sha256").asText(),
          positionBias.get());
    }
  }

  List<TensorInfo> tensors() {
    return List.of(
        new TensorInfo(WEIGHT, DataType.F32, List.of((long) labels.size(), (long) hidden)),
        new TensorInfo(BIAS, DataType.F32, List.of((long) labels.size())));
  }

  float[] floats(String tensor) {
    return tensor.equals(WEIGHT) ? weight : bias;
  }

  /**
   * The configuration of the backbone with this classifier on it.
   *
   * @param backbone its {@code config.json}
   * @throws InputException when no classifier can stand on it
   */
  public ObjectNode config(JsonNode backbone) {
    ObjectNode config = backbone.deepCopy();
    ModelFamily family =
        ModelFamily.of(config)
            .orElseThrow(
                () ->
                    new InputException(
                        "config.json names the architecture %s; a classifier can stand on %s."
                            .formatted(
                                ModelFamily.named(config).isEmpty()
                                    ? "(none)"
                                    : String.join(", ", ModelFamily.named(config)),
                                ModelFamily.withHead(ModelHead.CLASSIFIER))));
    config.putArray("architectures").add(family.className(ModelHead.CLASSIFIER));
    config.put("model_type", family.modelType());
    ObjectNode id2label = JSON.createObjectNode();
    ObjectNode label2id = JSON.createObjectNode();
    for (int i = 0; i < labels.size(); i++) {
      id2label.put(Integer.toString(i), labels.get(i));
      label2id.put(labels.get(i), i);
    }
    config.set("id2label", id2label);
    config.set("label2id", label2id);
    config.remove("num_labels");
    // What was quantised is floats once it was read.
    config.remove("quantization_config");
    config.put("problem_type", problemType.configName());
    return config;
  }

  /** The backbone's tensors with this classifier in place of any other; closed with them. */
  public TensorStore on(TensorStore backbone) {
    return new Tensors(backbone);
  }

  private final class Tensors extends TensorView {
    private final TensorStore backbone;

    Tensors(TensorStore backbone) {
      super(
          backbone,
          Stream.concat(
                  backbone.names().stream()
                      .filter(name -> !name.equals(WEIGHT) && !name.equals(BIAS))
                      .map(backbone::info),
                  tensors().stream())
              .toList());
      this.backbone = backbone;
    }

    @Override
    public float[] floats(String tensor) {
      return tensor.equals(WEIGHT) || tensor.equals(BIAS)
          ? ClassifierHead.this.floats(tensor).clone()
          : backbone.floats(tensor);
    }
  }
}
