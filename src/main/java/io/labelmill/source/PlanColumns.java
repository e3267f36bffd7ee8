package io.labelmill.source;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The columns of a plan's rows, by position; kept columns follow from {@link #KEPT}. The names
 * begin with two underscores so that kept columns keep theirs.
 */
public final class PlanColumns {
  /** String, null where the input's is: the path as it is written to the table. */
  public static final int PATH = 0;

  /** String: the path that Hadoop opens; null for contents and where there is a problem. */
  public static final int LOCATION = 1;

  /** String: why the row is INVALID_INPUT, else null. */
  public static final int PROBLEM = 2;

  /** Long: length in bytes, null unless listed. */
  public static final int LENGTH = 3;

  /**
   * Long: modification time in milliseconds of the epoch, null unless listed. Beside a problem it
   * marks a file that a listing shows and no path leads to; other problems have none.
   */
  public static final int MODIFICATION_TIME = 4;

  /** String: the value of the version column, null without one. */
  public static final int VERSION = 5;

  /** Binary or string: the content column as given, null without one. */
  public static final int CONTENT = 6;

  /** The first kept column. */
  public static final int KEPT = 7;

  static final List<String> NAMES =
      List.of(
          "__path",
          "__location",
          "__problem",
          "__length",
          "__modification_time",
          "__version",
          "__content");

  private PlanColumns() {}

  /** The length of a row's image as far as its plan tells; null where it does not. */
  public static Long knownLength(Row row) {
    return row.isNullAt(LENGTH) ? null : row.getLong(LENGTH);
  }

  /**
   * The version of a row's content as far as its plan tells, the same that reading it gives: the
   * version column's value, else that of the listing; null where neither is there.
   */
  public static String knownVersion(Row row) {
    if (!row.isNullAt(VERSION)) {
      return row.getString(VERSION);
    }
    return row.isNullAt(LENGTH) || row.isNullAt(MODIFICATION_TIME)
        ? null
        : row.getLong(LENGTH) + "-" + row.getLong(MODIFICATION_TIME);
  }

  /** A row without its contents, so that they can be let go while the row is kept. */
  public static Row withoutContent(Row row) {
    if (row.isNullAt(CONTENT)) {
      return row;
    }
    Object[] values = new Object[row.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i == CONTENT ? null : row.get(i);
    }
    return RowFactory.create(values);
  }

  /** The schema of plan rows without contents, with these kept columns. */
  static StructType schema(StructType kept) {
    return schema(DataTypes.BinaryType, kept);
  }

  /** The schema of plan rows with this content type and these kept columns. */
  static StructType schema(DataType content, StructType kept) {
    StructType schema =
        new StructType()
            .add(NAMES.get(PATH), DataTypes.StringType)
            .add(NAMES.get(LOCATION), DataTypes.StringType)
            .add(NAMES.get(PROBLEM), DataTypes.StringType)
            .add(NAMES.get(LENGTH), DataTypes.LongType)
            .add(NAMES.get(MODIFICATION_TIME), DataTypes.LongType)
            .add(NAMES.get(VERSION), DataTypes.StringType)
            .add(NAMES.get(CONTENT), content);
    for (StructField field : kept.fields()) {
      schema = schema.add(field);
    }
    return schema;
  }
}
