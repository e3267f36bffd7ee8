package io.labelmill.graph;

import java.util.Optional;

/**
 * A weight in signed integers, each output with a scale of its own, symmetric around 0.
 *
 * @param values the integers, [in, out], row-major
 * @param scales what an integer is multiplied by: [out]
 * @param rounding what rounding changed, as a share of the weight without the largest number of
 *     each output, which is exact and sets the steps of the others: quotient of Euclidean norms, 0
 *     to 1
 */
// The arrays are the point: written once and dropped.
@SuppressWarnings("ArrayRecordComponent")
record QuantizedWeight(byte[] values, float[] scales, double rounding) {
  /**
   * The largest integer: 7 bits. Processors without instructions for 8-bit dot products (VNNI) add
   * two products in 16 bits, which these can not overflow; so every machine makes the same sums.
   */
  static final int LARGEST = 63;

  /** The largest integer of 8 bits. */
  static final int LARGEST_OF_EIGHT_BITS = 127;

  /** The nearest integers of 7 bits. An output whose weights are all 0 has the scale 1. */
  static QuantizedWeight of(Linear linear) {
    return of(linear, LARGEST);
  }

  /** The nearest integers up to the largest one. */
  static QuantizedWeight of(Linear linear, int largest) {
    float[] weight = linear.transposedWeight();
    int columns = linear.out();
    float[] scales = new float[columns];
    for (int from = 0; from < weight.length; from += columns) {
      for (int column = 0; column < columns; column++) {
        scales[column] = Math.max(scales[column], Math.abs(weight[from + column]));
      }
    }
    for (int column = 0; column < columns; column++) {
      scales[column] = scales[column] == 0 ? 1 : scales[column] / largest;
    }
    byte[] values = new byte[weight.length];
    double change = 0;
    double size = 0;
    for (int from = 0; from < weight.length; from += columns) {
      for (int column = 0; column < columns; column++) {
        float exact = weight[from + column];
        values[from + column] = (byte) Math.round(exact / scales[column]);
        double difference = exact - values[from + column] * scales[column];
        change += difference * difference;
        if (Math.abs(values[from + column]) < largest) {
          size += (double) exact * exact;
        }
      }
    }
    return new QuantizedWeight(values, scales, size == 0 ? 0 : Math.sqrt(change / size));
  }

  /**
   * What these integers leave of the map's weight: a map without bias that is to be added.
   *
   * @param linear that they are of
   */
  Linear rest(Linear linear) {
    return new Linear(
        linear.name() + ".rest",
        linear.in(),
        linear.out(),
        () -> {
          float[] rest = linear.weight().get().clone();
          for (int row = 0; row < linear.out(); row++) {
            for (int column = 0; column < linear.in(); column++) {
              rest[row * linear.in() + column] -= values[column * linear.out() + row] * scales[row];
            }
          }
          return rest;
        },
        Optional.empty());
  }
}
