package io.labelmill.evaluate.read;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
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
      new StructType()
          .add("key", DataTypes.StringType)
          .add("path", DataTypes.StringType)
          .add("status", DataTypes.StringType)
          .add("error", DataTypes.StringType)
          .add("predicted", DataTypes.IntegerType)
          .add("scores", DataTypes.BinaryType)
          .add("best_indices", DataTypes.BinaryType)
          .add("best_scores", DataTypes.BinaryType)
          .add("problem", DataTypes.StringType)
          .add("model", DataTypes.StringType)
          .add("run_id", DataTypes.StringType)
          .add("scored_at", DataTypes.LongType)
          .add("content_version", DataTypes.StringType);

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
