package io.labelmill.sink;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;

/** A folder that a data source of another project writes, which is more than its files. */
final class DataSourceTable implements TableWriter {
  private final Output output;
  private final ForeignCommits commits;

  DataSourceTable(Output output) {
    this.output = output;
    this.commits = new ForeignCommits(output);
  }

  @Override
  public void fence(List<String> runs) throws IOException {
    if (source().equals(DeltaTransactions.FORMAT) && exists()) {
      for (String run : runs) {
        DeltaTransactions.last(rows(), run).save(folder());
      }
    }
  }

  @Override
  public boolean exists() throws IOException {
    return output.folder().place().hasTable();
  }

  /** What its tables hold, a data source knows alone. */
  @Override
  public void checkRows() {}

  @Override
  public void checkExisting() {
    output.fit().checkColumns(rows().schema());
  }

  @Override
  public Dataset<Row> rows() {
    return output.spark().read().format(source()).load(folder());
  }

  @Override
  public Added add(Dataset<Row> rows, long expected) throws IOException {
    return commits.add(
        rows,
        expected,
        source(),
        Optional.of(output.folder().table()),
        writer -> save(writer, SaveMode.Append));
  }

  @Override
  public void replace(FileTable staged) throws IOException {
    commits.commit(
        staged.rows(),
        source(),
        Optional.of(output.folder().table()),
        writer -> save(writer, SaveMode.Overwrite));
  }

  @Override
  public void finish() {}

  private void save(DataFrameWriter<Row> writer, SaveMode mode) throws IOException {
    // Some formats add only to what is there, and make what is not only by this mode.
    writer.format(source()).mode(exists() ? mode : SaveMode.ErrorIfExists);
    List<String> partitionBy = output.options().partitionBy();
    if (!partitionBy.isEmpty()) {
      writer.partitionBy(partitionBy.toArray(String[]::new));
    }
    writer.save(folder());
  }

  private String source() {
    return output.options().source();
  }

  private String folder() {
    return output.folder().table().toString();
  }
}
