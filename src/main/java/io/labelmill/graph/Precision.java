package io.labelmill.graph;

import java.util.Locale;

/** Arithmetic of a graph's products. All that lies between them is float32. */
public enum Precision {
  /** 32-bit floating point, as the checkpoint's authors ran it. */
  FP32,
  /**
   * 8-bit integers: weights with a scale per output, inputs with a scale per image, found as it
   * runs. Several times faster on a processor, close to float32, never equal. One image at a time.
   */
  INT8;

  /** As options and tables write it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
