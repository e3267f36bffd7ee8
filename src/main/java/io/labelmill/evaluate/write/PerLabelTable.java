package io.labelmill.evaluate.write;

import io.labelmill.evaluate.metric.LabelCounts;
import io.labelmill.evaluate.metric.MulticlassCounts;
import io.labelmill.evaluate.metric.MultilabelScores;
import io.labelmill.evaluate.metric.RankMetrics;
import io.labelmill.evaluate.pass.Evaluated;
import io.labelmill.evaluate.pass.EvaluationState;
import io.labelmill.evaluate.pass.FittedThresholds;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * The tables {@code per_label.parquet} and {@code confusion.parquet}. A number that is not defined
 * is null.
 */
public final class PerLabelTable {
  public static final StructType SCHEMA =
      StructType.fromDDL(
          """
          index INT, label STRING, support BIGINT, true_positives BIGINT, false_positives BIGINT,
          false_negatives BIGINT, true_negatives BIGINT, precision DOUBLE, recall DOUBLE, f1
          DOUBLE, jaccard DOUBLE, matthews_correlation DOUBLE, cohen_kappa DOUBLE, roc_auc DOUBLE,
          average_precision DOUBLE, brier_score DOUBLE, log_loss DOUBLE,
          expected_calibration_error DOUBLE, threshold DOUBLE, fitted_threshold DOUBLE
          """);

  static final StructType CONFUSION =
      StructType.fromDDL(
          """
          truth_index INT, truth STRING, predicted_index INT, predicted STRING, count BIGINT
          """);

  static final StructType MULTILABEL_CONFUSION =
      StructType.fromDDL(
          """
          index INT, label STRING, true_negatives BIGINT, false_positives BIGINT, false_negatives
          BIGINT, true_positives BIGINT
          """);

  private PerLabelTable() {}

  public static List<Row> rows(Evaluated evaluated) {
    boolean several = evaluated.judgement().multiLabel();
    EvaluationState state = evaluated.state();
    LabelCounts counts = state.counts.labelCounts();
    boolean decided = state.undecided.count() == 0;
    MultilabelScores ofLabels = state.scores instanceof MultilabelScores some ? some : null;
    boolean scored = state.partlyScored == 0 && evaluated.judgement().probabilities();
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < counts.labels(); i++) {
      RankMetrics ranks = evaluated.ranks().orElse(null);
      FittedThresholds fitted = evaluated.fitted().orElse(null);
      rows.add(
          RowFactory.create(
              i,
              evaluated.labels().name(i),
              counts.support(i),
              decided ? counts.truePositives(i) : null,
              decided ? counts.falsePositives(i) : null,
              decided ? counts.falseNegatives(i) : null,
              decided ? counts.trueNegatives(i) : null,
              decided ? counts.precision(i) : null,
              decided ? counts.recall(i) : null,
              decided ? counts.f1(i) : null,
              decided ? counts.jaccard(i) : null,
              decided ? counts.matthews(i) : null,
              decided ? counts.kappa(i).orNull() : null,
              ranks == null ? null : ranks.rocAuc(i).orNull(),
              ranks == null ? null : ranks.averagePrecision(i).orNull(),
              scored ? state.scores.brier(i).orNull() : null,
              scored && several ? ofLabels.logLoss(i).orNull() : null,
              scored && several ? ofLabels.calibration(i).expectedError().orNull() : null,
              several ? evaluated.judgement().thresholds()[i] : null,
              fitted == null || !fitted.isFitted()[i] ? null : fitted.perLabel()[i]));
    }
    return rows;
  }

  public static Dataset<Row> confusion(SparkSession spark, Evaluated evaluated) {
    LabelUniverse labels = evaluated.labels();
    List<Row> rows = new ArrayList<>();
    if (!(evaluated.state().counts instanceof MulticlassCounts classes)) {
      LabelCounts counts = evaluated.state().counts.labelCounts();
      for (int i = 0; i < counts.labels(); i++) {
        rows.add(
            RowFactory.create(
                i,
                labels.name(i),
                counts.trueNegatives(i),
                counts.falsePositives(i),
                counts.falseNegatives(i),
                counts.truePositives(i)));
      }
      return spark.createDataFrame(rows, MULTILABEL_CONFUSION);
    }
    classes
        .confusion()
        .forEach(
            (truth, predicted, count) -> {
              boolean failed = predicted == labels.size();
              rows.add(
                  RowFactory.create(
                      truth,
                      labels.name(truth),
                      failed ? null : predicted,
                      failed ? null : labels.name(predicted),
                      count));
            });
    return spark.createDataFrame(rows, CONFUSION);
  }
}
