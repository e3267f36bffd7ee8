package io.labelmill.source;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import io.labelmill.table.ColumnPath;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The column in which a table holds images. */
record ContentColumn(ColumnPath column, Form form) {
  private static final String BYTES = "bytes";
  private static final String PATH = "path";

  /** In what form a column holds an image. */
  enum Form {
    /** Its file's bytes, or these as base64 text. */
    ENCODED,
    /**
     * As Hugging Face's {@code datasets} stores one: {@code struct<bytes, path>}, where either may
     * be null. Bytes go before the file at the path, which is its name where there are bytes.
     */
    EMBEDDED,
    /** As Spark's data source {@code image} gives one: its pixels, in the order of OpenCV. */
    PIXELS
  }

  /** What a column of this type holds; empty for none of the forms. */
  static Optional<ContentColumn> of(ColumnPath column) {
    return form(column.type()).map(form -> new ContentColumn(column, form));
  }

  private static Optional<Form> form(DataType type) {
    if (type instanceof BinaryType || type instanceof StringType) {
      return Optional.of(Form.ENCODED);
    }
    if (!(type instanceof StructType struct)) {
      return Optional.empty();
    }
    Set<String> fields = Set.of(struct.fieldNames());
    if (fields.containsAll(SparkImage.FIELDS)) {
      return Optional.of(Form.PIXELS);
    }
    boolean isEmbedded =
        fields.contains(BYTES)
            && isText(struct, BYTES, true)
            && (!fields.contains(PATH) || isText(struct, PATH, false));
    return isEmbedded ? Optional.of(Form.EMBEDDED) : Optional.empty();
  }

  private static boolean isText(StructType struct, String field, boolean orBinary) {
    DataType type = struct.apply(field).dataType();
    return type instanceof StringType || (orBinary && type instanceof BinaryType);
  }

  /** Whether a column can be nothing but one of images, by its type. */
  static boolean isImage(StructField field) {
    return form(field.dataType())
        .filter(
            form ->
                form == Form.PIXELS
                    || (form == Form.EMBEDDED
                        && Arrays.stream(((StructType) field.dataType()).fieldNames())
                            .collect(Collectors.toSet())
                            .equals(Set.of(BYTES, PATH))))
        .isPresent();
  }

  /** Of {@link #content}: binary, or string for base64 text. */
  DataType type() {
    return switch (form) {
      case ENCODED -> column.type();
      case EMBEDDED -> column.field(BYTES).type();
      case PIXELS -> DataTypes.BinaryType;
    };
  }

  /** The bytes of an encoded image, or these as base64 text; null where there are none. */
  Column content() {
    return switch (form) {
      case ENCODED -> column.column();
      case EMBEDDED -> column.field(BYTES).column();
      case PIXELS -> udf(new SparkImage.Encoded(), DataTypes.BinaryType).apply(column.column());
    };
  }

  /** The path that stands beside the content, where there is one. */
  Optional<ColumnPath> path() {
    return switch (form) {
      case ENCODED -> Optional.empty();
      case EMBEDDED ->
          ColumnPath.find((StructType) column.type(), PATH).map(path -> column.field(PATH));
      case PIXELS -> Optional.of(column.field(SparkImage.ORIGIN));
    };
  }

  /** The path of the file that is read where there is no content. */
  Optional<ColumnPath> file() {
    return form == Form.EMBEDDED ? path() : Optional.empty();
  }

  /** Why a content can't be read; null where it can. */
  Column problem() {
    Column none = lit(null).cast(DataTypes.StringType);
    return form == Form.PIXELS
        ? when(
            column.column().isNotNull(),
            udf(new SparkImage.Problem(), DataTypes.StringType).apply(column.column()))
        : none;
  }
}
