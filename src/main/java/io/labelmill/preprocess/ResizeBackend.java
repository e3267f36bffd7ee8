package io.labelmill.preprocess;

import io.labelmill.option.Reader;

/**
 * Whose arithmetic resizes, pads and normalises pictures. All filter in two passes of fixed-point
 * sums; they differ in how weights are rounded and which pass comes first, by 1 level of 255 in
 * some samples.
 */
public enum ResizeBackend {
  /** As the checkpoint's files say, where they do: {@link ProcessorConfig} never has it. */
  AUTO("the checkpoint's"),

  /** Pillow 13.0: rows first where the height shrinks by more than twice what the width does. */
  PILLOW("Pillow 13.0"),

  /**
   * Pillow 12.2 and 12.3: rows first in pictures more than 100 times as high as wide that get
   * lower. Older ones never do; all else is as in {@link #PILLOW}.
   */
  PILLOW_12("Pillow 12"),

  /** torchvision 0.27 and later, on 8-bit tensors of a processor: 16-bit weights. */
  TORCHVISION("torchvision");

  private static final int TALL = 100;

  private final String label;

  ResizeBackend(String label) {
    this.label = label;
  }

  /** What it is called in sentences, with the version where it matters. */
  public String label() {
    return label;
  }

  /** As options and files write it. */
  public String word() {
    return Reader.word(this);
  }

  /** Whether rows are summed up before columns. */
  boolean verticalFirst(int width, int height, Size target) {
    long lower = (long) height - target.height();
    long narrower = (long) width - target.width();
    return switch (this) {
      case PILLOW -> lower > 0 && lower > 2 * narrower;
      case PILLOW_12 -> lower > 0 && height > (long) TALL * width;
      default -> false;
    };
  }

  /** Whether pictures can be resized by this filter. */
  boolean has(Resampling filter) {
    return switch (this) {
      case TORCHVISION -> filter.isOfTorchvision();
      case PILLOW_12 -> !filter.isOfPillow13();
      default -> true;
    };
  }
}
