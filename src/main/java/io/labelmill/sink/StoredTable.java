package io.labelmill.sink;

import io.labelmill.error.InputException;
import io.labelmill.table.ColumnPrefix;
import io.labelmill.table.TableFiles;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * How a table was written, as its files or the catalog tell.
 *
 * @param format a Spark data source; null for a catalog table, which knows its own
 * @param partitionBy columns of whose values its folders are made, in order; none where the table
 *     itself knows
 * @param schema of all columns; values of text formats as text where nobody knows better
 * @param bytes of its files
 */
record StoredTable(String format, List<String> partitionBy, StructType schema, long bytes) {
  private static final String INFER_PARTITIONS =
      "spark.sql.sources.partitionColumnTypeInference.enabled";

  /**
   * @param known the types of the columns that are Labelmill's own
   * @throws InputException when there is no table that Labelmill writes
   */
  static StoredTable find(
      SparkSession spark, OutputOptions options, OutputFolder folder, StructType known)
      throws IOException {
    if (options.table().isPresent()) {
      return catalog(spark, options.table().get());
    }
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    Path table = folder.table();
    FileSystem fileSystem = table.getFileSystem(configuration);
    SortedMap<String, Long> files = OutputFiles.data(fileSystem, table);
    long bytes = files.values().stream().mapToLong(Long::longValue).sum();
    if (fileSystem.exists(new Path(table, "_delta_log"))) {
      StructType schema = spark.read().format("delta").load(table.toString()).schema();
      return new StoredTable("delta", List.of(), schema, bytes);
    }
    TreeSet<TableFormat> formats = new TreeSet<>();
    for (String file : files.keySet()) {
      formats.add(format(new Path(file)));
    }
    if (formats.size() != 1) {
      throw new InputException(
          "The output "
              + table
              + (formats.isEmpty()
                  ? " holds no table to compact."
                  : " holds files of several formats: "
                      + formats.stream()
                          .map(TableFormat::formatName)
                          .sorted()
                          .collect(Collectors.joining(", "))
                      + "."));
    }
    TableFormat format = formats.first();
    Path file = new Path(files.firstKey());
    List<String> partitions = partitions(table, file);
    String inferred = spark.conf().get(INFER_PARTITIONS);
    try {
      // Folders keep the names they have: 007 is no number.
      spark.conf().set(INFER_PARTITIONS, "false");
      StructType schema = schema(spark, format, table, file, known);
      for (String name : partitions) {
        schema =
            List.of(schema.fieldNames()).contains(name)
                ? schema
                : schema.add(name, DataTypes.StringType);
      }
      return new StoredTable(format.formatName(), partitions, schema, bytes);
    } finally {
      spark.conf().set(INFER_PARTITIONS, inferred);
    }
  }

  private static StoredTable catalog(SparkSession spark, String name) {
    if (!spark.catalog().tableExists(name)) {
      throw new InputException("The catalog has no table " + name + " to compact.");
    }
    return new StoredTable(null, List.of(), spark.table(name).schema(), 0);
  }

  /** How the table is written anew. */
  OutputOptions options(OutputOptions given) {
    return new OutputOptions(
        given.output(),
        Optional.ofNullable(format),
        given.ifExists(),
        partitionBy,
        given.runFolder(),
        prefix(List.of(schema.fieldNames())));
  }

  private static ColumnPrefix prefix(List<String> columns) {
    return ColumnPrefix.found(columns).orElse(ColumnPrefix.NONE);
  }

  private static TableFormat format(Path file) {
    String name = file.getName();
    return TableFormat.ofFile(name)
        .filter(TableFormat::isWritten)
        .orElseThrow(
            () ->
                new InputException("The output holds " + file + ", which is no file of a table."));
  }

  /** The columns that a file of delimited text names, in their order. */
  static List<String> header(SparkSession spark, TableFormat format, Path file) {
    return List.of(
        spark.read().options(format.options()).csv(TableFiles.literal(file.toString())).columns());
  }

  /** The columns that the folders of a table's file name, in their order. */
  static List<String> partitions(Path table, Path file) {
    List<String> names = new ArrayList<>();
    for (Path folder = file.getParent(); !folder.equals(table); folder = folder.getParent()) {
      names.add(0, folder.getName().replaceFirst("=.*", ""));
    }
    return names;
  }

  private static StructType schema(
      SparkSession spark, TableFormat format, Path table, Path file, StructType known) {
    if (format.isDelimited()) {
      StructType schema = new StructType();
      List<String> header = header(spark, format, file);
      ColumnPrefix prefix = prefix(header);
      for (String name : header) {
        schema = schema.add(name, type(known, prefix, name, DataTypes.StringType));
      }
      return schema;
    }
    StructType schema = new StructType();
    StructType stored = merged(spark, format, table);
    ColumnPrefix prefix = prefix(List.of(stored.fieldNames()));
    for (StructField field : stored.fields()) {
      DataType type =
          format.isTyped() ? field.dataType() : type(known, prefix, field.name(), field.dataType());
      schema = schema.add(field.name(), type, true, field.metadata());
    }
    return schema;
  }

  /** The columns of all files, which need not have the same. */
  private static StructType merged(SparkSession spark, TableFormat format, Path table) {
    DataFrameReader reader = spark.read().format(format.source()).options(format.options());
    if (!format.isTyped()) {
      return reader.load(table.toString()).schema();
    }
    try {
      return reader.option("mergeSchema", "true").load(table.toString()).schema();
    } catch (Exception e) {
      // Spark throws what Java signatures do not declare.
      if (!String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("merge")) {
        throw e;
      }
      throw new InputException(
          "The output %s cannot be compacted, since a column has several types in its files: %s"
              .formatted(table, e.getMessage()),
          e);
    }
  }

  /**
   * The type of a column of text. Arrays stay as they are found: a column of the input may have
   * been kept under the name of one that is not always written.
   */
  private static DataType type(StructType known, ColumnPrefix prefix, String name, DataType found) {
    return Arrays.stream(known.fields())
        .filter(field -> prefix.of(field.name()).equals(name))
        .filter(field -> !(field.dataType() instanceof ArrayType))
        .map(StructField::dataType)
        .findFirst()
        .orElse(found);
  }
}
