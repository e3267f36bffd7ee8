package io.labelmill.source;

import io.labelmill.error.InputException;
import java.util.Set;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The columns of a table that a job reads. They follow from its schema and the options alone: no
 * session, no row and no executor is needed to know them.
 *
 * @param path null where contents have no path
 * @param content null for a table of paths
 * @param version null without one
 * @param contentType of the content column; binary without one
 * @param kept the columns that are copied through, nullable, in the order in which plan rows have
 *     them
 */
public record ImageColumns(
    String path, String content, String version, DataType contentType, StructType kept) {
  /**
   * @param options whose first input names the table in messages
   * @param reserved names of the columns of the output, which kept columns may not have
   * @throws InputException naming every column that is missing or of a wrong type
   */
  public static ImageColumns of(StructType schema, SourceOptions options, Set<String> reserved) {
    TableColumns columns = new TableColumns(schema, options.inputs().get(0));
    String content =
        options
            .contentColumn()
            .map(name -> columns.find("--content-column", name, TableColumns.Type.BINARY_OR_STRING))
            .orElse(null);
    String path =
        options.contentColumn().isPresent()
            ? columns.pathIfAny(options.pathColumn())
            : columns.path(options.pathColumn());
    String version =
        options
            .versionColumn()
            .map(name -> columns.find("--version-column", name, TableColumns.Type.ANY))
            .orElse(null);
    StructType kept = columns.kept(options.keep(), reserved, path, content);
    if (!columns.problems().isEmpty()) {
      throw new InputException(columns.problems());
    }
    return new ImageColumns(
        path,
        content,
        version,
        content == null ? DataTypes.BinaryType : schema.apply(content).dataType(),
        kept);
  }
}
