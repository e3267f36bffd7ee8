package io.labelmill.sink;

import io.labelmill.source.Seam;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A table that takes the place of another when it is complete, and is out of sight until then. */
final class StagedTable implements TableWriter {
  private final TableWriter table;
  private final FileTable staged;

  /**
   * @param table the one that is replaced
   */
  StagedTable(Output output, TableWriter table) {
    this.table = table;
    this.staged = FileTable.staged(output);
  }

  @Override
  public void fence(List<String> runs) throws IOException {
    table.fence(runs);
  }

  @Override
  public boolean exists() throws IOException {
    return table.exists();
  }

  @Override
  public void checkRows() {
    table.checkRows();
  }

  @Override
  public void checkExisting() throws IOException {
    table.checkReplaceable();
  }

  @Override
  public void checkReplaceable() throws IOException {
    table.checkReplaceable();
  }

  @Override
  public Dataset<Row> rows() {
    return table.rows();
  }

  @Override
  public OptionalLong files() throws IOException {
    return table.files();
  }

  @Override
  public Added add(Dataset<Row> wave, long expected) throws IOException {
    return staged.add(wave, expected);
  }

  @Override
  public void replace(FileTable other) {
    throw new IllegalStateException("A staged table replaces, and is not replaced");
  }

  @Override
  public void finish() throws IOException {
    Seam.BEFORE_SWAP.reached();
    table.replace(staged);
    table.finish();
  }
}
