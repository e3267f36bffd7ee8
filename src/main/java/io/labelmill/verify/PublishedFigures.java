package io.labelmill.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.error.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a published checkpoint says about the picture {@code 000000039769.jpg} of COCO val2017, two
 * cats and two remote controls, according to the tests and conversion scripts of Transformers.
 *
 * @param model name on the hub
 * @param side height and width of the model's input in pixels
 * @param hidden {@code hidden_size}
 * @param labels number of them
 * @param logits the first three
 * @param label index of the largest logit
 */
public record PublishedFigures(
    String model, int side, int hidden, int labels, List<Double> logits, int label) {
  public static final String PICTURE = "000000039769.jpg";

  public static final int PICTURE_WIDTH = 640;

  public static final int PICTURE_HEIGHT = 480;

  /** Largest difference of a logit: figures are published with four digits. */
  public static final double TOLERANCE = 1e-3;

  /**
   * All that are known: {@code convert_beit_unilm_to_pytorch.py}, {@code test_modeling_beit.py} and
   * {@code test_modeling_vit.py} of Transformers; the class of ViT, which that test leaves out, is
   * the Egyptian cat of the tested examples in {@code modeling_vit.py}, ImageNet's 285.
   */
  public static final List<PublishedFigures> TABLE =
      List.of(
          of("microsoft/beit-base-patch16-224", 224, 768, 1000, -1.2385, -1.0987, -1.0108, 281),
          of("microsoft/beit-base-patch16-384", 384, 768, 1000, -1.5303, -0.9484, -0.3147, 761),
          of(
              "microsoft/beit-base-patch16-224-pt22k-ft22k",
              224,
              768,
              21841,
              2.2288,
              2.4671,
              0.7395,
              2397),
          of("microsoft/beit-large-patch16-224", 224, 1024, 1000, -0.4804, 0.6257, -0.1837, 761),
          of("microsoft/beit-large-patch16-384", 384, 1024, 1000, -0.5122, 0.5117, -0.2113, 761),
          of("microsoft/beit-large-patch16-512", 512, 1024, 1000, -0.3062, 0.7261, 0.4852, 761),
          of(
              "microsoft/beit-large-patch16-224-pt22k-ft22k",
              224,
              1024,
              21841,
              1.6881,
              -0.2787,
              0.5901,
              2396),
          of("google/vit-base-patch16-224", 224, 768, 1000, -0.2744, 0.8215, -0.0836, 285));

  public PublishedFigures {
    logits = List.copyOf(logits);
  }

  private static PublishedFigures of(
      String model,
      int side,
      int hidden,
      int labels,
      double first,
      double second,
      double third,
      int label) {
    return new PublishedFigures(model, side, hidden, labels, List.of(first, second, third), label);
  }

  /**
   * The figures of a checkpoint: found by its own name, or else by the name that its config.json
   * says it was saved under.
   *
   * @throws InputException if there are none for it, or its config.json is another model's
   */
  public static PublishedFigures of(List<PublishedFigures> table, Checkpoint checkpoint) {
    String name = checkpoint.name().replaceFirst("@[^@/]*$", "");
    String origin = checkpoint.config().path("_name_or_path").asText();
    Optional<PublishedFigures> own =
        table.stream().filter(figures -> figures.isCalled(name)).findFirst();
    PublishedFigures found =
        own.or(() -> table.stream().filter(each -> each.model.equals(origin)).findFirst())
            .orElseThrow(
                () ->
                    new InputException(
                        "There are no published figures for %s: there are for %s. A folder is known by its name."
                            .formatted(
                                checkpoint.name(),
                                table.stream()
                                    .map(PublishedFigures::model)
                                    .collect(Collectors.joining(", ")))));
    List<String> differences = found.differences(checkpoint);
    if (!differences.isEmpty()) {
      throw new InputException(
          own.isPresent()
              ? "%s is called like %s, but is another model: %s."
                  .formatted(checkpoint.name(), found.model, String.join("; ", differences))
              : "%s was made of %s and is another model (%s): there are no published figures for it."
                  .formatted(checkpoint.name(), found.model, String.join("; ", differences)));
    }
    return found;
  }

  private boolean isCalled(String name) {
    return name.equals(model) || model.endsWith("/" + name);
  }

  private List<String> differences(Checkpoint checkpoint) {
    List<String> differences = new ArrayList<>();
    JsonNode config = checkpoint.config();
    compare(differences, "image_size", config.path("image_size").asInt(224), side);
    compare(differences, "hidden_size", config.path("hidden_size").asInt(768), hidden);
    compare(differences, "number of labels", checkpoint.labels().size(), labels);
    return differences;
  }

  private static void compare(List<String> differences, String what, int here, int published) {
    if (here != published) {
      differences.add("its %s is %d, not %d".formatted(what, here, published));
    }
  }

  /**
   * What of a picture's logits is not as published.
   *
   * @param tolerance largest difference that passes
   * @return sentences without a full stop; empty when all agrees
   */
  public List<String> mismatches(float[] found, double tolerance) {
    List<String> mismatches = new ArrayList<>();
    for (int i = 0; i < logits.size(); i++) {
      double difference = Math.abs(found[i] - logits.get(i));
      if (!(difference <= tolerance)) {
        mismatches.add(
            String.format(
                Locale.ROOT,
                "logit %d is %.4f, published is %.4f: they differ by %.1e, more than %.1e",
                i,
                found[i],
                logits.get(i),
                difference,
                tolerance));
      }
    }
    int best = best(found);
    if (best != label) {
      mismatches.add("the best label is %d, published is %d".formatted(best, label));
    }
    return mismatches;
  }

  /** The index of the largest; of equal ones the lowest. */
  public static int best(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }
}
