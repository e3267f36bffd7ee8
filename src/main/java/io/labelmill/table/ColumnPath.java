package io.labelmill.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A column of a table, or a field within one, as options name it: {@code a}, {@code a.b}.
 *
 * @param parts names as the table spells them, at least one
 * @param type of what is there
 */
public record ColumnPath(List<String> parts, DataType type) {
  public ColumnPath {
    parts = List.copyOf(parts);
  }

  /**
   * The column of a name. One that has the whole name goes before a field of another, and the same
   * letters before the same but for their case.
   */
  public static Optional<ColumnPath> find(StructType schema, String name) {
    return find(schema, name, String::equals)
        .or(() -> find(schema, name, String::equalsIgnoreCase));
  }

  private static Optional<ColumnPath> find(
      StructType schema, String name, BiPredicate<String, String> isSame) {
    Optional<StructField> whole =
        Arrays.stream(schema.fields()).filter(field -> isSame.test(field.name(), name)).findFirst();
    if (whole.isPresent()) {
      return Optional.of(new ColumnPath(List.of(whole.get().name()), whole.get().dataType()));
    }
    // Names may hold dots themselves.
    for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      String first = name.substring(0, dot);
      String rest = name.substring(dot + 1);
      for (StructField field : schema.fields()) {
        if (isSame.test(field.name(), first) && field.dataType() instanceof StructType within) {
          Optional<ColumnPath> found = find(within, rest, isSame);
          if (found.isPresent()) {
            return Optional.of(found.get().within(field.name()));
          }
        }
      }
    }
    return Optional.empty();
  }

  private ColumnPath within(String column) {
    List<String> all = new ArrayList<>(List.of(column));
    all.addAll(parts);
    return new ColumnPath(all, type);
  }

  /** A field of this one, which is a struct. */
  public ColumnPath field(String name) {
    List<String> all = new ArrayList<>(parts);
    all.add(name);
    return new ColumnPath(all, ((StructType) type).apply(name).dataType());
  }

  /** Whether this is a column at the top of its table. */
  public boolean isWhole() {
    return parts.size() == 1;
  }

  /** The name that it has where it stands alone: the last part. */
  public String name() {
    return parts.get(parts.size() - 1);
  }

  public Column column() {
    return functions.col(parts.stream().map(Columns::quoted).collect(Collectors.joining(".")));
  }

  /** As options name it. */
  @Override
  public String toString() {
    return String.join(".", parts);
  }
}
