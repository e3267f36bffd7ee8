package io.labelmill.graph;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The affine map y = W x + b of a checkpoint. Its numbers are read and folded when they are asked
 * for, so that a graph of any size is written with one tensor on the heap at a time.
 *
 * @param name unique in a graph, as nodes and constants are named
 * @param in length of x
 * @param out length of y
 * @param weight W as checkpoints store it: [out, in], row-major
 * @param bias b: [out], or empty
 */
record Linear(
    String name, int in, int out, Supplier<float[]> weight, Optional<Supplier<float[]>> bias) {

  /** The same map with row i multiplied by {@code gamma[i]}: layer scale folded into a branch. */
  Linear scaled(Supplier<float[]> gamma) {
    return new Linear(
        name,
        in,
        out,
        () -> scaleRows(weight.get(), gamma.get()),
        bias.map(values -> () -> scaleRows(values.get(), gamma.get())));
  }

  /**
   * Several maps of one input as one: their outputs one after the other. Where some have a bias and
   * some have none, the latter get zeros.
   */
  static Linear stacked(String name, List<Linear> parts) {
    int in = parts.get(0).in;
    int out = parts.stream().mapToInt(Linear::out).sum();
    boolean biased = parts.stream().anyMatch(part -> part.bias.isPresent());
    return new Linear(
        name,
        in,
        out,
        () -> concatenation(parts, part -> part.weight.get()),
        biased ? Optional.of(() -> concatenation(parts, Linear::biasOrZeros)) : Optional.empty());
  }

  /**
   * The mean of maps that each take a part of the input, one part behind the other. All have a bias
   * or none has.
   */
  static Linear averaged(String name, List<Linear> parts) {
    int in = parts.stream().mapToInt(Linear::in).sum();
    int out = parts.get(0).out;
    return new Linear(
        name,
        in,
        out,
        () -> {
          float[] mean = new float[in * out];
          int column = 0;
          for (Linear part : parts) {
            float[] values = part.weight.get();
            for (int i = 0; i < values.length; i++) {
              mean[i / part.in * in + column + i % part.in] = values[i] / parts.size();
            }
            column += part.in;
          }
          return mean;
        },
        parts
            .get(0)
            .bias
            .map(
                first ->
                    () -> {
                      float[] mean = new float[out];
                      for (Linear part : parts) {
                        float[] values = part.biasOrZeros();
                        for (int i = 0; i < out; i++) {
                          mean[i] += values[i] / parts.size();
                        }
                      }
                      return mean;
                    }));
  }

  float[] biasOrZeros() {
    return bias.map(Supplier::get).orElseGet(() -> new float[out]);
  }

  /** W transposed: [in, out], as ONNX's MatMul takes it. */
  float[] transposedWeight() {
    float[] source = weight.get();
    float[] transposed = new float[source.length];
    // In blocks: a column at a time would touch a new cache line with every element.
    int block = 32;
    for (int rows = 0; rows < out; rows += block) {
      for (int columns = 0; columns < in; columns += block) {
        for (int row = rows; row < Math.min(rows + block, out); row++) {
          for (int column = columns; column < Math.min(columns + block, in); column++) {
            transposed[column * out + row] = source[row * in + column];
          }
        }
      }
    }
    return transposed;
  }

  private static float[] scaleRows(float[] values, float[] gamma) {
    int columns = values.length / gamma.length;
    float[] scaled = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      scaled[i] = values[i] * gamma[i / columns];
    }
    return scaled;
  }

  /** What each part gives, one behind the other. */
  static <T> float[] concatenation(List<T> parts, Function<T, float[]> values) {
    List<float[]> pieces = parts.stream().map(values).toList();
    float[] joined = new float[pieces.stream().mapToInt(piece -> piece.length).sum()];
    int length = 0;
    for (float[] piece : pieces) {
      System.arraycopy(piece, 0, joined, length, piece.length);
      length += piece.length;
    }
    return joined;
  }
}
