package io.labelmill.evaluate.read;

import io.labelmill.sink.RunRecord;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Tables that Labelmill wrote, read in whatever format they are, and the run records beside them.
 */
public final class ResultTable {
  private ResultTable() {}

  /**
   * All rows, not only current ones.
   *
   * @param location folder, file or {@code table:NAME}
   * @param what it is, for messages: {@code predictions}
   * @throws io.labelmill.error.InputException when it is not there or of no known format
   */
  public static Dataset<Row> read(SparkSession spark, String location, String what) {
    return PredictionTable.read(spark, location, what);
  }

  /** The records of the runs that wrote a table, newest first; none for a catalog table. */
  public static List<RunRecord> records(String location, Configuration configuration) {
    return PredictionTable.records(location, configuration);
  }
}
