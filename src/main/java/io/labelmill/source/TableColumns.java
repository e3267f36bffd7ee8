package io.labelmill.source;

import io.labelmill.error.InputException;
import io.labelmill.table.ColumnPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Finds the columns that options name in a table, gathering everything that is wrong. */
final class TableColumns {
  private static final List<String> DEFAULT_PATHS = List.of("path", "image_url");

  /** The columns of Spark's data source {@code binaryFile}. */
  private static final StructType BINARY_FILE =
      StructType.fromDDL("path string, modificationTime timestamp, length bigint, content binary");

  private final StructType schema;
  private final TableNotes notes;
  private final String input;
  private final List<String> problems = new ArrayList<>();
  private boolean isUndecided;

  /**
   * @param input the table as the user named it, for messages
   */
  TableColumns(StructType schema, TableNotes notes, String input) {
    this.schema = schema;
    this.notes = notes;
    this.input = input;
  }

  /**
   * @throws InputException naming everything that is wrong
   */
  void check() {
    InputException.throwIfAny(problems);
  }

  /**
   * The column of contents: the one given; where neither it nor the paths' is, the one that can be
   * nothing else. Null for a table of paths, and with a problem.
   */
  ContentColumn content(Optional<String> given, Optional<String> path) {
    if (given.isPresent()) {
      ColumnPath found = find("--content-column", given.get());
      Optional<ContentColumn> content = Optional.ofNullable(found).flatMap(ContentColumn::of);
      if (found != null && content.isEmpty()) {
        wrongType(
            "--content-column",
            found,
            "binary or string, a struct of bytes and path, or one of Spark's images");
      }
      return content.orElse(null);
    }
    return path.isPresent() ? null : onlyContent().flatMap(ContentColumn::of).orElse(null);
  }

  private Optional<ColumnPath> onlyContent() {
    List<StructField> images =
        Arrays.stream(schema.fields()).filter(ContentColumn::isImage).toList();
    boolean hasPath = pathIfAny(Optional.empty()) != null;
    if (images.size() > 1 && !hasPath) {
      isUndecided = true;
      problems.add(
          "The table %s has several columns of images, %s: name one with --content-column."
              .formatted(
                  input, String.join(", ", images.stream().map(StructField::name).toList())));
    }
    if (images.size() == 1) {
      return ColumnPath.find(schema, images.get(0).name());
    }
    if (isBinaryFile()) {
      return ColumnPath.find(schema, "content");
    }
    List<String> binary =
        Arrays.stream(schema.fields())
            .filter(field -> field.dataType() instanceof BinaryType)
            .map(StructField::name)
            .toList();
    return hasPath || binary.size() != 1
        ? Optional.empty()
        : ColumnPath.find(schema, binary.get(0));
  }

  private boolean isBinaryFile() {
    List<String> names = List.of(schema.fieldNames());
    return Arrays.stream(BINARY_FILE.fields())
        .allMatch(
            field ->
                names.contains(field.name())
                    && schema.apply(field.name()).dataType().equals(field.dataType()));
  }

  /** The column of paths: the one given, else {@code path}, else {@code image_url}. */
  ColumnPath path(Optional<String> given) {
    ColumnPath found = pathIfAny(given);
    if (found == null && given.isEmpty() && !isUndecided) {
      Optional<ColumnPath> wrong =
          DEFAULT_PATHS.stream().flatMap(name -> named(name).stream()).findFirst();
      if (wrong.isPresent()) {
        return text("--path-column", wrong.get());
      }
      problems.add(
          ("The table %s has no column path or image_url: name one of its columns (%s) with"
                  + " --path-column.")
              .formatted(input, String.join(", ", schema.fieldNames())));
    }
    return found;
  }

  /** As {@link #path}, but null where none is given and no default one holds strings. */
  private ColumnPath pathIfAny(Optional<String> given) {
    if (given.isPresent()) {
      ColumnPath found = find("--path-column", given.get());
      return found == null ? null : text("--path-column", found);
    }
    return DEFAULT_PATHS.stream()
        .flatMap(name -> named(name).stream())
        .filter(column -> column.type() instanceof StringType)
        .findFirst()
        .orElse(null);
  }

  /** As {@link #path}, else the path that stands within a content; null where there is none. */
  ColumnPath pathBeside(Optional<String> given, ContentColumn content) {
    ColumnPath found = pathIfAny(given);
    return found == null && given.isEmpty() && content != null
        ? content.path().orElse(null)
        : found;
  }

  private ColumnPath text(String option, ColumnPath column) {
    if (!(column.type() instanceof StringType)) {
      wrongType(option, column, "string");
    }
    return column;
  }

  private void wrongType(String option, ColumnPath column, String wanted) {
    problems.add(
        "The column %s of %s, which %s names, is of type %s; it must be %s."
            .formatted(column, input, option, column.type().simpleString(), wanted));
  }

  /** The column of a name, or null with a problem. */
  ColumnPath find(String option, String name) {
    Optional<ColumnPath> found = named(name);
    if (found.isPresent()) {
      return found.get();
    }
    Optional<Map.Entry<String, String>> unreadable =
        notes.unreadable().entrySet().stream()
            .filter(column -> column.getKey().equalsIgnoreCase(name))
            .findFirst();
    problems.add(
        unreadable.isPresent()
            ? ("The column %s of %s, which %s names, is of a type that Spark does not read, %s:"
                    + " leave it out, or write the table with another type.")
                .formatted(unreadable.get().getKey(), input, option, unreadable.get().getValue())
            : "The table %s has no column %s, which %s names; it has %s."
                .formatted(input, name, option, String.join(", ", schema.fieldNames())));
    return null;
  }

  /**
   * The columns to keep in the order named, or in the table's for {@code *}, which stands for all
   * but the path and content columns.
   *
   * @param reserved names that the output uses itself
   */
  List<KeptColumn> kept(
      List<String> keep, Set<String> reserved, ColumnPath path, ContentColumn content) {
    List<ColumnPath> wanted = new ArrayList<>();
    if (keep.equals(List.of("*"))) {
      for (StructField field : schema.fields()) {
        ColumnPath column = new ColumnPath(List.of(field.name()), field.dataType());
        if (!column.equals(path) && (content == null || !column.equals(content.column()))) {
          wanted.add(column);
        }
      }
    } else {
      for (String name : keep) {
        ColumnPath found = find("--keep", name);
        if (found != null) {
          wanted.add(found);
        }
      }
    }
    Set<String> taken = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    taken.addAll(reserved);
    taken.addAll(PlanColumns.NAMES);
    Set<String> seen = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    List<String> clashing = new ArrayList<>();
    List<KeptColumn> kept = new ArrayList<>();
    for (ColumnPath column : wanted) {
      if (taken.contains(column.name())) {
        clashing.add(column.name());
      } else if (!seen.add(column.name())) {
        problems.add("--keep names the column " + column.name() + " twice.");
      } else {
        kept.add(
            new KeptColumn(
                column,
                column.isWhole() ? schema.apply(column.name()).metadata() : Metadata.empty(),
                notes.classes(column.toString(), column.type())));
      }
    }
    if (!clashing.isEmpty()) {
      problems.add(
          "The output has columns of its own with the names of the kept columns "
              + String.join(", ", clashing)
              + ": rename those in the input, leave them out of --keep, or give the output's own"
              + " another beginning with --column-prefix.");
    }
    return kept;
  }

  private Optional<ColumnPath> named(String name) {
    return ColumnPath.find(schema, name);
  }
}
