package io.labelmill.sink;

import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import io.labelmill.error.Status;
import io.labelmill.source.FewRows;
import io.labelmill.source.JobDescriptions;
import io.labelmill.table.ColumnPrefix;
import io.labelmill.table.Location;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;

/** Counts rows of an output from the files that hold them. */
final class RowCounts {
  private RowCounts() {}

  /**
   * Counts a wave in one pass. What comes back has at most a row for each status and label, or, of
   * few rows, themselves, which saves a shuffle.
   *
   * @param expected their number
   */
  static WaveCounts of(Dataset<Row> rows, long expected, OutputOptions output) {
    ColumnPrefix own = output.columnPrefix();
    boolean labelled =
        Set.of(rows.schema().fieldNames())
            .containsAll(List.of(own.of("label"), own.of("label_index"), own.of("score")));
    Column none = lit(null);
    Map<Status, Long> statuses = new EnumMap<>(Status.class);
    Map<WaveCounts.TopLabel, Long> labels = new HashMap<>();
    double scoreSum = 0;
    List<Row> groups;
    try (JobDescriptions jobs = JobDescriptions.of(rows.sparkSession())) {
      jobs.say("Count the rows that were committed to " + Location.redacted(output.output()));
      Column[] group = {
        own.column("status").as("status"),
        (labelled ? own.column("label_index") : none.cast(DataTypes.IntegerType)).as("label_index"),
        (labelled ? own.column("label") : none.cast(DataTypes.StringType)).as("label")
      };
      Column score = (labelled ? own.column("score") : none).cast(DataTypes.DoubleType);
      groups =
          FewRows.are(expected)
              ? rows.select(group[0], group[1], group[2], lit(1L), score).collectAsList()
              : rows.groupBy(group).agg(count(lit(1)), sum(score)).collectAsList();
    }
    for (Row row : groups) {
      statuses.merge(Status.valueOf(row.getString(0)), row.getLong(3), Long::sum);
      if (!row.isNullAt(1)) {
        labels.merge(
            new WaveCounts.TopLabel(row.getInt(1), row.getString(2)), row.getLong(3), Long::sum);
      }
      scoreSum += row.isNullAt(4) ? 0 : row.getDouble(4);
    }
    return new WaveCounts(statuses, labels, scoreSum);
  }
}
