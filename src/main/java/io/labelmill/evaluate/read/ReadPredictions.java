package io.labelmill.evaluate.read;

import io.labelmill.evaluate.read.truth.LabelUniverse;
import io.labelmill.evaluate.read.truth.PathKey;
import java.io.Serializable;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/** Score table rows to {@link PredictionRow}s; what is wrong with a row's numbers goes with it. */
public final class ReadPredictions implements MapFunction<Row, Row>, Serializable {
  static final String NOT_A_NUMBER = "a score is not a number";
  public static final String OUT_OF_RANGE = "a score is not between 0 and 1";
  public static final String WRONG_LENGTH = "the number of scores is not the number of labels";
  public static final String WRONG_INDEX = "a label index is not one of the model's";
  static final String UNKNOWN_LABEL = "a predicted label is not one of the model's";
  static final String NO_PREDICTION = "status is OK, but there is neither label nor score";

  private final LabelUniverse labels;
  private final PathKey key;
  private final boolean floats;
  private final boolean probabilities;
  private final int path;
  private final int status;
  private final int error;
  private final int label;
  private final int labelIndex;
  private final int score;
  private final int predictions;
  private final int predictionLabel;
  private final int predictionScore;
  private final int predictionIndex;
  private final int scores;
  private final int model;
  private final int modelHash;
  private final int runId;
  private final int scoredAt;
  private final int contentVersion;

  public ReadPredictions(
      StructType schema, LabelUniverse labels, PathKey key, boolean floats, boolean probabilities) {
    this.labels = labels;
    this.key = key;
    this.floats = floats;
    this.probabilities = probabilities;
    List<String> names = Arrays.asList(schema.fieldNames());
    path = names.indexOf("path");
    status = names.indexOf("status");
    error = names.indexOf("error");
    label = names.indexOf("label");
    labelIndex = names.indexOf("label_index");
    score = names.indexOf("score");
    predictions = names.indexOf("predictions");
    List<String> inner = List.of();
    if (predictions >= 0
        && schema.fields()[predictions].dataType() instanceof ArrayType array
        && array.elementType() instanceof StructType element) {
      inner = Arrays.asList(element.fieldNames());
    }
    predictionLabel = inner.indexOf("label");
    predictionScore = inner.indexOf("score");
    predictionIndex = inner.indexOf("index");
    int named = names.indexOf("scores");
    // Without the full vector a column of the input may have been kept under its name.
    scores =
        named >= 0
                && schema.fields()[named].dataType() instanceof ArrayType array
                && array.elementType() instanceof NumericType
            ? named
            : -1;
    model = names.indexOf("model");
    modelHash = names.indexOf("model_sha256");
    runId = names.indexOf("run_id");
    scoredAt = names.indexOf("scored_at");
    contentVersion = names.indexOf("content_version");
  }

  @Override
  public Row call(Row row) {
    Prediction prediction = new Prediction();
    String given = text(row, path);
    // Another's table may have none: its JSON is read with all columns of Labelmill's.
    String state = status < 0 || row.isNullAt(status) ? "OK" : text(row, status);
    if ("OK".equals(state)) {
      read(row, prediction);
    }
    String hash = text(row, modelHash);
    String name = text(row, model);
    return new PredictionRow(
            key.key(given),
            given,
            state,
            text(row, error),
            prediction.predicted < 0 ? null : prediction.predicted,
            prediction.scores == null ? null : Example.bytes(prediction.scores, floats),
            prediction.bestIndices == null ? null : Example.bytes(prediction.bestIndices),
            prediction.bestScores == null ? null : Example.bytes(prediction.bestScores, floats),
            prediction.problem,
            hash == null
                ? name
                : name + " (" + hash.substring(0, Math.min(12, hash.length())) + ")",
            text(row, runId),
            microseconds(row),
            text(row, contentVersion))
        .row();
  }

  private static final class Prediction {
    private int predicted = -1;
    private double[] scores;
    private int[] bestIndices;
    private double[] bestScores;
    private String problem;
  }

  private void read(Row row, Prediction out) {
    if (scores >= 0 && !row.isNullAt(scores)) {
      readScores(row.getList(scores), out);
    } else if (predictionScore >= 0 && !row.isNullAt(predictions)) {
      readBest(row.getList(predictions), out);
    } else {
      readLabel(row, out);
    }
  }

