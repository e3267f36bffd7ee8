package io.labelmill.evaluate.read.truth;

import io.labelmill.error.InputException;
import io.labelmill.table.Columns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Which columns of a table hold paths and labels: those that are named, else those of usual names.
 *
 * @param location of the truth, for messages
 */
record TruthColumns(String location, StructType schema) {
  /** Usual names of the column of paths, the first that is there counts. */
  static final List<String> PATHS =
      List.of(
          "path",
          "image_url",
          "filename",
          "image",
          "file_name",
          "image_path",
          "image_name",
          "image_id");

  static final List<String> LABELS = List.of(LabelColumn.INDEX, "label", "labels");

  /**
   * A column, or a field within one.
   *
   * @param name as the schema spells it, with dots between a column and its fields
   */
  record Found(String name, DataType type, Column column) {}

  /**
   * The column of paths; of a struct, as data sets keep pictures, its field {@code path}.
   *
   * @throws InputException where there is none
   */
  Found path(Optional<String> given) {
    Found found =
        find(given, PATHS).orElseThrow(() -> missing(given, PATHS, "--truth-path-column"));
    if (found.type() instanceof StructType struct
        && Arrays.asList(struct.fieldNames()).contains("path")) {
      return new Found(
          found.name() + ".path", struct.apply("path").dataType(), found.column().getField("path"));
    }
    if (found.type() instanceof StringType || found.type() instanceof NumericType) {
      return found;
    }
    throw new InputException(
        "The column %s of the truth %s is of type %s, where paths are wanted: name their column with --truth-path-column."
            .formatted(found.name(), location, found.type().simpleString()));
  }

  /**
   * The column of labels; empty where none is named and none has a usual name.
   *
   * @throws InputException where one is named that is not there, or it holds no labels
   */
  Optional<Found> label(Optional<String> given) {
    Optional<Found> found = find(given, LABELS);
    if (found.isEmpty() && given.isPresent()) {
      throw missing(given, LABELS, "--truth-label-column");
    }
    found.ifPresent(this::checkLabels);
    return found;
  }

  private void checkLabels(Found found) {
    boolean isList = found.type() instanceof ArrayType;
    DataType element = found.type() instanceof ArrayType array ? array.elementType() : found.type();
    if (!(element instanceof StringType
        || element instanceof NumericType
        || (isList && element instanceof BooleanType))) {
      throw new InputException(
          "The column %s of the truth %s is of type %s; it must hold strings, integers, or arrays of them."
              .formatted(found.name(), location, found.type().simpleString()));
    }
  }

  /** What is said where no column of labels is found. */
  InputException withoutLabels(Optional<String> pathColumn) {
    List<String> problems = new ArrayList<>();
    if (find(pathColumn, PATHS).isEmpty()) {
      problems.addAll(missing(pathColumn, PATHS, "--truth-path-column").problems());
    }
    problems.addAll(missing(Optional.empty(), LABELS, "--truth-label-column").problems());
    return new InputException(problems);
  }

  boolean hasPath(Optional<String> given) {
    return find(given, PATHS).isPresent();
  }

  private Optional<Found> find(Optional<String> given, List<String> usual) {
    return given.map(List::of).orElse(usual).stream()
        .flatMap(name -> find(name, schema).stream())
        .findFirst();
  }

  private static Optional<Found> find(String name, StructType schema) {
    return field(schema, name)
        .map(field -> new Found(field.name(), field.dataType(), Columns.column(field.name())))
        .or(() -> within(name, schema));
  }

  /** A field of a struct, or of the structs of a list. */
  private static Optional<Found> within(String name, StructType schema) {
    int dot = name.indexOf('.');
    if (dot < 0) {
      return Optional.empty();
    }
    Found at =
        field(schema, name.substring(0, dot))
            .map(field -> new Found(field.name(), field.dataType(), Columns.column(field.name())))
            .orElse(null);
    for (String part : name.substring(dot + 1).split("\\.", -1)) {
      if (at == null) {
        return Optional.empty();
      }
      boolean isList = at.type() instanceof ArrayType;
      DataType type = at.type() instanceof ArrayType array ? array.elementType() : at.type();
      Optional<StructField> field =
          type instanceof StructType struct ? field(struct, part) : Optional.empty();
      if (field.isEmpty()) {
        return Optional.empty();
      }
      DataType own = field.get().dataType();
      at =
          new Found(
              at.name() + "." + field.get().name(),
              isList ? new ArrayType(own, true) : own,
              at.column().getField(field.get().name()));
    }
    return Optional.ofNullable(at);
  }

  private static Optional<StructField> field(StructType schema, String name) {
    return Arrays.stream(schema.fields())
        .filter(field -> field.name().equalsIgnoreCase(name))
        .findFirst();
  }

  private InputException missing(Optional<String> given, List<String> usual, String option) {
    return new InputException(
        "The truth %s has no column %s (name one with %s); it has %s."
            .formatted(
                location,
                given.orElse(String.join(" or ", usual)),
                option,
                String.join(", ", schema.fieldNames())));
  }
}
