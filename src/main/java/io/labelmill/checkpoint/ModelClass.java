package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.error.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The class of Transformers that a checkpoint is read as.
 *
 * @param name of the class: {@code ViTForImageClassification}
 * @param notes sentences that the user should see
 */
public record ModelClass(ModelFamily family, String name, List<String> notes) {
  /** The classifier of every family; it has one row an output. */
  static final String CLASSIFIER = "classifier.weight";

  public ModelClass {
    notes = List.copyOf(notes);
  }

  /**
   * What {@code architectures} names; where that is nothing or somebody's own class, what {@code
   * model_type} and the weights tell, as Transformers' {@code AutoModelForImageClassification}
   * does.
   *
   * @throws InputException when it is not supported, listing what is
   */
  public static ModelClass of(JsonNode config, TensorStore weights) {
    List<String> named = ModelFamily.named(config);
    for (String name : named) {
      for (ModelFamily family : ModelFamily.values()) {
        if (family.classes().contains(name)) {
          return known(family, name, weights);
        }
      }
    }
    Optional<ModelFamily> family = ModelFamily.ofType(config);
    String said =
        named.isEmpty()
            ? "config.json names no architecture (key architectures)"
            : "config.json names the architecture " + String.join(", ", named);
    if (family.isEmpty() || named.stream().anyMatch(ModelFamily::isOfTransformers)) {
      List<String> supported = new ArrayList<>();
      Arrays.stream(ModelFamily.values()).forEach(each -> supported.addAll(each.classes()));
      throw new InputException(
          "%s; supported are %s."
              .formatted(said, String.join(", ", supported.stream().sorted().toList())));
    }
    boolean classifies = weights.contains(CLASSIFIER);
    String name = classifies ? family.get().classifier() : family.get().base();
    List<String> notes = new ArrayList<>();
    notes.add(
        "%s: read as %s, since model_type is %s and the weights hold %s classifier."
            .formatted(said, name, family.get().modelType(), classifies ? "a" : "no"));
    if (!config.path("auto_map").isMissingNode()) {
      notes.add("The program that auto_map of config.json names is not run.");
    }
    return new ModelClass(family.get(), name, notes);
  }

  /** A classifier that lies in the file of a base model is meant to be used. */
  private static ModelClass known(ModelFamily family, String name, TensorStore weights) {
    if (name.equals(family.base()) && weights.contains(CLASSIFIER)) {
      return new ModelClass(
          family,
          family.classifier(),
          List.of(
              "config.json names the architecture %s, and the weights hold a classifier: read as %s."
                  .formatted(name, family.classifier())));
    }
    return new ModelClass(family, name, List.of());
  }
}
