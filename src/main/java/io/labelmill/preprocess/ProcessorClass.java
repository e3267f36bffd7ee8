package io.labelmill.preprocess;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The image processors of Transformers that are known, each with what a configuration that leaves
 * keys out means.
 *
 * <p>Names come in three forms: {@code BeitImageProcessor}, the older {@code BeitFeatureExtractor},
 * and {@code BeitImageProcessorFast}, which resizes with torchvision; all three are computed as the
 * first, which resizes with Pillow.
 */
// A record of doubles is immutable; the checker wants an annotation that says so.
@SuppressWarnings("ImmutableEnumChecker")
public enum ProcessorClass {
  BEIT(
      "Beit",
      "beit",
      Sizing.BOTH_SIDES,
      256,
      Resampling.BICUBIC,
      Crop.BY_DEFAULT,
      PerChannel.all(0.5),
      PerChannel.all(0.5)),
  VIT(
      "ViT",
      "vit",
      Sizing.BOTH_SIDES,
      224,
      Resampling.BILINEAR,
      Crop.NEVER,
      PerChannel.all(0.5),
      PerChannel.all(0.5)),
  DEIT(
      "DeiT",
      "deit",
      Sizing.BOTH_SIDES,
      256,
      Resampling.BICUBIC,
      Crop.BY_DEFAULT,
      PerChannel.all(0.5),
      PerChannel.all(0.5)),
  CLIP(
      "CLIP",
      "clip",
      Sizing.SHORTEST_EDGE,
      224,
      Resampling.BICUBIC,
      Crop.BY_DEFAULT,
      new PerChannel(0.48145466, 0.4578275, 0.40821073),
      new PerChannel(0.26862954, 0.26130258, 0.27577711));

  private enum Sizing {
    BOTH_SIDES,
    SHORTEST_EDGE
  }

  private enum Crop {
    NEVER,
    BY_DEFAULT
  }

  private static final int CROP_SIDE = 224;

  private final String prefix;
  private final String modelType;
  private final Sizing sizing;
  private final int side;
  private final Resampling resampling;
  private final Crop crop;
  private final PerChannel mean;
  private final PerChannel std;

  ProcessorClass(
      String prefix,
      String modelType,
      Sizing sizing,
      int side,
      Resampling resampling,
      Crop crop,
      PerChannel mean,
      PerChannel std) {
    this.prefix = prefix;
    this.modelType = modelType;
    this.sizing = sizing;
    this.side = side;
    this.resampling = resampling;
    this.crop = crop;
    this.mean = mean;
    this.std = std;
  }

  static Optional<ProcessorClass> ofName(String name) {
    return Arrays.stream(values())
        .filter(
            known ->
                name.equals(known.prefix + "ImageProcessor")
                    || name.equals(known.prefix + "ImageProcessorFast")
                    || name.equals(known.prefix + "FeatureExtractor"))
        .findFirst();
  }

  static Optional<ProcessorClass> ofModelType(String modelType) {
    return Arrays.stream(values()).filter(known -> known.modelType.equals(modelType)).findFirst();
  }

  static String names() {
    return Arrays.stream(values()).map(ProcessorClass::className).collect(Collectors.joining(", "));
  }

  /** As it is called in Transformers. */
  public String className() {
    return prefix + "ImageProcessor";
  }

  Resize resize() {
    return takesShortestEdge()
        ? new Resize.ShortestEdge(side)
        : new Resize.Exact(new Size(side, side));
  }

  Resampling resampling() {
    return resampling;
  }

  /** Whether the class has a centre crop at all; another ignores the keys. */
  boolean crops() {
    return crop != Crop.NEVER;
  }

  boolean cropsByDefault() {
    return crop == Crop.BY_DEFAULT;
  }

  Size crop() {
    return new Size(CROP_SIDE, CROP_SIDE);
  }

  /** Whether a size may be, and a bare number is, the length of the shortest edge. */
  boolean takesShortestEdge() {
    return sizing == Sizing.SHORTEST_EDGE;
  }

  PerChannel mean() {
    return mean;
  }

  PerChannel std() {
    return std;
  }
}
