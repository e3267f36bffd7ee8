package io.labelmill.evaluate.pass;

import io.labelmill.evaluate.read.Example;
import io.labelmill.evaluate.read.PredictionRow;
import io.labelmill.evaluate.read.TruthRow;
import io.labelmill.source.ImageUri;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.function.CoGroupFunction;
import org.apache.spark.sql.Row;

/**
 * The rows of both tables under one key to one row of {@link Example#SCHEMA}. Of the predictions
 * only the current ones count: those of the run that scored the path last.
 */
final class MatchImages implements CoGroupFunction<String, Row, Row, Row>, Serializable {
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