  private void readScores(List<Number> given, Prediction out) {
    if (given.size() != labels.size()) {
      out.problem = WRONG_LENGTH + ": " + given.size() + " scores, " + labels.size() + " labels";
      return;
    }
    double[] values = new double[given.size()];
    Iterator<Number> iterator = given.iterator();
    for (int i = 0; i < values.length; i++) {
      Number value = iterator.next();
      values[i] = value == null ? Double.NaN : value.doubleValue();
    }
    check(values, out);
    if (out.problem == null) {
      out.scores = values;
      out.predicted = 0;
      for (int i = 1; i < values.length; i++) {
        if (values[i] > values[out.predicted]) {
          out.predicted = i;
        }
      }
    }
  }

  private void readBest(List<Row> given, Prediction out) {
    record Entry(int index, double score) {}
    List<Entry> entries = new ArrayList<>();
    for (Row one : given) {
      int index = index(one, predictionIndex, predictionLabel, out);
      double value =
          one.isNullAt(predictionScore)
              ? Double.NaN
              : ((Number) one.get(predictionScore)).doubleValue();
      entries.add(new Entry(index, value));
    }
    double[] values = entries.stream().mapToDouble(Entry::score).toArray();
    check(values, out);
    if (entries.isEmpty()) {
      out.problem = NO_PREDICTION;
    }
    if (out.problem != null) {
      return;
    }
    entries.sort(
        (a, b) ->
            a.score() != b.score()
                ? Double.compare(b.score(), a.score())
                : Integer.compare(a.index(), b.index()));
    out.predicted = entries.get(0).index();
    if (entries.size() == labels.size()) {
      out.scores = new double[labels.size()];
      entries.forEach(entry -> out.scores[entry.index()] = entry.score());
      return;
    }
    out.bestIndices = entries.stream().mapToInt(Entry::index).toArray();
    out.bestScores = entries.stream().mapToDouble(Entry::score).toArray();
  }

  private void readLabel(Row row, Prediction out) {
    boolean named = label >= 0 && !row.isNullAt(label);
    boolean numbered = labelIndex >= 0 && !row.isNullAt(labelIndex);
    if (!named && !numbered) {
      out.problem = NO_PREDICTION;
      return;
    }
    int index = index(row, labelIndex, label, out);
    if (out.problem == null) {
      out.predicted = index;
      if (score >= 0 && !row.isNullAt(score)) {
        double[] values = {((Number) row.get(score)).doubleValue()};
        check(values, out);
        out.bestIndices = new int[] {index};
        out.bestScores = values;
      }
    }
  }

  private int index(Row row, int indexColumn, int labelColumn, Prediction out) {
    if (indexColumn >= 0 && !row.isNullAt(indexColumn)) {
      int index = ((Number) row.get(indexColumn)).intValue();
      if (index < 0 || index >= labels.size()) {
        out.problem = WRONG_INDEX + ": " + index + " of " + labels.size() + " labels";
      }
      return index;
    }
    String name = text(row, labelColumn);
    List<Integer> found = labels.indices(name);
    if (found.size() != 1) {
      out.problem =
          UNKNOWN_LABEL + (found.isEmpty() ? ": " : ", or it is several of them: ") + name;
      return -1;
    }
    return found.get(0);
  }

  private void check(double[] values, Prediction out) {
    for (double value : values) {
      if (!Double.isFinite(value)) {
        out.problem = NOT_A_NUMBER;
      } else if (probabilities && !(value >= 0 && value <= 1)) {
        out.problem = OUT_OF_RANGE + ": " + value;
      }
    }
  }

  private long microseconds(Row row) {
    if (scoredAt < 0 || row.isNullAt(scoredAt)) {
      return 0;
    }
    Object moment = row.get(scoredAt);
    Instant instant =
        moment instanceof Timestamp timestamp
            ? timestamp.toInstant()
            : moment instanceof Instant already ? already : Instant.EPOCH;
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1000);
  }

  private static String text(Row row, int column) {
    return column < 0 || row.isNullAt(column) ? null : row.get(column).toString();
  }
}
