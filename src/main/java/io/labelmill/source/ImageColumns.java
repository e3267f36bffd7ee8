package io.labelmill.source;

import io.labelmill.error.UsageException;
import io.labelmill.table.ColumnPath;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The columns of a table that a job reads. They follow from its schema, what its files tell beside
 * it, and the options alone: no session, no row and no executor is needed to know them.
 *
 * @param path that rows are written with; null where contents have none
 * @param file the path of the file that is read where a row has no content; null where none is
 * @param content null for a table of paths
 * @param version null without one
 * @param copied the columns that are copied through, in the order in which plan rows have them
 */
public record ImageColumns(
    ColumnPath path,
    ColumnPath file,
    ContentColumn content,
    ColumnPath version,
    List<KeptColumn> copied) {
  /**
   * @param options whose first input names the table in messages
   * @param reserved names of the columns of the output, which kept columns may not have
   * @throws io.labelmill.error.InputException naming every column that is missing or of a wrong
   *     type
   * @throws UsageException for options that go with other columns
   */
  public static ImageColumns of(StructType schema, SourceOptions options, Set<String> reserved) {
    return of(schema, TableNotes.NONE, options, reserved);
  }

  /** As the shorter form, with what files tell of their columns. */
  static ImageColumns of(
      StructType schema, TableNotes notes, SourceOptions options, Set<String> reserved) {
    TableColumns columns = new TableColumns(schema, notes, options.inputs().get(0));
    ContentColumn content = columns.content(options.contentColumn(), options.pathColumn());
    boolean hasContents = content != null || options.contentColumn().isPresent();
    ColumnPath path =
        hasContents
            ? columns.pathBeside(options.pathColumn(), content)
            : columns.path(options.pathColumn());
    ColumnPath version =
        options.versionColumn().map(name -> columns.find("--version-column", name)).orElse(null);
    List<KeptColumn> kept = columns.kept(options.keep(), reserved, path, content);
    columns.check();
    ColumnPath file = content == null ? path : content.file().orElse(null);
    if (file == null && !options.allowHosts().names().isEmpty()) {
      throw new UsageException(
          "--allow-hosts changes nothing with --content-column, whose images are in the table:"
              + " leave one of them out.");
    }
    return new ImageColumns(path, file, content, version, kept);
  }

  /** The columns that are copied through as they are written, nullable. */
  public StructType kept() {
    StructType kept = new StructType();
    for (KeptColumn column : copied) {
      kept = kept.add(column.name(), column.type(), true, column.metadata());
    }
    return kept;
  }

  /** Names of the columns at the top of the table that are read. */
  Set<String> read() {
    Set<String> read = new LinkedHashSet<>();
    for (ColumnPath column : Arrays.asList(path, file, version)) {
      if (column != null) {
        read.add(column.parts().get(0));
      }
    }
    if (content != null) {
      read.add(content.column().parts().get(0));
    }
    copied.forEach(column -> read.add(column.column().parts().get(0)));
    return read;
  }

  /** Of contents: binary, or string for base64 text; binary without any. */
  DataType contentType() {
    return content == null ? DataTypes.BinaryType : content.type();
  }

  /** The same columns, of rows that all lack their content: a table of paths. */
  ImageColumns withoutContent() {
    return new ImageColumns(path, file, null, version, copied);
  }
}
