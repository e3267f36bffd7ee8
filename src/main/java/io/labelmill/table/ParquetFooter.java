package io.labelmill.table;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.apache.spark.sql.execution.datasources.parquet.ParquetToSparkSchemaConverter;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.StructType;

/**
 * What the end of a Parquet file tells of its columns before any of them is read. Immutable.
 *
 * @param readable the columns and fields that Spark reads
 * @param unreadable columns and fields of types that Spark does not have, with Parquet's names of
 *     these
 */
public record ParquetFooter(
    StructType readable, Map<String, String> unreadable, Map<String, String> codecs) {
  /**
   * @throws IOException where it cannot be read
   */
  public static ParquetFooter of(Path file, Configuration configuration) throws IOException {
    try (ParquetFileReader reader =
        ParquetFileReader.open(HadoopInputFile.fromPath(file, configuration))) {
      ParquetMetadata footer = reader.getFooter();
      Map<String, String> unreadable = new LinkedHashMap<>();
      StructType readable = new StructType();
      for (Type column : footer.getFileMetaData().getSchema().getFields()) {
        Optional<Type> left = readable(column, "", unreadable);
        if (left.isPresent()) {
          readable = readable.add(converted(left.get()).fields()[0]);
        }
      }
      return new ParquetFooter(readable, Map.copyOf(unreadable), codecs(footer));
    }
  }

  /** What Spark reads of a column: of a struct those of its fields that it reads. */
  private static Optional<Type> readable(
      Type column, String before, Map<String, String> unreadable) {
    try {
      converted(column);
      return Optional.of(column);
    } catch (Exception e) {
      // Spark throws what Java signatures do not declare: it has no such type.
      boolean isStruct = !column.isPrimitive() && column.getLogicalTypeAnnotation() == null;
      if (isStruct && !column.isRepetition(Type.Repetition.REPEATED)) {
        GroupType struct = column.asGroupType();
        List<Type> left = new ArrayList<>();
        for (Type field : struct.getFields()) {
          readable(field, before + column.getName() + ".", unreadable).ifPresent(left::add);
        }
        return left.isEmpty() ? Optional.empty() : Optional.of(struct.withNewFields(left));
      }
      unreadable.put(before + column.getName(), leaf(column));
      return Optional.empty();
    }
  }

  private static StructType converted(Type column) {
    StructType converted =
        new ParquetToSparkSchemaConverter(SQLConf.get())
            .convert(new MessageType("spark_schema", column));
    // Known by name, since only newer lines of Spark have it, and do not read it yet.
    if (converted.simpleString().matches(".*:time\\(\\d\\).*")) {
      throw new IllegalArgumentException(converted.simpleString());
    }
    return converted;
  }

  /** How Parquet calls the type of a column, of a list or map that of the first value in it. */
  private static String leaf(Type column) {
    Type at = column;
    while (!at.isPrimitive()) {
      at = at.asGroupType().getType(at.asGroupType().getFieldCount() - 1);
    }
    String physical = at.asPrimitiveType().getPrimitiveTypeName().name();
    return at.getLogicalTypeAnnotation() == null
        ? physical
        : physical + " (" + at.getLogicalTypeAnnotation() + ")";
  }

  /**
   * By the names of columns at the top, the codecs of a file for which there is no class here.
   *
   * @throws IOException where its end cannot be read
   */
  public static Map<String, String> missingCodecs(Path file, Configuration configuration)
      throws IOException {
    try (ParquetFileReader reader =
        ParquetFileReader.open(HadoopInputFile.fromPath(file, configuration))) {
      return codecs(reader.getFooter());
    }
  }

  /** By the names of columns, the codecs for which there is no class. */
  private static Map<String, String> codecs(ParquetMetadata footer) {
    Map<String, String> missing = new LinkedHashMap<>();
    for (BlockMetaData block : footer.getBlocks()) {
      for (ColumnChunkMetaData chunk : block.getColumns()) {
        if (!isThere(chunk.getCodec())) {
          missing.put(chunk.getPath().toArray()[0], chunk.getCodec().name());
        }
      }
    }
    return Map.copyOf(missing);
  }

  private static boolean isThere(CompressionCodecName codec) {
    String name = codec.getHadoopCompressionCodecClassName();
    if (name == null) {
      return true;
    }
    try {
      Class.forName(name, false, Thread.currentThread().getContextClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /**
   * Columns at the top that are compressed by a codec that is not on the class path, with its name.
   */
  public Map<String, String> missingCodecs() {
    return codecs;
  }
}
