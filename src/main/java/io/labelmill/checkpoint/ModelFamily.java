package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Networks that are read, under the names that Transformers has for them. */
public enum ModelFamily {
  BEIT("beit", "Beit", "beit."),
  /** BEiT by another name. */
  DATA2VEC_VISION("data2vec-vision", "Data2VecVision", "data2vec_vision."),
  VIT("vit", "ViT", "vit.");

  /** Ends of class names of Transformers; a class that ends otherwise is somebody's own. */
  private static final Set<String> TASKS =
      Set.of(
          "Model",
          "PreTrainedModel",
          "Backbone",
          "ForImageClassification",
          "ForMaskedImageModeling",
          "ForSemanticSegmentation");

  private final String modelType;
  private final String className;
  private final String prefix;

  /**
   * @param modelType {@code model_type} of config.json
   * @param className what the names of its classes begin with
   * @param prefix of the tensors that a classifier has from the base model
   */
  ModelFamily(String modelType, String className, String prefix) {
    this.modelType = modelType;
    this.className = className;
    this.prefix = prefix;
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

  /** The class with a classifier on it. */
  public String classifier() {
    return className + "ForImageClassification";
  }

  /** The class without any head. */
  public String base() {
    return className + "Model";
  }

  /** Names of all classes that are read. */
  public List<String> classes() {
    List<String> classes = new ArrayList<>(List.of(classifier(), base()));
    if (this == BEIT) {
      classes.add(className + "ForMaskedImageModeling");
    }
    return classes;
  }

  /** What a classifier's names of the base model's tensors begin with: {@code vit.}. */
  public String prefix() {
    return prefix;
  }

  /** Value of {@code model_type}. */
  public String modelType() {
    return modelType;
  }
}
