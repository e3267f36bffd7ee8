package io.labelmill.graph;

import java.util.Arrays;
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
   * The same map with factors and offsets behind it, y = f (W x + b) + o; where there are fewer of
   * them than outputs, they repeat.
   */
  Linear followed(Supplier<float[]> factors, Supplier<float[]> offsets) {
    return new Linear(
        name,
        in,
        out,
        () -> {
          float[] values = weight.get();
          float[] factor = factors.get();
          for (int i = 0; i < values.length; i++) {
            values[i] *= factor[i / in % factor.length];
          }
          return values;
        },
        Optional.of(
            () -> {
              float[] values = biasOrZeros();
              float[] factor = factors.get();
              float[] offset = offsets.get();
              for (int i = 0; i < values.length; i++) {
                int each = i % factor.length;
                values[i] = values[i] * factor[each] + offset[each];
              }
              return values;
            }));
  }

  /** This map and then another of each of its parts, as one. */
  Linear then(Linear next) {
    int parts = out / next.in;
    return new Linear(
        name,
        in,
        parts * next.out,
        () -> {
          float[] first = weight.get();
          float[] second = next.weight.get();
          float[] product = new float[parts * next.out * in];
          double[] row = new double[in];
          for (int i = 0; i < parts * next.out; i++) {
            int part = i / next.out * next.in;
            Arrays.fill(row, 0);
            for (int k = 0; k < next.in; k++) {
              double factor = second[i % next.out * next.in + k];
              int from = (part + k) * in;
              for (int j = 0; j < in; j++) {
                row[j] += factor * first[from + j];
              }
            }
            for (int j = 0; j < in; j++) {
              product[i * in + j] = (float) row[j];
            }
          }
          return product;
        },
        Optional.of(
            () -> {
              float[] first = biasOrZeros();
              float[] second = next.weight.get();
              float[] third = next.biasOrZeros();
              float[] sum = new float[parts * next.out];
              for (int i = 0; i < sum.length; i++) {
                double each = third[i % next.out];
                for (int k = 0; k < next.in; k++) {
                  each +=
                      (double) second[i % next.out * next.in + k]
                          * first[i / next.out * next.in + k];
                }
                sum[i] = (float) each;
              }
              return sum;
            }));
  }

  /**
   * The part of a convolution that takes some of the channels.
   *
   * @param taps numbers of a channel in a row
   * @param biased whether this part has the bias
   */
  Linear ofChannels(int first, int count, int taps, boolean biased) {
    int width = count * taps;
    return new Linear(
        name + "." + first,
        width,
        out,
        () -> {
          float[] values = weight.get();
          float[] part = new float[out * width];
          for (int row = 0; row < out; row++) {
            System.arraycopy(values, row * in + first * taps, part, row * width, width);
          }
          return part;
        },
        biased ? bias : Optional.empty());
  }

  /** A convolution's row with its numbers in the order tap, channel, as channels lie together. */
  Linear channelsLast(int taps) {
    int channels = in / taps;
    return new Linear(
        name,
        in,
        out,
        () -> {
          float[] values = weight.get();
          float[] ordered = new float[values.length];
          for (int i = 0; i < values.length; i++) {
            int place = i % in;
            ordered[i - place + place % taps * channels + place / taps] = values[i];
          }
          return ordered;
        },
        bias);
  }

  /** Each tap of a convolution as a map of its own, their outputs one after the other. */
  Linear byTaps(int taps) {
    int channels = in / taps;
    return new Linear(
        name,
        channels,
        taps * out,
        () -> {
          float[] values = weight.get();
          float[] rows = new float[values.length];
          for (int i = 0; i < values.length; i++) {
            int place = i % in;
            rows[(place % taps * out + i / in) * channels + place / taps] = values[i];
          }
          return rows;
        },
        Optional.empty());
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
    // In blocks of a cache line each way, filled line by line: columns lie a multiple of 4 KiB
    // apart
    // where out is 1024 or 3072, and lines so far apart push each other out of the cache.
    int block = 16;
    for (int rows = 0; rows < out; rows += block) {
      int height = Math.min(block, out - rows);
      for (int columns = 0; columns < in; columns += block) {
        int end = Math.min(columns + block, in);
        for (int column = columns; column < end; column++) {
          int to = column * out + rows;
          int from = rows * in + column;
          for (int row = 0; row < height; row++) {
            transposed[to + row] = source[from + row * in];
          }
        }
      }
    }
    return transposed;
  }

  private static float[] scaleRows(float[] values, float[] gamma) {
    int columns = values.length / gamma.length;
    float[] scaled = new float[values.length];
    for (int row = 0; row < gamma.length; row++) {
      float factor = gamma[row];
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        scaled[i] = values[i] * factor;
      }
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
