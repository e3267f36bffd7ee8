package io.labelmill.sink;

import java.io.IOException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The rows of a wave for a table that somebody else's code commits. They are computed into files of
 * the run first: so they are counted without a look at the table, a commit that is tried again
 * scores nothing again, and no more than reading them lies between the look at the lock and the
 * commit.
 */
final class GatheredWave {
  private final TableWriter.Output output;

  /** Adds rows to the table. */
  @FunctionalInterface
  interface Commit {
    void of(Dataset<Row> rows) throws IOException;
  }

  GatheredWave(TableWriter.Output output) {
    this.output = output;
  }

  /** Computes the rows, counts them, and commits them. */
  TableWriter.Added add(Dataset<Row> rows, long expected, Commit commit) throws IOException {
    output.folder().deleteStaging();
    FileTable files = FileTable.staged(output);
    TableWriter.Added added = files.add(rows, expected);
    output.folder().assertHeld();
    commit.of(files.rows());
    return added;
  }
}
