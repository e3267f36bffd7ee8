package io.labelmill.evaluate.read;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * One row of a score table, as far as an evaluation needs it.
 *
 * @param key under which it meets its truth
 * @param scoredAt microseconds since 1970; the newest run of a path is its current one
 * @param predicted index of the best label, null where there is none
 * @param scores in index order, as {@link Example#bytes(double[], boolean)}; null where not all are
 *     known
 * @param problem what is wrong with the numbers, or null
 */
@SuppressWarnings("ArrayRecordComponent")
public record PredictionRow(
    String key,
    String path,
    String status,
    String error,
    Integer predicted,
    byte[] scores,
    byte[] bestIndices,
    byte[] bestScores,
    String problem,
    String model,
    String runId,
    long scoredAt,
    String contentVersion) {
  public static final StructType SCHEMA =
      StructType.fromDDL(
          """
          key STRING, path STRING, status STRING, error STRING, predicted INT, scores BINARY,
          best_indices BINARY, best_scores BINARY, problem STRING, model STRING, run_id STRING,
          scored_at BIGINT, content_version STRING
          """);

  public static PredictionRow of(Row row) {
    return new PredictionRow(
        row.getString(0),
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.isNullAt(4) ? null : row.getInt(4),
        (byte[]) row.get(5),
        (byte[]) row.get(6),
        (byte[]) row.get(7),
        row.getString(8),
        row.getString(9),
        row.getString(10),
        row.getLong(11),
        row.getString(12));
  }

  Row row() {
    return RowFactory.create(
        key,
        path,
        status,
        error,
        predicted,
        scores,
        bestIndices,
        bestScores,
        problem,
        model,
        runId,
        scoredAt,
        contentVersion);
  }
}
