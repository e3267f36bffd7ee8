package io.labelmill.preprocess;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.error.InputException;
import io.labelmill.preprocess.ProcessorClass.Form;
import io.labelmill.preprocess.ProcessorClass.Generation;
import io.labelmill.preprocess.ProcessorClass.Named;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads one {@code preprocessor_config.json}; collects every problem before it gives up. */
final class ProcessorParser {
  /** Steps that are done, or that concern label maps only. */
  private static final Set<String> KNOWN_SWITCHES =
      Set.of(
          "do_resize",
          "do_center_crop",
          "do_rescale",
          "do_normalize",
          "do_convert_rgb",
          "do_reduce_labels");

  private final JsonNode root;
  private final String source;
  private final List<String> problems = new ArrayList<>();

  ProcessorParser(JsonNode root, String source) {
    this.root = root;
    this.source = source;
  }

  /**
   * @throws InputException with all that is wrong
   */
  ProcessorConfig config(ProcessorOrigin origin, ResizeBackend wanted) {
    Named named = named(origin.modelType());
    ProcessorClass processor = named.processor();
    refuseUnknownSteps();
    boolean resizes = switchOn("do_resize", true);
    Resampling resampling = resampling(processor, resizes);
    boolean isSlow = isSlow(named.form(), origin);
    List<String> warnings = List.of();
    ResizeBackend backend = wanted == ResizeBackend.AUTO ? namedBackend() : wanted;
    if (backend == ResizeBackend.AUTO) {
      backend = backend(named.form(), isSlow, resampling);
      warnings = guess(named.form(), origin, backend);
    }
    if (resizes && !backend.has(resampling)) {
      problem(
          "resample is %s, which %s does not have: take another --resize-backend"
              .formatted(resampling.word(), backend.label()));
    }
    Generation generation =
        isSlow && backend != ResizeBackend.TORCHVISION ? Generation.SLOW : Generation.FAST;
    Resize resize = resizes ? resize(processor, generation) : new Resize.None();
    Size crop = null;
    if (processor.crops(generation)
        && switchOn("do_center_crop", processor.cropsByDefault(generation))) {
      crop = cropSize(processor, generation);
    }
    double rescaleFactor = switchOn("do_rescale", true) ? rescaleFactor() : 1;
    PerChannel mean = null;
    PerChannel std = null;
    if (switchOn("do_normalize", true)) {
      mean = perChannel("image_mean", processor.mean(), generation);
      std = perChannel("image_std", processor.std(), generation);
      if (std.red() == 0 || std.green() == 0 || std.blue() == 0) {
        problem("image_std has a zero, and samples are divided by it");
      }
    }
    InputException.throwIfAny(problems);
    return new ProcessorConfig(
        processor, backend, resize, resampling, crop, rescaleFactor, mean, std, source, warnings);
  }

  /** {@link ResizeBackend#AUTO} where the configuration names none. */
  private ResizeBackend namedBackend() {
    JsonNode value = root.path(ProcessorConfig.BACKEND_KEY);
    for (ResizeBackend known : ResizeBackend.values()) {
      if (value.isMissingNode() || known.word().equals(value.textValue())) {
        return known;
      }
    }
    problem(
        "%s is %s; it must be auto, pillow, pillow-12 or torchvision"
            .formatted(ProcessorConfig.BACKEND_KEY, value));
    return ResizeBackend.AUTO;
  }

  private Named named(String modelType) {
    for (String key : List.of("image_processor_type", "feature_extractor_type")) {
      if (root.hasNonNull(key)) {
        String name = root.get(key).asText();
        Optional<Named> known = ProcessorClass.ofName(name);
        if (known.isEmpty()) {
          problem(
              "%s is '%s'; known are %s. Another class may make other pixels"
                  .formatted(key, name, ProcessorClass.names()));
        }
        return known.orElse(new Named(ProcessorClass.VIT, Form.IMAGE_PROCESSOR));
      }
    }
    Optional<Named> known = ProcessorClass.ofModelType(modelType);
    if (known.isEmpty()) {
      problem(
          "has no image_processor_type, and model_type '%s' names no known processor; known are %s"
              .formatted(modelType, ProcessorClass.names()));
    }
    return known.orElse(new Named(ProcessorClass.VIT, Form.IMAGE_PROCESSOR));
  }

  private static boolean isSlow(Form form, ProcessorOrigin origin) {
    return form == Form.FEATURE_EXTRACTOR
        || (form == Form.IMAGE_PROCESSOR && !origin.namesNoBackend());
  }

  private static ResizeBackend backend(Form form, boolean isSlow, Resampling resampling) {
    boolean isPillow =
        isSlow
            || form == Form.PIL
            || (form == Form.IMAGE_PROCESSOR && !ResizeBackend.TORCHVISION.has(resampling));
    return isPillow ? ResizeBackend.PILLOW : ResizeBackend.TORCHVISION;
  }

  private List<String> guess(Form form, ProcessorOrigin origin, ResizeBackend backend) {
    boolean isSure = form != Form.IMAGE_PROCESSOR || backend != ResizeBackend.TORCHVISION;
    return isSure
        ? List.of()
        : List.of(
            "%s does not say whether torchvision or Pillow resized the pictures, as Transformers %s writes it: torchvision is guessed, its default. If backend=\"pil\" was given there, say --resize-backend pillow."
                .formatted(source, origin.transformersVersion().orElseThrow()));
  }

