package io.labelmill.graph;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.checkpoint.Taps;
import io.labelmill.error.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The part of {@code config.json} that shapes a graph. A key that is missing takes the default of
 * the original configuration class; wrong values are collected and reported together.
 */
final class ModelConfig {
  private final JsonNode json;
  private final List<String> problems = new ArrayList<>();

  ModelConfig(JsonNode json) {
    this.json = json;
  }

  /** Two sizes in the order in which configurations list them. */
  record Size(int height, int width) {}

  int positive(String key, int fallback) {
    return positive(key, fallback, Integer.MAX_VALUE);
  }

  int positive(String key, int fallback, int max) {
    JsonNode value = json.path(key);
    if (isAbsent(value)) {
      return fallback;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 1) {
      return wrong(key, value, "a whole number above 0", fallback);
    }
    return value.longValue() > max
        ? wrong(key, value, "%d or less".formatted(max), fallback)
        : value.intValue();
  }

  double number(String key, double fallback) {
    JsonNode value = json.path(key);
    if (isAbsent(value)) {
      return fallback;
    }
    return value.isNumber() ? value.doubleValue() : wrong(key, value, "a number", fallback);
  }

  boolean flag(String key, boolean fallback) {
    JsonNode value = json.path(key);
    if (isAbsent(value)) {
      return fallback;
    }
    return value.isBoolean() ? value.booleanValue() : wrong(key, value, "true or false", fallback);
  }

  /** A number for both sides, or [height, width]. */
  Size size(String key, int fallback) {
    JsonNode value = json.path(key);
    if (value.isArray() && value.size() == 2 && isSide(value.get(0)) && isSide(value.get(1))) {
      return new Size(value.get(0).intValue(), value.get(1).intValue());
    }
    if (isAbsent(value)) {
      return new Size(fallback, fallback);
    }
    if (isSide(value)) {
      return new Size(value.intValue(), value.intValue());
    }
    return wrong(
        key, value, "a whole number above 0, or [height, width]", new Size(fallback, fallback));
  }

  Nonlinearity activation(String key, String fallback) {
    JsonNode value = json.path(key);
    String name = isAbsent(value) ? fallback : value.asText();
    return Nonlinearity.named(name)
        .orElseGet(
            () ->
                wrong(
                    key,
                    value,
                    "one of " + String.join(", ", Nonlinearity.names()),
                    Nonlinearity.IDENTITY));
  }

  /** A list of whole numbers above 0. */
  List<Integer> positives(String key, List<Integer> fallback) {
    JsonNode value = json.path(key);
    if (isAbsent(value)) {
      return fallback;
    }
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode number : value) {
      if (isSide(number)) {
        numbers.add(number.intValue());
      }
    }
    return !value.isArray() || value.isEmpty() || numbers.size() < value.size()
        ? wrong(key, value, "a list of whole numbers above 0", fallback)
        : List.copyOf(numbers);
  }

  /** Four states that a segmentation model takes; {@code segmentation_indices} until 4.36. */
  List<Integer> outIndices(int layers) {
    String key = isAbsent(json.path("out_indices")) ? "segmentation_indices" : "out_indices";
    List<Integer> usual = List.of(3, 5, 7, 11);
    List<Integer> indices = positives(key, usual);
    if (indices.size() != usual.size() || indices.stream().anyMatch(index -> index > layers)) {
      return wrong(key, json.path(key), "four whole numbers from 1 to %d".formatted(layers), usual);
    }
    return indices;
  }

  /** How {@link #outIndices} are counted. */
  Taps taps() {
    return Taps.of(json);
  }

  /** Heads that divide the hidden size evenly. */
  int heads(String key, int fallback, int hidden) {
    int heads = positive(key, fallback);
    if (hidden % heads != 0) {
      problem(
          "hidden_size %d in config.json is no multiple of %s %d.".formatted(hidden, key, heads));
    }
    return heads;
  }

  /** The Transformers that wrote the configuration, as it says; empty where it does not. */
  String transformersVersion() {
    return json.path("transformers_version").asText("");
  }

  /** How BEiT's positions are read; empty where all codes read them alike. */
  Optional<PositionBias> positionBias() {
    return PositionBias.isChoice(json) ? Optional.of(PositionBias.of(json)) : Optional.empty();
  }

  /** Whether that is named, and not told by the version. */
  boolean namesPositionBias() {
    return json.has(PositionBias.KEY);
  }

  /** Labels that the configuration names; the original classes assume two. */
  int labels() {
    JsonNode names = json.path("id2label");
    return names.isObject() && !names.isEmpty() ? names.size() : positive("num_labels", 2);
  }

  /** The picture and its patches. */
  PatchGrid patchGrid() {
    int channels = positive("num_channels", 3);
    if (channels != 3) {
      problem("num_channels is %d in config.json; pictures have 3.".formatted(channels));
    }
    Size image = size("image_size", 224);
    Size patch = size("patch_size", 16);
    if (patch.height() > image.height() || patch.width() > image.width()) {
      problem(
          "patch_size %dx%d (height x width) in config.json is larger than image_size %dx%d."
              .formatted(patch.height(), patch.width(), image.height(), image.width()));
      patch = image;
    }
    return new PatchGrid(channels, image.height(), image.width(), patch.height(), patch.width());
  }

  void problem(String sentence) {
    problems.add(sentence);
  }

  /**
   * @throws InputException with every problem, if there is any
   */
  void check() {
    InputException.throwIfAny(problems);
  }

  private <T> T wrong(String key, JsonNode value, String expected, T fallback) {
    problem("%s is %s in config.json; it must be %s.".formatted(key, value, expected));
    return fallback;
  }

  private static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static boolean isSide(JsonNode value) {
    return value.isIntegralNumber() && value.canConvertToInt() && value.intValue() > 0;
  }
}
