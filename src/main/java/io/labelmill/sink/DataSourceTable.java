package io.labelmill.sink;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;

/** A folder that a data source of another project writes, which is more than its files. */
final class DataSourceTable implements TableWriter {
  private final Output output;
  private final GatheredWave wave;

  DataSourceTable(Output output) {
    this.output = output;
    this.wave = new GatheredWave(output);
  }

  @Override
  public boolean exists() throws IOException {
    return output.folder().hasTable();
  }

  /** What its tables hold, a data source knows alone. */
  @Override
  public void checkRows() {}

  @Override
  public void checkExisting() {
    output.fit().checkColumns(rows().schema());
  }

  @Override
  public void checkReplaceable() {}

  @Override
  public Dataset<Row> rows() {
    return output.spark().read().format(format()).load(folder());
  }

  @Override
  public OptionalLong files() {
    return OptionalLong.empty();
  }

  @Override
  public Added add(Dataset<Row> rows, long expected) throws IOException {
    return wave.add(rows, expected, gathered -> save(gathered, SaveMode.Append));
  }

  @Override
  public void replace(FileTable staged) throws IOException {
    save(staged.rows(), SaveMode.Overwrite);
  }

  @Override
  public void finish() {}

  private void save(Dataset<Row> rows, SaveMode mode) throws IOException {
    // Some formats add only to what is there, and make what is not only by this mode.
    DataFrameWriter<Row> writer =
        rows.write().format(format()).mode(exists() ? mode : SaveMode.ErrorIfExists);
    List<String> partitionBy = output.options().partitionBy();
    if (!partitionBy.isEmpty()) {
      writer.partitionBy(partitionBy.toArray(String[]::new));
    }
    writer.save(folder());
  }

  private String format() {
    return output.options().source();
  }

  private String folder() {
    return output.folder().table().toString();
  }
}