  private void refuseUnknownSteps() {
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      String key = field.getKey();
      if (key.startsWith("do_")
          && !KNOWN_SWITCHES.contains(key)
          && !field.getValue().isNull()
          && !(field.getValue().isBoolean() && !field.getValue().asBoolean())) {
        problem(
            key + " is " + field.getValue() + ", a step that is not done here; set it to false");
      }
    }
  }

  /** A switch that is null is off, whatever its default. */
  private boolean switchOn(String key, boolean otherwise) {
    JsonNode value = root.path(key);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isBoolean() && !value.isNull()) {
      problem(key + " is " + value + ", not true or false");
    }
    return value.asBoolean();
  }

  private double rescaleFactor() {
    JsonNode value = root.path("rescale_factor");
    if (value.isMissingNode()) {
      return 1 / 255.0;
    }
    if (!value.isNumber()) {
      problem("rescale_factor is " + value + ", not a number");
    }
    return value.asDouble();
  }

  private Resampling resampling(ProcessorClass processor, boolean resizes) {
    JsonNode value = root.path("resample");
    if (value.isMissingNode() || (value.isNull() && !resizes)) {
      return processor.resampling();
    }
    Optional<Resampling> known =
        value.canConvertToInt() && value.isIntegralNumber()
            ? Resampling.ofCode(value.asInt())
            : Optional.empty();
    if (known.isEmpty()) {
      problem("resample is " + value + "; known are " + Resampling.known());
    }
    return known.orElse(processor.resampling());
  }

  private Resize resize(ProcessorClass processor, Generation generation) {
    JsonNode value = root.path("size");
    if (isDefault("size", value, generation)) {
      return processor.resize(generation);
    }
    if (value.isObject() && value.size() == 1 && value.has("shortest_edge")) {
      if (!processor.takesShortestEdge(generation)) {
        problem("size is " + value + ", and " + processor.className() + " takes height and width");
      }
      return new Resize.ShortestEdge(pixels("size.shortest_edge", value.get("shortest_edge")));
    }
    if (value.isNumber() && numberIsShortestEdge(processor, generation)) {
      return new Resize.ShortestEdge(pixels("size", value));
    }
    return new Resize.Exact(size("size", value));
  }

  private boolean numberIsShortestEdge(ProcessorClass processor, Generation generation) {
    return generation == Generation.SLOW
        ? processor.numberIsShortestEdge()
        : !switchOn("default_to_square", !processor.numberIsShortestEdge());
  }

  private Size cropSize(ProcessorClass processor, Generation generation) {
    JsonNode value = root.path("crop_size");
    if (isDefault("crop_size", value, generation)) {
      return processor
          .crop(generation)
          .orElseGet(
              () -> {
                problem(
                    "do_center_crop is true, and %s has no crop_size of its own: name one"
                        .formatted(processor.className()));
                return new Size(1, 1);
              });
    }
    return size("crop_size", value);
  }

  /** Whether a value is the class's own: a fast class takes null for a value that is missing. */
  private boolean isDefault(String key, JsonNode value, Generation generation) {
    if (value.isNull() && generation == Generation.FAST) {
      problem(key + " is null, and its step is not switched off: leave the key out");
    }
    return value.isMissingNode() || value.isNull();
  }

  /** A number (square), {@code [height, width]}, or an object with both. */
  private Size size(String key, JsonNode value) {
    if (value.isNumber()) {
      int side = pixels(key, value);
      return new Size(side, side);
    }
    if (value.isArray() && value.size() == 2) {
      return new Size(pixels(key + "[1]", value.get(1)), pixels(key + "[0]", value.get(0)));
    }
    if (value.isObject() && value.size() == 2 && value.has("height") && value.has("width")) {
      return new Size(
          pixels(key + ".width", value.get("width")), pixels(key + ".height", value.get("height")));
    }
    problem(
        key + " is " + value + "; known forms are a number, [height, width] and {height, width}");
    return new Size(1, 1);
  }

  private int pixels(String key, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToInt() || outOfRange(value.asInt())) {
      problem(
          key + " is " + value + ", not a number of pixels from 1 to " + ProcessorConfig.MAX_SIDE);
      return 1;
    }
    return value.asInt();
  }

  private static boolean outOfRange(int pixels) {
    return pixels < 1 || pixels > ProcessorConfig.MAX_SIDE;
  }

  private PerChannel perChannel(String key, PerChannel otherwise, Generation generation) {
    JsonNode value = root.path(key);
    if (isDefault(key, value, generation)) {
      return otherwise;
    }
    if (value.isNumber()) {
      return PerChannel.all(value.asDouble());
    }
    List<Double> numbers = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(item -> numbers.add(item.isNumber() ? item.asDouble() : Double.NaN));
    }
    if (numbers.size() != 3 || numbers.contains(Double.NaN)) {
      problem(key + " is " + value + ", not one number or three (red, green, blue)");
      return otherwise;
    }
    return new PerChannel(numbers.get(0), numbers.get(1), numbers.get(2));
  }

  private void problem(String what) {
    problems.add(source + ": " + what + ".");
  }
}
