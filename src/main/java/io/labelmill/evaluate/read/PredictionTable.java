package io.labelmill.evaluate.read;

import io.labelmill.error.InputException;
import io.labelmill.sink.RunRecord;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;

/**
 * A score table to evaluate, with the run records beside it.
 *
 * @param location as the user named it
 * @param rows all of them, not only current ones
 * @param records of the runs that wrote it, newest first; none where it is not Labelmill's
 */
public record PredictionTable(String location, Dataset<Row> rows, List<RunRecord> records) {
  /**
   * @throws InputException when it is not there, or has no predictions
   */
  public static PredictionTable open(SparkSession spark, String location) {
    Dataset<Row> rows = ResultTable.read(spark, location, "predictions");
    List<String> columns = List.of(rows.columns());
    if (!columns.contains("path")) {
      throw new InputException(
          "The predictions %s have no column path; they have %s."
              .formatted(location, String.join(", ", columns)));
    }
    if (columns.stream()
        .noneMatch(List.of("scores", "predictions", "label_index", "label")::contains)) {
      throw new InputException(
          "The predictions %s have none of the columns scores, predictions, label_index, label; they have %s."
              .formatted(location, String.join(", ", columns)));
    }
    return new PredictionTable(
        location, rows, ResultTable.records(location, spark.sparkContext().hadoopConfiguration()));
  }

  /** The record of the run, or of the newest one that names labels. */
  public Optional<RunRecord> record(Optional<String> run) {
    return ResultTable.record(records, run);
  }

  /** Whether scores are floats, as Labelmill's are. */
  public boolean floats() {
    for (String name : rows.columns()) {
      if (name.equals("scores")
          && rows.schema().apply(name).dataType() instanceof ArrayType array
          && array.elementType().equals(DataTypes.DoubleType)) {
        return false;
      }
    }
    return true;
  }

  /** The activation that made the scores, in lower case, where it is known. */
  public Optional<String> activation(Optional<String> run) {
    return record(run)
        .map(RunRecord::activation)
        .map(activation -> activation.toLowerCase(Locale.ROOT));
  }
}
