package io.labelmill.sink;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;

/**
 * How commits to Delta Lake are fenced, by what it has to make them idempotent: a commit that bears
 * the name of an application and a number is left out where the table has the same number of that
 * application, or a higher one, and of two at the same time only one is made.
 *
 * <p>A run is an application, and numbers its commits. Who takes the output over commits the
 * highest number in the name of the run before, with no row: of that run's commits, those that came
 * first are in the table, and those that come later are left out.
 */
final class DeltaTransactions {
  static final String FORMAT = "delta";

  private DeltaTransactions() {}

  static Map<String, String> of(String run, long commit) {
    return Map.of("txnAppId", "labelmill-" + run, "txnVersion", Long.toString(commit));
  }

  /** A commit without rows, after which a run has no other; to be saved where the table is. */
  static DataFrameWriter<Row> last(Dataset<Row> table, String run) {
    return table
        .sparkSession()
        .createDataFrame(List.of(), table.schema())
        .write()
        .format(FORMAT)
        .mode(SaveMode.Append)
        .options(of(run, Long.MAX_VALUE));
  }
}
