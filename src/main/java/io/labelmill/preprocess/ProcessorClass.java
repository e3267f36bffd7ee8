package io.labelmill.preprocess;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The image processors of Transformers that are known, each with what a configuration that leaves
 * keys out means.
 */
// A record of doubles is immutable; the checker wants an annotation that says so.
@SuppressWarnings("ImmutableEnumChecker")
public enum ProcessorClass {
  BEIT(
      "Beit",
      "beit",
      Sizing.BOTH_SIDES,
      Resampling.BICUBIC,
      new Sides(256, 224, Crop.BY_DEFAULT),
      new Sides(224, 224, Crop.IF_ASKED),
      PerChannel.all(0.5),
      PerChannel.all(0.5)),
  VIT(
      "ViT",
      "vit",
      Sizing.BOTH_SIDES,
      Resampling.BILINEAR,
      new Sides(224, 0, Crop.NEVER),
      new Sides(224, 0, Crop.IF_ASKED),
      PerChannel.all(0.5),
      PerChannel.all(0.5)),
  DEIT(
      "DeiT",
      "deit",
      Sizing.BOTH_SIDES,
      Resampling.BICUBIC,
      new Sides(256, 224, Crop.BY_DEFAULT),
      new Sides(256, 224, Crop.BY_DEFAULT),
      PerChannel.all(0.5),
      PerChannel.all(0.5)),
  CLIP(
      "CLIP",
      "clip",
      Sizing.SHORTEST_EDGE,
      Resampling.BICUBIC,
      new Sides(224, 224, Crop.BY_DEFAULT),
      new Sides(224, 224, Crop.BY_DEFAULT),
      new PerChannel(0.48145466, 0.4578275, 0.40821073),
      new PerChannel(0.26862954, 0.26130258, 0.27577711));

  /** The two implementations of each class, which have other defaults and rules. */
  enum Generation {
    /** {@code ...FeatureExtractor}, and {@code ...ImageProcessor} before Transformers 5.4. */
    SLOW,
    /** {@code ...ImageProcessorFast}, and from 5.4 on all of them, with either backend. */
    FAST
  }

  /** What a name says beside the class. */
  enum Form {
    FEATURE_EXTRACTOR("FeatureExtractor"),
    IMAGE_PROCESSOR("ImageProcessor"),
    FAST("ImageProcessorFast"),
    PIL("ImageProcessorPil");

    private final String suffix;

    Form(String suffix) {
      this.suffix = suffix;
    }
  }

  /** A class, and in which form a configuration names it. */
  record Named(ProcessorClass processor, Form form) {}

  private enum Sizing {
    BOTH_SIDES,
    SHORTEST_EDGE
  }

  private enum Crop {
    NEVER,
    IF_ASKED,
    BY_DEFAULT
  }

  /**
   * Defaults in pixels.
   *
   * @param crop 0 for none
   */
  private record Sides(int size, int crop, Crop cropping) {}

  private final String prefix;
  private final String modelType;
  private final Sizing sizing;
  private final Resampling resampling;
  private final Sides slow;
  private final Sides fast;
  private final PerChannel mean;
  private final PerChannel std;

  ProcessorClass(
      String prefix,
      String modelType,
      Sizing sizing,
      Resampling resampling,
      Sides slow,
      Sides fast,
      PerChannel mean,
      PerChannel std) {
    this.prefix = prefix;
    this.modelType = modelType;
    this.sizing = sizing;
    this.resampling = resampling;
    this.slow = slow;
    this.fast = fast;
    this.mean = mean;
    this.std = std;
  }

  static Optional<Named> ofName(String name) {
    for (ProcessorClass known : values()) {
      for (Form form : Form.values()) {
        if (name.equals(known.prefix + form.suffix)) {
          return Optional.of(new Named(known, form));
        }
      }
    }
    return Optional.empty();
  }

  static Optional<Named> ofModelType(String modelType) {
    return Arrays.stream(values())
        .filter(known -> known.modelType.equals(modelType))
        .findFirst()
        .map(known -> new Named(known, Form.IMAGE_PROCESSOR));
  }

  static String names() {
    return Arrays.stream(values()).map(ProcessorClass::className).collect(Collectors.joining(", "));
  }

  /** As it is called in Transformers. */
  public String className() {
    return prefix + "ImageProcessor";
  }

  private Sides sides(Generation generation) {
    return generation == Generation.SLOW ? slow : fast;
  }

  Resize resize(Generation generation) {
    int side = sides(generation).size;
    return numberIsShortestEdge()
        ? new Resize.ShortestEdge(side)
        : new Resize.Exact(new Size(side, side));
  }

  Resampling resampling() {
    return resampling;
  }

  /** Whether the class has a centre crop at all; another ignores the keys. */
  boolean crops(Generation generation) {
    return sides(generation).cropping != Crop.NEVER;
  }

  boolean cropsByDefault(Generation generation) {
    return sides(generation).cropping == Crop.BY_DEFAULT;
  }

  /** Empty where a crop has to be named. */
  Optional<Size> crop(Generation generation) {
    int side = sides(generation).crop;
    return side == 0 ? Optional.empty() : Optional.of(new Size(side, side));
  }

  /** Whether a size may be the length of the shortest edge. */
  boolean takesShortestEdge(Generation generation) {
    return generation == Generation.FAST || numberIsShortestEdge();
  }

  /** Whether a size that is a bare number is that of the shortest edge, unless said otherwise. */
  boolean numberIsShortestEdge() {
    return sizing == Sizing.SHORTEST_EDGE;
  }

  PerChannel mean() {
    return mean;
  }

  PerChannel std() {
    return std;
  }
}
