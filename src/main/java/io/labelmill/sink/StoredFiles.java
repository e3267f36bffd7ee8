package io.labelmill.sink;

import io.labelmill.error.InputException;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.types.StructType;

/** The files that a table's folder holds before a run: whether they go with its rows, or can go. */
record StoredFiles(OutputOptions options, OutputFolder folder, Columns columns) {
  interface Columns {
    /** All columns of a table whose files have types. */
    StructType of(TableFormat format, Path table);

    /** The names in the first line of a file of text. */
    List<String> header(TableFormat format, Path file);
  }

  /** Refuses to add rows to a table of another format, with other columns, or of another's job. */
  void checkAddable(SchemaFit fit) throws IOException {
    checkNothingUnderWay();
    TableFormat format = options.files().orElseThrow();
    SortedMap<String, Long> files = folder.place().dataFiles();
    for (String file : files.keySet()) {
      String name = new Path(file).getName();
      if (!TableFormat.ofFile(name).equals(Optional.of(format))) {
        throw new InputException(
            ("The output %s holds %s, which is not a %s file: choose another output, or its own"
                    + " --output-format.")
                .formatted(options.output(), name, format.formatName()));
      }
    }
    if (files.isEmpty()) {
      return;
    }
    if (format.isTyped()) {
      fit.checkColumns(columns.of(format, folder.table()));
    } else if (format.isDelimited()) {
      Path file = new Path(files.firstKey());
      List<String> names = new ArrayList<>(columns.header(format, file));
      names.addAll(StoredTable.partitions(folder.table(), file));
      fit.checkHeader(names);
    }
    // Rows of JSON need not have the same columns.
  }

  /** Refuses to commit rows beside a job that does: either would take the other's, or end them. */
  private void checkNothingUnderWay() throws IOException {
    Optional<String> underWay = folder.place().underWay();
    if (underWay.isPresent()) {
      throw new InputException(
          ("The output %s holds %s, where another job keeps what it has not committed: wait"
                  + " until it ends, or choose another output; if no job goes on, delete %s.")
              .formatted(options.output(), underWay.get(), underWay.get()));
    }
  }

  /** Refuses to delete what is no table: a folder may have been named by mistake. */
  void checkReplaceable() throws IOException {
    for (String file : folder.place().dataFiles().keySet()) {
      String name = new Path(file).getName();
      if (TableFormat.ofFile(name).filter(TableFormat::isWritten).isEmpty()) {
        throw new InputException(
            ("The output %s holds %s, which is no file of a table and would be deleted: choose"
                    + " another output, or move what is there.")
                .formatted(options.output(), name));
      }
    }
  }
}
