package io.labelmill.source;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Finds the columns that options name in a table, gathering everything that is wrong. */
final class TableColumns {
  private static final List<String> DEFAULT_PATHS = List.of("path", "image_url");

  private final StructType schema;
  private final String input;
  private final List<String> problems = new ArrayList<>();

  /** What a column may hold. */
  enum Type {
    STRING("string"),
    BINARY_OR_STRING("binary or string"),
    ANY("anything");

    private final String words;

    Type(String words) {
      this.words = words;
    }

    private boolean includes(DataType type) {
      return this == ANY
          || type instanceof StringType
          || (this == BINARY_OR_STRING && type instanceof BinaryType);
    }
  }

  /**
   * @param input the table as the user named it, for messages
   */
  TableColumns(StructType schema, String input) {
    this.schema = schema;
    this.input = input;
  }

  List<String> problems() {
    return List.copyOf(problems);
  }

  /** The column of paths: the one given, else {@code path}, else {@code image_url}. */
  String path(Optional<String> given) {
    String found = pathIfAny(given);
    if (found == null && given.isEmpty()) {
      Optional<String> wrong = DEFAULT_PATHS.stream().filter(n -> named(n).isPresent()).findFirst();
      if (wrong.isPresent()) {
        return find("--path-column", wrong.get(), Type.STRING);
      }
      problems.add(
          "The table "
              + input
              + " has no column path or image_url: name one of its columns ("
              + String.join(", ", schema.fieldNames())
              + ") with --path-column.");
    }
    return found;
  }

  /** As {@link #path}, but null where none is given and no default one holds strings. */
  String pathIfAny(Optional<String> given) {
    if (given.isPresent()) {
      return find("--path-column", given.get(), Type.STRING);
    }
    return DEFAULT_PATHS.stream()
        .flatMap(name -> named(name).stream())
        .filter(name -> Type.STRING.includes(schema.apply(name).dataType()))
        .findFirst()
        .orElse(null);
  }

  /** The column's name as the table spells it, or null with a problem. */
  String find(String option, String name, Type type) {
    Optional<String> found = named(name);
    if (found.isEmpty()) {
      problems.add(
          "The table "
              + input
              + " has no column "
              + name
              + ", which "
              + option
              + " names; it has "
              + String.join(", ", schema.fieldNames())
              + ".");
      return null;
    }
    DataType actual = schema.apply(found.get()).dataType();
    if (!type.includes(actual)) {
      problems.add(
          "The column "
              + found.get()
              + " of "
              + input
              + ", which "
              + option
              + " names, is of type "
              + actual.simpleString()
              + "; it must be "
              + type.words
              + ".");
    }
    return found.get();
  }

  /**
   * The columns to keep, nullable, in the order named, or in the table's for {@code *}, which
   * stands for all but the path and content columns.
   *
   * @param reserved names that the output uses itself
   */
  StructType kept(List<String> keep, Set<String> reserved, String path, String content) {
    List<String> wanted = new ArrayList<>(keep);
    if (keep.equals(List.of("*"))) {
      wanted = new ArrayList<>(List.of(schema.fieldNames()));
      wanted.remove(path);
      wanted.remove(content);
    }
    Set<String> taken = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    taken.addAll(reserved);
    taken.addAll(PlanColumns.NAMES);
    Set<String> seen = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    List<String> clashing = new ArrayList<>();
    StructType kept = new StructType();
    for (String name : wanted) {
      String found = find("--keep", name, Type.ANY);
      if (found == null) {
        continue;
      }
      if (taken.contains(found)) {
        clashing.add(found);
      } else if (!seen.add(found)) {
        problems.add("--keep names the column " + found + " twice.");
      } else {
        StructField field = schema.apply(found);
        kept = kept.add(found, field.dataType(), true, field.metadata());
      }
    }
    if (!clashing.isEmpty()) {
      problems.add(
          "The output has columns of its own with the names of the kept columns "
              + String.join(", ", clashing)
              + ": rename those in the input, or leave them out of --keep.");
    }
    return kept;
  }

  /** The same letters, else the same but for their case. */
  private Optional<String> named(String name) {
    List<String> names = List.of(schema.fieldNames());
    return names.contains(name)
        ? Optional.of(name)
        : names.stream().filter(name::equalsIgnoreCase).findFirst();
  }
}
