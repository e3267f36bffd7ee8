package io.labelmill.sink;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import io.labelmill.error.Status;
import io.labelmill.source.ImageUri;
import io.labelmill.table.ColumnPrefix;
import io.labelmill.table.Columns;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.types.DataTypes;

/**
 * The rows of a score table that later ones did not replace.
 *
 * <p>The current rows of a path are those of the newest run that scored it. An older row of the
 * same content stays beside them where the runs since then resumed and took it for done: an input
 * may name a path several times, and a run that was killed among them leaves the rest to the next.
 * Without paths, rows of one content version belong together.
 */
final class CurrentRows {
  private static final String KEY = "__key";
  private static final String NEWEST = "__newest";
  private static final String APPENDED = "__appended";
  private static final String RETRIED = "__retried";
  private static final String OTHER = "__other";

  private final ColumnPrefix own;
  private final Column run;
  private final Column version;

  private CurrentRows(ColumnPrefix own) {
    this.own = own;
    this.run = own.column("run_id");
    this.version = own.column("content_version");
  }

  /**
   * @param rows of a score table, with at least {@code path}, {@code content_version}, {@code
   *     status} and {@code run_id}
   * @param own what stands before these names
   * @param records the folder of the records of its runs; one that is missing counts as a run that
   *     did not resume
   */
  static Dataset<Row> of(
      Dataset<Row> rows, ColumnPrefix own, Path records, Configuration configuration) {
    return new CurrentRows(own).of(rows, records, configuration);
  }

  private Dataset<Row> of(Dataset<Row> rows, Path records, Configuration configuration) {
    List<RunRecord> resumed =
        RunRecord.all(records, configuration).stream()
            .filter(record -> "resume".equals(record.configuration().get("if-exists")))
            .toList();
    List<RunRecord> retriedAll =
        resumed.stream()
            .filter(record -> "all".equals(record.configuration().get("retry-failed")))
            .toList();
    Column path =
        udf(new ImageUri.ComparableForm(), DataTypes.StringType).apply(own.column("path"));
    WindowSpec ofKey = Window.partitionBy(KEY);
    // Run ids sort by time.
    Dataset<Row> compared =
        rows.withColumn(KEY, coalesce(path, version))
            .withColumn(
                NEWEST, max(struct(run.as("run_id"), version.as("content_version"))).over(ofKey))
            .withColumn(APPENDED, max(when(not(isOneOf(resumed)), run)).over(ofKey))
            .withColumn(RETRIED, max(when(isOneOf(retriedAll), run)).over(ofKey))
            .withColumn(OTHER, max(when(not(isNewestVersion()), run)).over(ofKey));
    return compared
        .filter(run.equalTo(col(NEWEST + ".run_id")).or(isStillDone()))
        .select(Arrays.stream(rows.columns()).map(Columns::column).toArray(Column[]::new));
  }

  private Column isStillDone() {
    String[] passing =
        Arrays.stream(Status.values())
            .filter(Status::isTransient)
            .map(Status::name)
            .toArray(String[]::new);
    Column isOk = own.column("status").equalTo(Status.OK.name());
    return isNewestVersion()
        .and(not(own.column("status").isin((Object[]) passing)))
        .and(not(isAfter(APPENDED)))
        .and(isOk.or(not(isAfter(RETRIED))))
        .and(not(isAfter(OTHER)));
  }

  private Column isNewestVersion() {
    return version.eqNullSafe(col(NEWEST + ".content_version"));
  }

  private Column isAfter(String other) {
    return coalesce(col(other).gt(run), lit(false));
  }

  private Column isOneOf(List<RunRecord> records) {
    return run.isin(records.stream().map(RunRecord::runId).toArray());
  }
}
