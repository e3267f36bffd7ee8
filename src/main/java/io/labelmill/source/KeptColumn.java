package io.labelmill.source;

import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.udf;

import io.labelmill.table.ColumnPath;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import scala.runtime.AbstractFunction1;

/**
 * A column that is copied through. Numbers of classes become the names that files give them.
 *
 * @param classes names of the numbers in it, or in a list in it; empty for anything else
 */
record KeptColumn(ColumnPath column, Metadata metadata, Optional<List<String>> classes) {
  String name() {
    return column.name();
  }

  DataType type() {
    if (classes.isEmpty()) {
      return column.type();
    }
    return isList() ? DataTypes.createArrayType(DataTypes.StringType) : DataTypes.StringType;
  }

  private boolean isList() {
    return column.type() instanceof ArrayType;
  }

  Column written() {
    if (classes.isEmpty()) {
      return column.column();
    }
    Names names = new Names(classes.get());
    return isList() ? transform(column.column(), names) : names.apply(column.column());
  }

  /** The name of a class's number; null for -1, by which data sets say that there is none. */
  private static final class Names extends AbstractFunction1<Column, Column> {
    private final Name name;

    Names(List<String> names) {
      name = new Name(names);
    }

    @Override
    public Column apply(Column number) {
      return udf(name, DataTypes.StringType).apply(number.cast(DataTypes.LongType));
    }
  }

  /** SQL function: a number that has no name stays what it is, so that it is seen. */
  private static final class Name implements UDF1<Long, String> {
    private final String[] names;

    Name(List<String> names) {
      this.names = names.toArray(String[]::new);
    }

    @Override
    public String call(Long number) {
      if (number == null || number == -1) {
        return null;
      }
      return number >= 0 && number < names.length
          ? names[number.intValue()]
          : Long.toString(number);
    }
  }
}
