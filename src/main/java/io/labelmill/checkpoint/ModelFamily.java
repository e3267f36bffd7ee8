package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Networks that are read, under the names that Transformers has for them. What a family computes,
 * and which tensors it has, its class in {@code io.labelmill.graph} says.
 */
// A list that was copied is immutable; the checker wants an annotation that says so.
@SuppressWarnings("ImmutableEnumChecker")
public enum ModelFamily {
  BEIT(
      "beit",
      "Beit",
      "beit.",
      "beit",
      Positions.RELATIVE,
      ModelHead.CLASSIFIER,
      ModelHead.MASKED_PATCHES,
      ModelHead.SEGMENTATION,
      ModelHead.NONE),
  /** BEiT by another name. */
  DATA2VEC_VISION(
      "data2vec-vision",
      "Data2VecVision",
      "data2vec_vision.",
      "beit",
      Positions.RELATIVE,
      ModelHead.CLASSIFIER,
      ModelHead.NONE),
  DEIT(
      "deit",
      "DeiT",
      "deit.",
      "deit",
      Positions.ABSOLUTE,
      ModelHead.CLASSIFIER,
      ModelHead.TWO_CLASSIFIERS,
      ModelHead.NONE),
  VIT("vit", "ViT", "vit.", "vit", Positions.ABSOLUTE, ModelHead.CLASSIFIER, ModelHead.NONE);

  /** Ends of class names of Transformers; a class that ends otherwise is somebody's own. */
  private static final Set<String> TASKS =
      Set.of(
          "Model",
          "PreTrainedModel",
          "Backbone",
          "ForImageClassification",
          "ForImageClassificationWithTeacher",
          "ForMaskedImageModeling",
          "ForSemanticSegmentation");

  private final String modelType;
  private final String className;
  private final String prefix;
  private final String processorType;
  private final Positions positions;
  private final List<ModelHead> heads;

  /** How a network knows where a patch lies: by itself, or from each other one too. */
  private enum Positions {
    ABSOLUTE,
    RELATIVE
  }

  /**
   * @param modelType {@code model_type} of config.json
   * @param className what the names of its classes begin with
   * @param prefix of the tensors that a classifier has from the base model
   * @param processorType whose image processor is meant where none is named
   */
  ModelFamily(
      String modelType,
      String className,
      String prefix,
      String processorType,
      Positions positions,
      ModelHead... heads) {
    this.modelType = modelType;
    this.className = className;
    this.prefix = prefix;
    this.processorType = processorType;
    this.positions = positions;
    this.heads = List.of(heads);
  }

  /** The family that a configuration is of: by {@code architectures}, else {@code model_type}. */
  public static Optional<ModelFamily> of(JsonNode config) {
    return named(config).stream()
        .flatMap(name -> Arrays.stream(values()).filter(family -> family.has(name)))
        .findFirst()
        .or(() -> ofType(config));
  }

  static Optional<ModelFamily> ofType(JsonNode config) {
    String type = config.path("model_type").asText("");
    return Arrays.stream(values()).filter(family -> family.modelType.equals(type)).findFirst();
  }

  /** The classes that {@code architectures} lists; a text of its own counts as a list of one. */
  static List<String> named(JsonNode config) {
    JsonNode named = config.path("architectures");
    List<String> names = new ArrayList<>();
    if (named.isTextual()) {
      names.add(named.textValue());
    }
    named.forEach(name -> names.add(TensorInfo.printable(name.asText())));
    return names;
  }

  /** Whether a class of that name is Transformers' own, read or not. */
  private boolean has(String name) {
    return name.startsWith(className) && TASKS.contains(name.substring(className.length()));
  }

  static boolean isOfTransformers(String name) {
    return Arrays.stream(values()).anyMatch(family -> family.has(name));
  }

  /** What the classes of all families with a head begin with, for messages. */
  static String withHead(ModelHead head) {
    return Arrays.stream(values())
        .filter(family -> family.heads.contains(head))
        .map(family -> family.className)
        .collect(Collectors.joining(", "));
  }

  public String className(ModelHead head) {
    return className + head.classEnd();
  }

  /** What stands on networks of this family that are read. */
  public List<ModelHead> heads() {
    return heads;
  }

  /** Whether a tensor belongs to a head, and not to what other heads could stand on. */
  public boolean isOfHead(String tensor) {
    String bare = tensor.startsWith(prefix) ? tensor.substring(prefix.length()) : tensor;
    return heads.stream().anyMatch(head -> head.has(tensor)) || bare.startsWith("pooler.dense.");
  }

  /** Whether codes may read the positions of its patches in more than one way. */
  boolean hasRelativePositions() {
    return positions == Positions.RELATIVE;
  }

  /** What a classifier's names of the base model's tensors begin with: {@code vit.}. */
  public String prefix() {
    return prefix;
  }

  public String modelType() {
    return modelType;
  }

  /** The {@code model_type} whose image processor is meant where none is named. */
  String processorType() {
    return processorType;
  }
}
