package io.labelmill.preprocess;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.InputException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How a checkpoint wants its pictures: its {@code preprocessor_config.json}, with the defaults of
 * the processor's class filled in. Steps run in the order of the components; a step that is
 * switched off is there with a value that changes nothing.
 *
 * @param processor the class of Transformers whose defaults and rules hold
 * @param resize what size pictures are resampled to
 * @param resampling the filter
 * @param crop the size of the centre crop, padded with black where the picture is smaller; null for
 *     none
 * @param rescaleFactor multiplies the samples 0 to 255, in double precision; 1 for none
 * @param mean subtracted from red, green and blue; zeros for none
 * @param std divides red, green and blue afterwards; ones for none
 * @param source where the configuration was read, for messages
 */
public record ProcessorConfig(
    ProcessorClass processor,
    Resize resize,
    Resampling resampling,
    Size crop,
    double rescaleFactor,
    PerChannel mean,
    PerChannel std,
    String source)
    implements Serializable {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** Steps that are done, or that concern label maps only. */
  private static final Set<String> KNOWN_SWITCHES =
      Set.of(
          "do_resize",
          "do_center_crop",
          "do_rescale",
          "do_normalize",
          "do_convert_rgb",
          "do_reduce_labels");

  /**
   * Reads a configuration that names its processor class; one that names none is read as the oldest
   * ViT ones are.
   *
   * @param json the text of {@code preprocessor_config.json}
   * @param source its name, for messages
   * @throws InputException if pictures would not come out as Transformers makes them
   */
  public static ProcessorConfig parse(String json, String source) {
    return parse(json, source, "vit");
  }

  /**
   * Reads a configuration.
   *
   * @param json the text of {@code preprocessor_config.json}
   * @param source its name, for messages
   * @param modelType {@code model_type} of {@code config.json}: decides the processor class where
   *     the configuration names none
   * @throws InputException if pictures would not come out as Transformers makes them
   */
  public static ProcessorConfig parse(String json, String source, String modelType) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new InputException(source + " is not JSON: " + e.getOriginalMessage() + ".", e);
    }
    if (!root.isObject()) {
      throw new InputException(source + " is not a JSON object.");
    }
    return new Parser(root, source).config(modelType);
  }

  /**
   * What rescaling and normalising make of a sample.
   *
   * @param channel 0 red, 1 green, 2 blue
   * @param sample 0 to 255
   */
  public float pixelValue(int channel, int sample) {
    float rescaled = (float) (sample * rescaleFactor);
    return (rescaled - (float) mean.of(channel)) / (float) std.of(channel);
  }

  /** What a picture of this width and height, in pixels, is brought to. */
  public Size outputSize(int width, int height) {
    Size resized = resize.target(width, height);
    return crop == null
        ? resized
        : new Size(
            CentreCrop.of(resized.width(), crop.width()).length(),
            CentreCrop.of(resized.height(), crop.height()).length());
  }

  /** The one size that every picture is brought to; empty where it depends on the picture. */
  public Optional<Size> inputSize() {
    if (resize instanceof Resize.Exact exact) {
      return Optional.of(outputSize(exact.size().width(), exact.size().height()));
    }
    boolean neverPads =
        crop != null
            && resize instanceof Resize.ShortestEdge edge
            && crop.width() <= edge.pixels()
            && crop.height() <= edge.pixels();
    return neverPads ? Optional.of(crop) : Optional.empty();
  }

  /**
   * Width of the model's input in pixels.
   *
   * @throws InputException if pictures are not all brought to one size
   */
  public int width() {
    return oneSize().width();
  }

  /**
   * Height of the model's input in pixels.
   *
   * @throws InputException if pictures are not all brought to one size
   */
  public int height() {
    return oneSize().height();
  }

  private Size oneSize() {
    return inputSize()
        .orElseThrow(
            () ->
                new InputException(
                    source
                        + " brings pictures to different sizes, and a model takes one: set size to a height and a"
                        + " width, or crop_size to no more than the shortest edge."));
  }

  /** Collects every problem before it gives up. */
  private static final class Parser {
    private final JsonNode root;
    private final String source;
    private final List<String> problems = new ArrayList<>();

    Parser(JsonNode root, String source) {
      this.root = root;
      this.source = source;
    }

    ProcessorConfig config(String modelType) {
      ProcessorClass processor = processorClass(modelType);
      refuseUnknownSteps();
      Resize resize = new Resize.None();
      Resampling resampling = resampling(processor);
      if (switchOn("do_resize", true)) {
        resize = resize(processor);
      }
      Size crop = null;
      if (processor.crops() && switchOn("do_center_crop", processor.cropsByDefault())) {
        crop = cropSize(processor);
      }
      double rescaleFactor = switchOn("do_rescale", true) ? number("rescale_factor", 1 / 255.0) : 1;
      PerChannel mean = PerChannel.all(0);
      PerChannel std = PerChannel.all(1);
      if (switchOn("do_normalize", true)) {
        mean = perChannel("image_mean", processor.mean());
        std = perChannel("image_std", processor.std());
        if (std.red() == 0 || std.green() == 0 || std.blue() == 0) {
          problem("image_std has a zero, and samples are divided by it");
        }
      }
      if (!problems.isEmpty()) {
        throw new InputException(problems);
      }
      return new ProcessorConfig(
          processor, resize, resampling, crop, rescaleFactor, mean, std, source);
    }

    private ProcessorClass processorClass(String modelType) {
      for (String key : List.of("image_processor_type", "feature_extractor_type")) {
        if (root.hasNonNull(key)) {
          String name = root.get(key).asText();
          Optional<ProcessorClass> known = ProcessorClass.ofName(name);
          if (known.isEmpty()) {
            problem(
                key
                    + " is '"
                    + name
                    + "'; known are "
                    + ProcessorClass.names()
                    + ". Another class may make other pixels");
          }
          return known.orElse(ProcessorClass.VIT);
        }
      }
      Optional<ProcessorClass> known = ProcessorClass.ofModelType(modelType);
      if (known.isEmpty()) {
        problem(
            "has no image_processor_type, and model_type '"
                + modelType
                + "' names no known processor; known are "
                + ProcessorClass.names());
      }
      return known.orElse(ProcessorClass.VIT);
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

    private boolean switchOn(String key, boolean otherwise) {
      JsonNode value = root.get(key);
      if (value == null || value.isNull()) {
        return otherwise;
      }
      if (!value.isBoolean()) {
        problem(key + " is " + value + ", not true or false");
      }
      return value.asBoolean();
    }

    private double number(String key, double otherwise) {
      JsonNode value = root.get(key);
      if (value == null || value.isNull()) {
        return otherwise;
      }
      if (!value.isNumber()) {
        problem(key + " is " + value + ", not a number");
      }
      return value.asDouble();
    }

    private Resampling resampling(ProcessorClass processor) {
      JsonNode value = root.get("resample");
      if (value == null || value.isNull()) {
        return processor.resampling();
      }
      if (!value.isIntegralNumber() || !value.canConvertToInt() || badCode(value.asInt())) {
        problem(
            "resample is "
                + value
                + "; known are 0 nearest, 1 lanczos, 2 bilinear, 3 bicubic, 4 box, 5 hamming");
        return processor.resampling();
      }
      return Resampling.ofCode(value.asInt());
    }

    private static boolean badCode(int code) {
      return code < 0 || code >= Resampling.values().length;
    }

    private Resize resize(ProcessorClass processor) {
      JsonNode value = root.get("size");
      if (value == null || value.isNull()) {
        return processor.resize();
      }
      if (value.isObject() && value.size() == 1 && value.has("shortest_edge")) {
        if (!processor.takesShortestEdge()) {
          problem(
              "size is " + value + ", and " + processor.className() + " takes height and width");
        }
        return new Resize.ShortestEdge(pixels("size.shortest_edge", value.get("shortest_edge")));
      }
      if (value.isNumber() && processor.takesShortestEdge()) {
        return new Resize.ShortestEdge(pixels("size", value));
      }
      return new Resize.Exact(size("size", value));
    }

    private Size cropSize(ProcessorClass processor) {
      JsonNode value = root.get("crop_size");
      return value == null || value.isNull() ? processor.crop() : size("crop_size", value);
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
            pixels(key + ".width", value.get("width")),
            pixels(key + ".height", value.get("height")));
      }
      problem(
          key + " is " + value + "; known forms are a number, [height, width] and {height, width}");
      return new Size(1, 1);
    }

    private int pixels(String key, JsonNode value) {
      if (!value.isIntegralNumber() || !value.canConvertToInt() || outOfRange(value.asInt())) {
        problem(key + " is " + value + ", not a number of pixels from 1 to " + MAX_SIDE);
        return 1;
      }
      return value.asInt();
    }

    private static boolean outOfRange(int pixels) {
      return pixels < 1 || pixels > MAX_SIDE;
    }

    private PerChannel perChannel(String key, PerChannel otherwise) {
      JsonNode value = root.get(key);
      if (value == null || value.isNull()) {
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

  /** Larger than any model's input; keeps products of sides inside an int. */
  static final int MAX_SIDE = 8192;

  @Override
  public String toString() {
    return processor.className()
        + "["
        + resize
        + " "
        + resampling
        + ", crop="
        + crop
        + ", rescaleFactor="
        + rescaleFactor
        + ", mean="
        + mean
        + ", std="
        + std
        + "]";
  }
}
