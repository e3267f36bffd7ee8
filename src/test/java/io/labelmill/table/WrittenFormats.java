package io.labelmill.table;

import java.util.List;

/** Formats of outputs, for tests of what each of them goes through. */
final class WrittenFormats {
  /** Spark keeps types in its files as in those of Parquet, and reads both by the same way. */
  private static final String ALIKE = TableFormat.ORC.formatName();

  private WrittenFormats() {}

  /** One of each kind. */
  static List<String> each() {
    return TableFormat.written().stream().filter(name -> !name.equals(ALIKE)).toList();
  }

  /** The others. */
  static List<String> alike() {
    return List.of(ALIKE);
  }
}
