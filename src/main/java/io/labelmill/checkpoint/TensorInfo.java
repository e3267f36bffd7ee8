package io.labelmill.checkpoint;

import static java.util.stream.Collectors.joining;

import io.labelmill.error.InputException;
import java.nio.file.Path;
import java.util.List;

/**
 * What a checkpoint says about one tensor.
 *
 * @param shape sizes from the outermost axis to the innermost; empty for a single number
 */
public record TensorInfo(String name, DataType dataType, List<Long> shape) {
  private static final int MAX_NAME_CHARS = 300;

  public TensorInfo {
    shape = List.copyOf(shape);
  }

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

  /**
   * @throws InputException when a tensor's name in that file is none that a message can show
   */
  static void checkName(Path file, String name) {
    if (isUnprintable(name)) {
      throw new InputException(
          "%s: '%s' is not the name of a tensor: it is longer than %d characters or has control characters."
              .formatted(file, printable(name), MAX_NAME_CHARS));
    }
  }

  static boolean isUnprintable(String name) {
    return name.length() > MAX_NAME_CHARS || name.chars().anyMatch(Character::isISOControl);
  }

  /** A name from a file as a message may show it: of bounded length, without control characters. */
  static String printable(String name) {
    int length = Math.min(name.length(), MAX_NAME_CHARS);
    String clean = name.substring(0, length).replaceAll("\\p{Cntrl}", "?");
    return length < name.length() ? clean + "…" : clean;
  }
}
