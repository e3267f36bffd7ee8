package io.labelmill.evaluate.pass;

import io.labelmill.evaluate.read.Example;
import io.labelmill.evaluate.read.PredictionRow;
import io.labelmill.evaluate.read.ReadPredictions;
import io.labelmill.evaluate.read.ReadTruth;
import io.labelmill.evaluate.read.TruthRow;
import io.labelmill.source.ImageUri;
import java.io.Serializable;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.function.CoGroupFunction;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The rows of both tables under one key to one row of {@link Example#SCHEMA}. Of the predictions
 * only the current ones count: those of the run that scored the path last.
 */
final class MatchImages implements CoGroupFunction<String, Row, Row, Row>, Serializable {
  /** Of the tables that are read, about. */
  private static final long BYTES_A_PARTITION = 16 << 20;

  /** All images of either table, rows of {@link Example#SCHEMA}. */
  static Dataset<Row> of(
      Dataset<Row> truth,
      ReadTruth readTruth,
      Dataset<Row> predictions,
      ReadPredictions readPredictions) {
    Dataset<Row> examples =
        truth
            .map(readTruth, Encoders.row(TruthRow.SCHEMA))
            .groupByKey(new FirstColumn(), Encoders.STRING())
            .cogroup(
                predictions
                    .map(readPredictions, Encoders.row(PredictionRow.SCHEMA))
                    .groupByKey(new FirstColumn(), Encoders.STRING()),
                new MatchImages(),
                Encoders.row(Example.SCHEMA));
    return coalesced(examples, bytes(truth).add(bytes(predictions)));
  }

  /**
   * No more partitions than the data is worth: each of them is a task in every pass. Spark itself
   * leaves those of kept rows as they are.
   */
  private static Dataset<Row> coalesced(Dataset<Row> examples, BigInteger bytes) {
    SparkSession spark = examples.sparkSession();
    boolean isWanted =
        Boolean.parseBoolean(spark.conf().get("spark.sql.adaptive.enabled"))
            && Boolean.parseBoolean(
                spark.conf().get("spark.sql.adaptive.coalescePartitions.enabled"));
    long worth =
        bytes
            .divide(BigInteger.valueOf(BYTES_A_PARTITION))
            .min(BigInteger.valueOf(Integer.MAX_VALUE))
            .longValue();
    int partitions = (int) Math.max(worth, spark.sparkContext().defaultParallelism());
    // It never makes more of them.
    return isWanted ? examples.coalesce(partitions) : examples;
  }

  /** As Spark estimates them: the files' length, or what is certainly enough. */
  private static BigInteger bytes(Dataset<Row> rows) {
    return rows.queryExecution().optimizedPlan().stats().sizeInBytes().bigInteger();
  }

  /** The key, by which rows of both tables meet. */
  private static final class FirstColumn implements MapFunction<Row, String>, Serializable {
    @Override
    public String call(Row row) {
      return row.getString(0);
    }
  }

  @Override
  public Iterator<Row> call(String key, Iterator<Row> truthRows, Iterator<Row> predictionRows) {
    List<TruthRow> truths = new ArrayList<>();
    truthRows.forEachRemaining(row -> truths.add(TruthRow.of(row)));
    List<PredictionRow> predictions = new ArrayList<>();
    predictionRows.forEachRemaining(row -> predictions.add(PredictionRow.of(row)));
    if (key.isEmpty()) {
      return withoutPath(truths, predictions);
    }
    List<PredictionRow> current = current(predictions);
    truths.sort(Comparator.comparing(TruthRow::path));
    TruthRow truth = truths.isEmpty() ? null : truths.get(0);
    PredictionRow prediction = current.isEmpty() ? null : current.get(0);
    return List.of(
            Example.row(match(truths, current), truth, truths.size(), prediction, current.size()))
        .iterator();
  }

  private static Iterator<Row> withoutPath(List<TruthRow> truths, List<PredictionRow> predictions) {
    List<Row> rows = new ArrayList<>();
    for (TruthRow truth : truths) {
      rows.add(Example.row(Example.Match.TRUTH_ONLY, truth, 1, null, 0));
    }
    for (PredictionRow prediction : predictions) {
      rows.add(Example.row(Example.Match.PREDICTIONS_ONLY, null, 0, prediction, 1));
    }
    return rows.iterator();
  }

  private static List<PredictionRow> current(List<PredictionRow> predictions) {
    if (predictions.isEmpty()) {
      return predictions;
    }
    PredictionRow newest =
        predictions.stream()
            .max(
                Comparator.comparingLong(PredictionRow::scoredAt)
                    .thenComparing(row -> Objects.requireNonNullElse(row.runId(), "")))
            .orElseThrow();
    List<PredictionRow> current = new ArrayList<>();
    for (PredictionRow row : predictions) {
      if (Objects.equals(row.runId(), newest.runId())) {
        current.add(row);
      }
    }
    current.sort(Comparator.comparing(PredictionRow::path));
    return current;
  }

  private static Example.Match match(List<TruthRow> truths, List<PredictionRow> predictions) {
    long truthPaths =
        truths.stream().map(row -> ImageUri.comparable(row.path())).distinct().count();
    long predictedPaths =
        predictions.stream().map(row -> ImageUri.comparable(row.path())).distinct().count();
    if (truthPaths > 1 || predictedPaths > 1) {
      return Example.Match.AMBIGUOUS_NAME;
    }
    for (TruthRow truth : truths) {
      if (!Arrays.equals(truth.truth(), truths.get(0).truth())) {
        return Example.Match.CONFLICT;
      }
    }
    if (truths.isEmpty()) {
      return Example.Match.PREDICTIONS_ONLY;
    }
    return predictions.isEmpty() ? Example.Match.TRUTH_ONLY : Example.Match.BOTH;
  }
}
