package io.labelmill.sink;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;

/** A table of Spark's catalog. */
final class CatalogTable implements TableWriter {
  private final Output output;
  private final String name;
  private final Replacing replacing;
  private final GatheredWave wave;

  /** What becomes of the table when all of its rows are replaced. */
  enum Replacing {
    /** It is made again, as the options say. */
    ANEW,
    /** It keeps its folder, format and partitions. */
    IN_PLACE
  }

  CatalogTable(Output output, Replacing replacing) {
    this.output = output;
    this.name = output.options().table().orElseThrow();
    this.replacing = replacing;
    this.wave = new GatheredWave(output);
  }

  @Override
  public boolean exists() {
    return output.spark().catalog().tableExists(name);
  }

  /** What its tables hold, a catalog knows alone. */
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
    return output.spark().table(name);
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
  public void replace(FileTable staged) {
    if (replacing == Replacing.IN_PLACE) {
      staged.rows().write().mode(SaveMode.Overwrite).insertInto(name);
    } else {
      save(staged.rows(), SaveMode.Overwrite);
    }
  }

  @Override
  public void finish() {}

  private void save(Dataset<Row> rows, SaveMode mode) {
    DataFrameWriter<Row> writer = rows.write().mode(mode);
    output.options().format().ifPresent(writer::format);
    List<String> partitionBy = output.options().partitionBy();
    if (!partitionBy.isEmpty()) {
      writer.partitionBy(partitionBy.toArray(String[]::new));
    }
    writer.saveAsTable(name);
  }
}
