package io.labelmill.preprocess;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.InputException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a checkpoint wants its pictures: its {@code preprocessor_config.json}, with the defaults of
 * the processor's class filled in. Steps run in the order of the components.
 *
 * @param processor the class of Transformers whose defaults and rules hold
 * @param backend whose arithmetic is taken, never {@link ResizeBackend#AUTO}
 * @param resize what size pictures are resampled to
 * @param crop the size of the centre crop, padded with black where the picture is smaller; null for
 *     none
 * @param rescaleFactor multiplies the samples 0 to 255; 1 for none
 * @param mean subtracted from red, green and blue; null where pictures are not normalised
 * @param std divides red, green and blue afterwards; null with the mean
 * @param source where the configuration was read, for messages
 * @param warnings what the user should know, such as that the backend is a guess
 */
public record ProcessorConfig(
    ProcessorClass processor,
    ResizeBackend backend,
    Resize resize,
    Resampling resampling,
    Size crop,
    double rescaleFactor,
    PerChannel mean,
    PerChannel std,
    String source,
    List<String> warnings)
    implements Serializable {

  /** In a configuration, says whose pixels it makes; Transformers does not look at it. */
  public static final String BACKEND_KEY = "labelmill_resize_backend";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /**
   * Reads a configuration of which nothing else is known; one that names no processor class is read
   * as the oldest ViT ones are.
   *
   * @param json the text of {@code preprocessor_config.json}
   * @param source its name, for messages
   * @throws InputException if pictures would not come out as Transformers makes them
   */
  public static ProcessorConfig parse(String json, String source) {
    return parse(json, source, new ProcessorOrigin("vit", Optional.empty()), ResizeBackend.AUTO);
  }

  /**
   * Reads a configuration.
   *
   * @param json the text of {@code preprocessor_config.json}
   * @param source its name, for messages
   * @param origin what the model's own configuration says
   * @param backend the one to take; {@link ResizeBackend#AUTO} for the one that {@value
   *     #BACKEND_KEY} names, else the one that class and origin speak for: Pillow for {@code
   *     ...FeatureExtractor}, torchvision for {@code ...ImageProcessorFast}, and for {@code
   *     ...ImageProcessor} Pillow before Transformers 5.4, from there on torchvision, which is a
   *     guess, for filters that it has
   * @throws InputException if pictures would not come out as Transformers makes them
   */
  public static ProcessorConfig parse(
      String json, String source, ProcessorOrigin origin, ResizeBackend backend) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new InputException(source + " is not JSON: " + e.getOriginalMessage() + ".", e);
    }
    if (!root.isObject()) {
      throw new InputException(source + " is not a JSON object.");
    }
    return new ProcessorParser(root, source).config(origin, backend);
  }

  /**
   * What rescaling and normalising make of a sample. torchvision does both in one step, in single
   * precision.
   *
   * @param channel 0 red, 1 green, 2 blue
   * @param sample 0 to 255
   */
  public float pixelValue(int channel, int sample) {
    boolean isFused = backend == ResizeBackend.TORCHVISION;
    if (mean == null) {
      return isFused ? sample * (float) rescaleFactor : (float) (sample * rescaleFactor);
    }
    float subtrahend = (float) mean.of(channel);
    float divisor = (float) std.of(channel);
    if (isFused) {
      float scale = (float) (1 / rescaleFactor);
      return (sample - subtrahend * scale) / (divisor * scale);
    }
    return ((float) (sample * rescaleFactor) - subtrahend) / divisor;
  }

  /** What a picture of this width and height, in pixels, is brought to. */
  public Size outputSize(int width, int height) {
    return crop == null ? resize.target(width, height) : crop;
  }

  /** Whether the model's input shows all of a picture, and nothing beside it. */
  public boolean showsWholePicture() {
    return crop == null || (resize instanceof Resize.Exact exact && exact.size().equals(crop));
  }

  /** The one size that every picture is brought to; empty where it depends on the picture. */
  public Optional<Size> inputSize() {
    if (crop != null) {
      return Optional.of(crop);
    }
    return resize instanceof Resize.Exact exact ? Optional.of(exact.size()) : Optional.empty();
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
                        + " width, or do_center_crop to true."));
  }

  /** The steps in words, such as {@code resized to 224x224 (bilinear), normalised by mean ...}. */
  public String steps() {
    List<String> steps = new ArrayList<>();
    String filter = " (" + resampling.name().toLowerCase(Locale.ROOT) + ")";
    if (resize instanceof Resize.Exact exact) {
      steps.add("resized to " + exact.size() + filter);
    } else if (resize instanceof Resize.ShortestEdge edge) {
      steps.add("shorter side resized to " + edge.pixels() + filter);
    }
    if (crop != null) {
      steps.add("centre of " + crop + " taken");
    }
    if (rescaleFactor != 1) {
      steps.add("samples multiplied by %s".formatted(factor(rescaleFactor)));
    }
    if (mean != null) {
      steps.add("normalised by mean %s and deviation %s".formatted(mean, std));
    }
    return steps.isEmpty() ? "taken as they are" : String.join(", ", steps);
  }

  private static String factor(double factor) {
    long inverse = Math.round(1 / factor);
    return factor == 1.0 / inverse ? "1/" + inverse : Double.toString(factor);
  }

  /** Larger than any model's input; keeps products of sides inside an int. */
  static final int MAX_SIDE = 8192;

  @Override
  public String toString() {
    return "%s[%s: %s %s, crop=%s, rescaleFactor=%s, mean=%s, std=%s]"
        .formatted(
            processor.className(),
            backend.label(),
            resize,
            resampling,
            crop,
            rescaleFactor,
            mean,
            std);
  }
}
