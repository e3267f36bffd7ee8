package io.labelmill.sink;

import io.labelmill.error.InputException;
import io.labelmill.table.ColumnPrefix;
import io.labelmill.table.TableFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Whether rows go with a table: what it holds, by types or by names alone.
 *
 * @param output as the user named it
 * @param partitionBy columns of whose values folders are made: they have no type there, and stand
 *     behind all others
 */
record SchemaFit(String output, StructType rows, List<String> partitionBy) {
  private static final String AS_BEFORE =
      "Give the options that it was written with, or another output.";

  /**
   * @throws InputException naming each column of a type that no file of the format holds
   */
  void checkTypes(TableFormat format) {
    List<String> problems = new ArrayList<>();
    for (StructField field : rows.fields()) {
      if (!ScoreTableReader.holds(format, field.dataType())) {
        problems.add(
            "%s is %s, which %s cannot hold"
                .formatted(field.name(), field.dataType().simpleString(), format.formatName()));
      }
    }
    refuse(problems, "Leave it out of --keep, or choose another --output-format.");
  }

  /**
   * @throws InputException naming each column that the table lacks, has with another type, or has
   *     beside those of the rows
   */
  void checkColumns(StructType table) {
    Map<String, String> columns = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    Arrays.stream(table.fields())
        .forEach(field -> columns.put(field.name(), field.dataType().simpleString()));
    checkPrefix(List.of(table.fieldNames()));
    List<String> problems = new ArrayList<>();
    for (StructField field : rows.fields()) {
      String before = columns.remove(field.name());
      String now = field.dataType().simpleString();
      if (before == null) {
        problems.add("it has no column " + field.name());
      } else if (!before.equals(now) && !partitionBy.contains(field.name())) {
        problems.add(field.name() + " is " + before + ", not " + now);
      }
    }
    columns.keySet().forEach(name -> problems.add("its column " + name + " would be missing"));
    refuse(problems, AS_BEFORE);
  }

  /**
   * For CSV: text has no types to compare, but is read by the places of its columns.
   *
   * @param before names of the table's columns in their order, those of its folders last
   * @throws InputException when they are not those of the rows, in that order
   */
  void checkHeader(List<String> before) {
    checkPrefix(before);
    List<String> now = new ArrayList<>(List.of(rows.fieldNames()));
    now.removeAll(partitionBy);
    now.addAll(partitionBy);
    List<String> problems = new ArrayList<>();
    now.stream()
        .filter(name -> !before.contains(name))
        .forEach(name -> problems.add("it has no column " + name));
    before.stream()
        .filter(name -> !now.contains(name))
        .forEach(name -> problems.add("its column " + name + " would be missing"));
    if (problems.isEmpty() && !before.equals(now)) {
      problems.add(
          "its columns are in the order %s, not %s"
              .formatted(String.join(", ", before), String.join(", ", now)));
    }
    refuse(problems, AS_BEFORE);
  }

  /** With another prefix no column is the same, and one sentence says it all. */
  private void checkPrefix(List<String> table) {
    Optional<ColumnPrefix> before = ColumnPrefix.found(table);
    Optional<ColumnPrefix> now = ColumnPrefix.found(List.of(rows.fieldNames()));
    if (before.isPresent() && now.isPresent() && !before.equals(now)) {
      String text = before.get().text();
      refuse(
          List.of(
              text.isEmpty()
                  ? "it was written without --column-prefix"
                  : "it was written with --column-prefix " + text),
          AS_BEFORE);
    }
  }

  private void refuse(List<String> problems, String remedy) {
    if (!problems.isEmpty()) {
      throw new InputException(
          "The output %s cannot take these rows: %s. %s"
              .formatted(output, String.join("; ", problems), remedy));
    }
  }
}
