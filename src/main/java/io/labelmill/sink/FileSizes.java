package io.labelmill.sink;

import static org.apache.spark.sql.functions.coalesce;

import io.labelmill.table.Columns;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Into how many files the rows of a wave go, and which go together. */
final class FileSizes {
  /** Rows of a file, where a wave has so many: a hash that spreads them leaves each 100,000. */
  private static final long ROWS_PER_FILE = 110_000;

  /** A file of wide rows is not made longer than this, whatever its rows. */
  private static final long BYTES_PER_FILE = 1L << 30;

  private final long firstBytes;
  private long rows;
  private long bytes;

  /**
   * @param firstBytes what the rows of the first wave take together as far as that is known; 0 for
   *     unknown
   */
  FileSizes(long firstBytes) {
    this.firstBytes = firstBytes;
  }

  /** A wave was written: the next ones' rows are as long. */
  void written(long waveRows, long waveBytes) {
    rows += waveRows;
    bytes += waveBytes;
  }

  /** The number of files for a wave of so many rows. */
  int files(long waveRows) {
    long bytesPerRow = rows > 0 ? bytes / rows : firstBytes / Math.max(1, waveRows);
    long perFile = Math.max(1, Math.min(ROWS_PER_FILE, BYTES_PER_FILE / Math.max(1, bytesPerRow)));
    return (int) Math.max(1, waveRows / perFile);
  }

  /**
   * The rows in as few partitions as there are to be files: they are small, their images stay.
   *
   * <p>The path decides into which a row goes, and without a path the hash of the content: neither
   * changes when a lost executor's rows are computed again, as the time of scoring does and the
   * version of a file that was changed meanwhile. Rows that are elsewhere the second time would be
   * written twice or never. Columns of folders decide nothing: a value that many rows have would
   * send them all to one task.
   *
   * <p>Rows of a folder that is made of columns' values stand together.
   */
  Dataset<Row> gathered(Dataset<Row> wave, long waveRows, OutputOptions options) {
    List<Column> order =
        new ArrayList<>(options.partitionBy().stream().map(Columns::column).toList());
    Column path = options.columnPrefix().column("path");
    order.add(path);
    int files = files(waveRows);
    Dataset<Row> together =
        files == 1
            ? wave.repartition(1)
            : wave.repartition(
                files, coalesce(path, options.columnPrefix().column("content_version")));
    return together.sortWithinPartitions(order.toArray(Column[]::new));
  }
}
