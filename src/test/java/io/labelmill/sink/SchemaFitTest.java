package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import io.labelmill.table.TableFormat;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SchemaFitTest {
  private static final StructType SCHEMA =
      StructType.fromDDL(
          "path string, category string, status string, label string, label_index int, score float,"
              + " predictions array<struct<label: string, score: float, index: int>>,"
              + " run_id string, scored_at timestamp");

  @Test
  void columnsAreComparedByNameAndType() {
    assertThatCode(() -> fit(SCHEMA).checkColumns(SCHEMA)).doesNotThrowAnyException();
    assertThatThrownBy(
            () ->
                fit(StructType.fromDDL("path string, status string, score double, extra int"))
                    .checkColumns(SCHEMA))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The output /out cannot take these rows: score is float, not double; it has no column"
                + " extra; its column category would be missing; its column label would be"
                + " missing; its column label_index would be missing; its column predictions"
                + " would be missing; its column run_id would be missing; its column scored_at"
                + " would be missing. Give the options that it was written with, or another"
                + " output.");
    assertThatThrownBy(() -> fit(SCHEMA.add("shop", "string")).checkColumns(SCHEMA))
        .hasMessageContaining("/out cannot take these rows: it has no column shop.");
  }

  @Test
  void namesOfColumnsHaveNoCase() {
    StructType upper = without("score").add("SCORE", DataTypes.FloatType);
    assertThatCode(() -> fit(SCHEMA).checkColumns(upper)).doesNotThrowAnyException();
  }

  /** Spark reads a number from the name of a folder. */
  @Test
  void columnsOfFoldersHaveNoType() {
    StructType found = without("category").add("category", DataTypes.IntegerType);
    assertThatCode(() -> new SchemaFit("/out", SCHEMA, List.of("category")).checkColumns(found))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> fit(SCHEMA).checkColumns(found))
        .hasMessageContaining("category is int, not string");
  }

  @Test
  void filesOfCsvTellTheirColumns() {
    List<String> header = List.of(SCHEMA.fieldNames());
    assertThatCode(() -> fit(SCHEMA).checkHeader(header)).doesNotThrowAnyException();
    assertThatThrownBy(() -> fit(SCHEMA.add("shop", "string")).checkHeader(header))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The output /out cannot take these rows: it has no column shop. Give the options that"
                + " it was written with, or another output.");
    StructType less = without("category");
    assertThatThrownBy(() -> fit(less).checkHeader(header))
        .hasMessageContaining(" cannot take these rows: its column category would be missing.");
    assertThatThrownBy(() -> fit(less.add(SCHEMA.apply("category"))).checkHeader(header))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            " cannot take these rows: its columns are in the order path, category, status, label,"
                + " label_index, score, predictions, run_id, scored_at, not path, status, label,"
                + " label_index, score, predictions, run_id, scored_at, category.");
  }

  @Test
  void foldersOfCsvAreItsLastColumns() {
    List<String> header = List.of("path", "score", "shop", "category");
    StructType rows = StructType.fromDDL("shop string, path string, category int, score float");
    assertThatCode(
            () -> new SchemaFit("/out", rows, List.of("shop", "category")).checkHeader(header))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @EnumSource(TableFormat.class)
  void columnsThatAFormatCannotHoldAreRefused(TableFormat format) {
    assertThatCode(() -> fit(SCHEMA).checkTypes(format)).doesNotThrowAnyException();
    StructType schema =
        SCHEMA.add("span", DataTypes.CalendarIntervalType).add("shop", DataTypes.StringType);
    assertThatThrownBy(() -> fit(schema).checkTypes(format))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The output /out cannot take these rows: span is interval, which "
                + format.formatName()
                + " cannot hold. Leave it out of --keep, or choose another --output-format.");
  }

  @Test
  void csvHoldsNoColumnWithoutAType() {
    assertThatThrownBy(
            () -> fit(SCHEMA.add("nothing", DataTypes.NullType)).checkTypes(TableFormat.CSV))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(" cannot take these rows: nothing is void, which csv cannot hold.");
  }

  private static SchemaFit fit(StructType rows) {
    return new SchemaFit("/out", rows, List.of());
  }

  private static StructType without(String name) {
    return new StructType(
        Stream.of(SCHEMA.fields())
            .filter(field -> !field.name().equals(name))
            .toArray(StructField[]::new));
  }
}
