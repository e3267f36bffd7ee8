package io.labelmill.model;

import java.util.Arrays;

/**
 * A float32 output of the model.
 *
 * @param values row-major
 * @param shape the first axis counts images
 */
@SuppressWarnings("ArrayRecordComponent") // a view of one pass, never compared
public record Tensor(float[] values, long[] shape) {
  /** The values of image {@code i}, as a copy. */
  public float[] row(int i) {
    int length = rowLength();
    return Arrays.copyOfRange(values, i * length, (i + 1) * length);
  }

  /** Values an image has. */
  public int rowLength() {
    return shape[0] == 0 ? 0 : Math.toIntExact(values.length / shape[0]);
  }
}
