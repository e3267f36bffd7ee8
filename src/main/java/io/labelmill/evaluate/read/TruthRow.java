package io.labelmill.evaluate.read;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * One row of the truth, its labels resolved against the model's.
 *
 * @param key under which it meets its prediction
 * @param path as the truth gives it
 * @param truth sorted label indices, as {@link Example#bytes(int[])}
 * @param unknown names that the model does not have
 * @param ambiguous sentences about names that the model has several times
 * @param misspelt clauses about those unknown names that are much like a label's
 */
@SuppressWarnings("ArrayRecordComponent")
public record TruthRow(
    String key,
    String path,
    byte[] truth,
    List<String> unknown,
    List<String> ambiguous,
    List<String> misspelt) {
  public static final StructType SCHEMA =
      StructType.fromDDL(
          """
          key STRING, path STRING, truth BINARY, unknown ARRAY<STRING>, ambiguous ARRAY<STRING>,
          misspelt ARRAY<STRING>
          """);

  public static TruthRow of(Row row) {
    return new TruthRow(
        row.getString(0),
        row.getString(1),
        (byte[]) row.get(2),
        row.getList(3),
        row.getList(4),
        row.getList(5));
  }

  Row row() {
    return RowFactory.create(
        key,
        path,
        truth,
        unknown.toArray(new String[0]),
        ambiguous.toArray(new String[0]),
        misspelt.toArray(new String[0]));
  }
}
