package io.labelmill.graph;

import io.labelmill.option.Reader;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Arithmetic of a graph. */
public enum Precision {
  /** 32-bit floating point, as the checkpoint's authors ran it. */
  FP32,
  /**
   * 16-bit floating point with the range of float32 (bfloat16), for processors that multiply it:
   * the factors of the encoder's products are rounded to it; products are summed in float32, and
   * all that lies between them is float32.
   */
  BF16,
  /**
   * 16-bit floating point, weights and all that lies between products, on GPUs: products are summed
   * in float32, and the classifier is float32.
   */
  FP16,
  /**
   * Products of 8-bit integers: weights with a scale per output, inputs with a scale per image,
   * found as it runs; all that lies between is float32. Several times faster on a processor, close
   * to float32, never equal. One image at a time.
   */
  INT8,
  /**
   * {@link #INT8} with weights of 8 bits in the encoder's products, and {@link #BF16} between them,
   * for processors that multiply both. Pixels and classifier are float32.
   */
  INT8_BF16;

  /** By its {@link #word}. */
  public static Optional<Precision> of(String word) {
    return Arrays.stream(values()).filter(each -> each.word().equals(word)).findFirst();
  }

  public static List<String> words() {
    return Arrays.stream(values()).map(Precision::word).toList();
  }

  /** As options and tables write it. */
  public String word() {
    return Reader.word(this);
  }

  /** Whether the layers of the encoder run in oneDNN, on processors with products of bfloat16. */
  public boolean hasLayersOfItsOwn() {
    return this == BF16 || this == INT8_BF16;
  }
}
