package io.labelmill.checkpoint;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.error.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The class of Transformers that a checkpoint is read as.
 *
 * @param head one of the family's
 * @param notes sentences that the user should see
 */
public record ModelClass(ModelFamily family, ModelHead head, List<String> notes) {
  public ModelClass {
    notes = List.copyOf(notes);
  }

  /** The class: {@code ViTForImageClassification}. */
  public String name() {
    return family.className(head);
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
        for (ModelHead head : family.heads()) {
          if (family.className(head).equals(name)) {
            return known(family, head, weights);
          }
        }
      }
    }
    Optional<ModelFamily> family = ModelFamily.ofType(config);
    String said =
        named.isEmpty()
            ? "config.json names no architecture (key architectures)"
            : "config.json names the architecture " + String.join(", ", named);
    if (family.isEmpty() || named.stream().anyMatch(ModelFamily::isOfTransformers)) {
      throw new InputException("%s; supported are %s.".formatted(said, supported()));
    }
    ModelHead head = headIn(family.get(), weights);
    List<String> notes = new ArrayList<>();
    notes.add(
        "%s: read as %s, since model_type is %s and the weights hold %s classifier."
            .formatted(
                said,
                family.get().className(head),
                family.get().modelType(),
                head == ModelHead.NONE ? "no" : "a"));
    if (!config.path("auto_map").isMissingNode()) {
      notes.add("The program that auto_map of config.json names is not run.");
    }
    return new ModelClass(family.get(), head, notes);
  }

  /** Names of all classes that are read. */
  private static String supported() {
    return Arrays.stream(ModelFamily.values())
        .flatMap(family -> family.heads().stream().map(family::className))
        .sorted()
        .collect(joining(", "));
  }

  /** The head of which the weights hold the classifier. */
  private static ModelHead headIn(ModelFamily family, TensorStore weights) {
    return family.heads().stream()
        .filter(head -> head.classifier().filter(weights::contains).isPresent())
        .findFirst()
        .orElse(ModelHead.NONE);
  }

  /** A classifier that lies in the file of a base model is meant to be used. */
  private static ModelClass known(ModelFamily family, ModelHead named, TensorStore weights) {
    ModelHead stored = headIn(family, weights);
    if (named == ModelHead.NONE && stored != ModelHead.NONE) {
      return new ModelClass(
          family,
          stored,
          List.of(
              "config.json names the architecture %s, and the weights hold a classifier: read as %s."
                  .formatted(family.className(named), family.className(stored))));
    }
    return new ModelClass(family, named, List.of());
  }
}
