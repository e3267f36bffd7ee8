package io.labelmill.ml;

import io.labelmill.error.UsageException;
import io.labelmill.score.ScoreTable;
import io.labelmill.table.ColumnPrefix;
import io.labelmill.table.Columns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The names of the columns that a stage writes.
 *
 * @param prefix that stands before each
 * @param column that holds them as fields, without the prefix; empty where they stand by themselves
 */
record OutputNames(ColumnPrefix prefix, Optional<String> column) {
  /** Of columns on their way into one: names that nobody's columns have. */
  private static final ColumnPrefix UNDER_WAY = new ColumnPrefix("labelmill_under_way_");

  /**
   * @throws UsageException where both are given, or the prefix is none
   */
  static OutputNames of(Optional<String> column, Optional<String> prefix) {
    if (column.isPresent() && prefix.isPresent()) {
      throw new UsageException(
          "outputCol is %s and outputPrefix is %s: set one of them"
              .formatted(column.get(), prefix.get()));
    }
    return new OutputNames(
        column.isPresent() ? UNDER_WAY : prefix.map(ColumnPrefix::new).orElse(ColumnPrefix.NONE),
        column);
  }

  /** Names that other columns of a Dataset can't have. */
  Set<String> reserved() {
    return column.isPresent()
        ? Set.of(column.get())
        : ScoreTable.names(EnumSet.allOf(ScoreTable.Column.class), prefix);
  }

  /** Rows of a score table with this prefix, as they are given. */
  Dataset<Row> given(Dataset<Row> rows) {
    if (column.isEmpty()) {
      return rows;
    }
    List<Column> kept = new ArrayList<>();
    List<Column> own = new ArrayList<>();
    for (String name : rows.columns()) {
      Column at = Columns.column(name);
      if (isOwn(name)) {
        own.add(at.as(bare(name)));
      } else {
        kept.add(at);
      }
    }
    kept.add(functions.struct(own.toArray(Column[]::new)).as(column.get()));
    return rows.select(kept.toArray(Column[]::new));
  }

  /** The schema of {@link #given}. */
  StructType given(StructType schema) {
    if (column.isEmpty()) {
      return schema;
    }
    List<StructField> kept = new ArrayList<>();
    StructType own = new StructType();
    for (StructField field : Arrays.asList(schema.fields())) {
      if (isOwn(field.name())) {
        own = own.add(bare(field.name()), field.dataType(), field.nullable(), field.metadata());
      } else {
        kept.add(field);
      }
    }
    return new StructType(kept.toArray(StructField[]::new)).add(column.get(), own, false);
  }

  private boolean isOwn(String name) {
    return name.startsWith(prefix.text());
  }

  private String bare(String name) {
    return name.substring(prefix.text().length());
  }
}
