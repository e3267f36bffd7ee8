package io.labelmill.evaluate.read;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * An image with what is known of it: its truth, its prediction, or both. Arrays are kept as bytes
 * in the row, since a million rows are read several times.
 */
public final class Example implements Serializable {
  /** Which tables name the image. */
  public enum Match {
    /** Both, and it is counted. */
    BOTH,
    /** The predictions only. */
    PREDICTIONS_ONLY,
    /** The truth only. */
    TRUTH_ONLY,
    /** Rows of one table contradict each other; listed, not counted. */
    CONFLICT,
    /** Several images go by the same file name. */
    AMBIGUOUS_NAME
  }

  public static final StructType SCHEMA =
      StructType.fromDDL(
          """
          match STRING, path STRING, truth BINARY, `unknown` ARRAY<STRING>, status STRING, error
          STRING, predicted INT, scores BINARY, best_indices BINARY, best_scores BINARY, problem
          STRING, model STRING, run_id STRING, prediction_rows INT, truth_rows INT,
          content_version STRING, ambiguous ARRAY<STRING>, misspelt ARRAY<STRING>
          """);

  public final Match match;
  public final String path;

  /** Sorted indices of the true labels. */
  public final int[] truth;

  /** Labels of the truth that the model does not have. */
  public final List<String> unknown;

  /** Sentences about names of the truth that the model has several times. */
  public final List<String> ambiguous;

  /** Clauses about unknown labels that are much like one of the model's. */
  public final List<String> misspelt;

  public final String status;
  public final String error;

  /** Index of the best label, -1 where there is none. */
  public final int predicted;

  /** In index order; null where not all are known. */
  public final double[] scores;

  /** Best first; null where nothing is known. */
  public final int[] bestIndices;

  public final double[] bestScores;

  /** What is wrong with the prediction's numbers, or null. */
  public final String problem;

  public final String model;
  public final String runId;
  public final int predictionRows;
  public final int truthRows;
  final String contentVersion;

  public Example(Row row) {
    match = Match.valueOf(row.getString(0));
    path = row.getString(1);
    truth = ints(bytes(row, 2));
    unknown = row.isNullAt(3) ? List.of() : row.getList(3);
    status = row.getString(4);
    error = row.getString(5);
    predicted = row.isNullAt(6) ? -1 : row.getInt(6);
    scores = doubles(bytes(row, 7));
    bestIndices = ints(bytes(row, 8));
    bestScores = doubles(bytes(row, 9));
    problem = row.getString(10);
    model = row.getString(11);
    runId = row.getString(12);
    predictionRows = row.getInt(13);
    truthRows = row.getInt(14);
    contentVersion = row.getString(15);
    ambiguous = row.isNullAt(16) ? List.of() : row.getList(16);
    misspelt = row.isNullAt(17) ? List.of() : row.getList(17);
  }

  /** A row of this form, from the truth's and the prediction's part. */
  public static Row row(
      Match match, TruthRow truth, int truthRows, PredictionRow prediction, int rows) {
    return RowFactory.create(
        match.name(),
        prediction != null ? prediction.path() : truth.path(),
        truth == null ? null : truth.truth(),
        truth == null ? null : truth.unknown().toArray(new String[0]),
        prediction == null ? null : prediction.status(),
        prediction == null ? null : prediction.error(),
        prediction == null ? null : prediction.predicted(),
        prediction == null ? null : prediction.scores(),
        prediction == null ? null : prediction.bestIndices(),
        prediction == null ? null : prediction.bestScores(),
        prediction == null ? null : prediction.problem(),
        prediction == null ? null : prediction.model(),
        prediction == null ? null : prediction.runId(),
        rows,
        truthRows,
        prediction == null ? null : prediction.contentVersion(),
        truth == null ? null : truth.ambiguous().toArray(new String[0]),
        truth == null ? null : truth.misspelt().toArray(new String[0]));
  }

  public boolean isScored() {
    return "OK".equals(status);
  }

  private static byte[] bytes(Row row, int column) {
    return row.isNullAt(column) ? null : (byte[]) row.get(column);
  }

  public static byte[] bytes(int[] values) {
    ByteBuffer out = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    out.asIntBuffer().put(values);
    return out.array();
  }

  /** Floats as four bytes each, after a byte that says so; doubles as eight. */
  public static byte[] bytes(double[] values, boolean floats) {
    ByteBuffer out =
        ByteBuffer.allocate(1 + (floats ? 4 : 8) * values.length).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) (floats ? 4 : 8));
    for (double value : values) {
      if (floats) {
        out.putFloat((float) value);
      } else {
        out.putDouble(value);
      }
    }
    return out.array();
  }

  private static int[] ints(byte[] bytes) {
    if (bytes == null) {
      return null;
    }
    int[] values = new int[bytes.length / 4];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(values);
    return values;
  }

  private static double[] doubles(byte[] bytes) {
    if (bytes == null) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int width = in.get();
    double[] values = new double[(bytes.length - 1) / width];
    for (int i = 0; i < values.length; i++) {
      values[i] = width == 4 ? in.getFloat() : in.getDouble();
    }
    return values;
  }
}
