package io.labelmill.checkpoint;

import static java.util.stream.Collectors.joining;

import java.util.List;

/**
 * What a checkpoint says about one tensor.
 *
 * @param shape sizes from the outermost axis to the innermost; empty for a single number
 */
public record TensorInfo(String name, DataType dataType, List<Long> shape) {
  public TensorInfo {
    shape = List.copyOf(shape);
  }

  /** Number of elements. */
  public long elements() {
    long elements = 1;
    for (long size : shape) {
      elements = Math.multiplyExact(elements, size);
    }
    return elements;
  }

  /** Bytes of all elements together, as stored. */
  public long bytes() {
    return Math.multiplyExact(elements(), (long) dataType.bytes());
  }

  /** The type and shape as messages show them: {@code F32 [768, 3, 16, 16]}. */
  public String description() {
    return dataType
        + shape.stream().map(size -> Long.toString(size)).collect(joining(", ", " [", "]"));
  }
}
