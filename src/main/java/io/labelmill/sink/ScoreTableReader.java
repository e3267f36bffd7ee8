package io.labelmill.sink;

import static org.apache.spark.sql.functions.from_json;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.unbase64;

import io.labelmill.table.Columns;
import io.labelmill.table.TableFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.csv.CSVFileFormat;
import org.apache.spark.sql.execution.datasources.json.JsonFileFormat;
import org.apache.spark.sql.execution.datasources.orc.OrcFileFormat;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Reads tables that Labelmill wrote, with the schema they were written with, never one inferred
 * from text: in CSV arrays, structs and maps are JSON text, bytes are base64, and an empty string
 * comes back as null.
 */
public final class ScoreTableReader {
  private ScoreTableReader() {}

  /**
   * @param format name of a {@link TableFormat} or any Spark data source
   * @param schema of all columns, in the order of the files for CSV
   * @param basePath the table's folder, from which partition columns are read
   * @param paths the folder itself, or some of its files
   */
  public static Dataset<Row> read(
      SparkSession spark, String format, StructType schema, String basePath, List<String> paths) {
    Optional<TableFormat> known = TableFormat.named(format);
    DataFrameReader reader =
        spark
            .read()
            .format(known.map(TableFormat::source).orElse(format))
            .options(known.map(TableFormat::options).orElse(Map.of()))
            .option("basePath", basePath);
    String[] from = paths.toArray(String[]::new);
    if (known.isEmpty() || !known.get().isDelimited()) {
      return reader.schema(schema).load(from);
    }
    StructType text = new StructType();
    for (StructField field : schema.fields()) {
      text =
          text.add(
              field.name(), isText(field.dataType()) ? DataTypes.StringType : field.dataType());
    }
    Dataset<Row> rows = reader.schema(text).load(from);
    List<Column> columns = new ArrayList<>();
    for (StructField field : schema.fields()) {
      Column column = Columns.column(field.name());
      if (field.dataType() instanceof BinaryType) {
        column = unbase64(column);
      } else if (isText(field.dataType())) {
        column = from_json(column, field.dataType());
      }
      columns.add(column.as(field.name()));
    }
    return rows.select(columns.toArray(Column[]::new));
  }

  /** The rows as CSV takes them. */
  static Dataset<Row> asText(Dataset<Row> rows) {
    List<Column> columns = new ArrayList<>();
    for (StructField field : rows.schema().fields()) {
      Column column = Columns.column(field.name());
      if (field.dataType() instanceof BinaryType) {
        column = functions.base64(column);
      } else if (isText(field.dataType())) {
        column = to_json(column);
      }
      columns.add(column.as(field.name()));
    }
    return rows.select(columns.toArray(Column[]::new));
  }

  /** Whether files of a format hold values of a type, as this class writes them. */
  static boolean holds(TableFormat format, DataType type) {
    return switch (format) {
      case CSV, TSV -> isText(type) || new CSVFileFormat().supportDataType(type);
      case JSON -> new JsonFileFormat().supportDataType(type);
      case ORC -> new OrcFileFormat().supportDataType(type);
      case PARQUET -> new ParquetFileFormat().supportDataType(type);
    };
  }

  private static boolean isText(DataType type) {
    return type instanceof ArrayType
        || type instanceof StructType
        || type instanceof MapType
        || type instanceof BinaryType;
  }
}
