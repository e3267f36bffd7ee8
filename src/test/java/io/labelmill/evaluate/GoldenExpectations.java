package io.labelmill.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.evaluate.metric.Calibration;
import io.labelmill.evaluate.metric.ConfusionCounts;
import io.labelmill.evaluate.metric.LabelCounts;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.metric.MulticlassScores;
import io.labelmill.evaluate.metric.MultilabelScores;
import io.labelmill.evaluate.metric.RankMetrics;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Compares what was computed with a golden table, and fails on a golden metric left unread. */
public final class GoldenExpectations {
  private static final Map<String, String> MULTICLASS_NAMES =
      Map.ofEntries(
          Map.entry("accuracy", "accuracy"),
          Map.entry("balanced_accuracy", "balanced_accuracy"),
          Map.entry("balanced_accuracy_adjusted", "balanced_accuracy_adjusted"),
          Map.entry("matthews_corrcoef", "matthews_correlation"),
          Map.entry("cohen_kappa", "cohen_kappa"),
          Map.entry("cohen_kappa_linear", "cohen_kappa_linear"),
          Map.entry("cohen_kappa_quadratic", "cohen_kappa_quadratic"),
          Map.entry("log_loss", "log_loss"),
          Map.entry("hamming_loss", "hamming_loss"),
          Map.entry("jaccard_micro", "micro_jaccard"),
          Map.entry("jaccard_macro", "macro_jaccard"),
          Map.entry("jaccard_weighted", "weighted_jaccard"),
          Map.entry("roc_auc_ovr_micro", "micro_roc_auc"),
          Map.entry("roc_auc_ovr_macro", "macro_roc_auc"),
          Map.entry("roc_auc_ovr_weighted", "weighted_roc_auc"),
          Map.entry("roc_auc_ovo_macro", "macro_roc_auc_ovo"),
          Map.entry("roc_auc_ovo_weighted", "weighted_roc_auc_ovo"),
          Map.entry("roc_auc_ovr_macro_present_classes_only", "macro_roc_auc_present"),
          Map.entry("average_precision_micro", "micro_average_precision"),
          Map.entry("average_precision_macro", "macro_average_precision"),
          Map.entry("average_precision_weighted", "weighted_average_precision"),
          Map.entry(
              "average_precision_macro_present_classes_only", "macro_average_precision_present"),
          Map.entry("brier_multiclass_sum", "brier_score"));

  private static final Map<String, String> MULTILABEL_NAMES =
      Map.ofEntries(
          Map.entry("average_precision_micro", "micro_average_precision"),
          Map.entry("average_precision_macro", "macro_average_precision"),
          Map.entry("average_precision_weighted", "weighted_average_precision"),
          Map.entry("average_precision_samples", "samples_average_precision"),
          Map.entry(
              "average_precision_macro_present_classes_only", "macro_average_precision_present"),
          Map.entry("roc_auc_micro", "micro_roc_auc"),
          Map.entry("roc_auc_macro", "macro_roc_auc"),
          Map.entry("roc_auc_weighted", "weighted_roc_auc"),
          Map.entry("roc_auc_samples", "samples_roc_auc"),
          Map.entry("roc_auc_macro_present_classes_only", "macro_roc_auc_present"),
          Map.entry("coverage_error", "coverage_error"),
          Map.entry("label_ranking_average_precision", "label_ranking_average_precision"),
          Map.entry("label_ranking_loss", "label_ranking_loss"),
          Map.entry("log_loss_mean_over_labels", "binary_cross_entropy"),
          Map.entry("brier_mean", "brier_score"));

  private static final Map<String, String> THRESHOLD_NAMES =
      Map.of(
          "exact_match", "exact_match",
          "hamming_loss", "hamming_loss",
          "zero_one_loss", "zero_one_loss",
          "jaccard_micro", "micro_jaccard",
          "jaccard_macro", "macro_jaccard",
          "jaccard_weighted", "weighted_jaccard",
          "jaccard_samples", "samples_jaccard");

  private static final List<String> KINDS = List.of("precision", "recall", "f1");
  private static final String EXPECTED_ERROR = "expected_calibration_error";
  private static final String MAXIMUM_ERROR = "maximum_calibration_error";

  private final GoldenTable table;
  private final JsonNode golden;
  private final Set<String> unread = new LinkedHashSet<>();

  public GoldenExpectations(GoldenTable table, JsonNode golden) {
    this.table = table;
    this.golden = golden;
    golden.fieldNames().forEachRemaining(unread::add);
  }

  /** Names of all metrics that some golden table has a value for. */
  public static Set<MetricName> compared() {
    Stream<String> averages =
        Stream.of("micro", "macro", "weighted", "samples")
            .flatMap(average -> KINDS.stream().map(kind -> average + "_" + kind));
    return Stream.of(
            MULTICLASS_NAMES.values().stream(),
            MULTILABEL_NAMES.values().stream(),
            THRESHOLD_NAMES.values().stream(),
            averages,
            Stream.of("top_1_accuracy", EXPECTED_ERROR, MAXIMUM_ERROR))
        .flatMap(names -> names)
        .map(MetricName::of)
        .collect(Collectors.toSet());
  }

  /** The scalar metrics of exclusive classes. */
  public void checkMulticlass(Metrics metrics) {
    MULTICLASS_NAMES.forEach((name, own) -> check(name, metrics.get(own)));
    checkAverages(metrics, List.of("micro", "macro", "weighted"));
    for (int k : new int[] {1, 2, 3, 5}) {
      if (golden.has("top_" + k + "_accuracy")) {
        check("top_" + k + "_accuracy", metrics.get("top_" + k + "_accuracy"));
      }
    }
    checkCalibration("ece_15", metrics.get(EXPECTED_ERROR), metrics.get(MAXIMUM_ERROR));
  }

  /** The scalar metrics of several labels that need no threshold. */
  public void checkMultilabel(Metrics metrics) {
    MULTILABEL_NAMES.forEach((name, own) -> check(name, metrics.get(own)));
    checkCalibration(
        "ece_15_all_labels_binary", metrics.get(EXPECTED_ERROR), metrics.get(MAXIMUM_ERROR));
  }

  /** The scalar metrics at one threshold. */
  public void checkThreshold(Metrics metrics) {
    THRESHOLD_NAMES.forEach((name, own) -> check(name, metrics.get(own)));
    checkAverages(metrics, List.of("micro", "macro", "weighted", "samples"));
  }

  private void checkAverages(Metrics metrics, List<String> averages) {
    for (String average : averages) {
      unread.remove(average);
      for (String kind : KINDS) {
        assertMetric(
            average + "_" + kind, metrics.get(average + "_" + kind), golden.get(average).get(kind));
      }
    }
  }

  private void checkCalibration(String name, Metric expected, Metric maximum) {
    unread.remove(name);
    assertMetric(name, expected, golden.get(name).get("ece"));
    assertMetric(name, maximum, golden.get(name).get("mce"));
  }

  public void checkBins(String name, Calibration calibration) {
    JsonNode bins = golden.get(name).get("bins");
    assertThat(bins.size()).isEqualTo(Calibration.BINS);
    for (int i = 0; i < bins.size(); i++) {
      Calibration.Bin bin = calibration.bins().get(i);
      assertThat(bin.count()).as(name).isEqualTo(bins.get(i).get("count").asLong());
      if (bin.count() > 0) {
        assertThat(bin.accuracy()).isCloseTo(bins.get(i).get("accuracy").asDouble(), within(1e-12));
        assertThat(bin.confidence())
            .isCloseTo(bins.get(i).get("confidence").asDouble(), within(1e-12));
      }
    }
  }

  public void checkLabels(LabelCounts counts) {
    checkEach("jaccard_per_class", i -> Metric.of(counts.jaccard(i)));
    unread.remove("per_class");
    JsonNode perClass = golden.get("per_class");
    for (int i = 0; i < table.labels(); i++) {
      assertMetric("precision", Metric.of(counts.precision(i)), perClass.get("precision").get(i));
      assertMetric("recall", Metric.of(counts.recall(i)), perClass.get("recall").get(i));
      assertMetric("f1", Metric.of(counts.f1(i)), perClass.get("f1").get(i));
      assertThat(counts.support(i)).isEqualTo(perClass.get("support").get(i).asLong());
    }
    if (unread.remove("multilabel_confusion_matrix")) {
      JsonNode cells = golden.get("multilabel_confusion_matrix");
      for (int i = 0; i < table.labels(); i++) {
        assertThat(counts.trueNegatives(i)).isEqualTo(cells.get(i).get(0).get(0).asLong());
        assertThat(counts.falsePositives(i)).isEqualTo(cells.get(i).get(0).get(1).asLong());
        assertThat(counts.falseNegatives(i)).isEqualTo(cells.get(i).get(1).get(0).asLong());
        assertThat(counts.truePositives(i)).isEqualTo(cells.get(i).get(1).get(1).asLong());
      }
      checkEach("matthews_per_class", i -> Metric.of(counts.matthews(i)));
      checkEach("cohen_kappa_per_class", counts::kappa);
    }
  }

  public void checkConfusion(ConfusionCounts counts) {
    unread.remove("confusion_matrix");
    for (int i = 0; i < table.labels(); i++) {
      for (int j = 0; j < table.labels(); j++) {
        assertThat(counts.count(i, j))
            .isEqualTo(golden.get("confusion_matrix").get(i).get(j).asLong());
      }
    }
  }

  public void checkScores(MulticlassScores scores) {
    checkEach("brier_per_class", scores::brier);
    checkBins("ece_15", scores.calibration());
  }

  public void checkScores(MultilabelScores scores) {
    checkEach("brier_per_class", scores::brier);
    checkEach("ece_15_per_class_binary", i -> scores.calibration(i).expectedError());
    checkBins("ece_15_all_labels_binary", scores.calibration());
  }

  public void checkRanks(RankMetrics ranks) {
    checkEach("roc_auc_per_class", ranks::rocAuc);
    checkEach("average_precision_per_class", ranks::averagePrecision);
  }

  private void checkEach(String name, IntFunction<Metric> metric) {
    unread.remove(name);
    for (int i = 0; i < table.labels(); i++) {
      assertMetric(name + "[" + i + "]", metric.apply(i), golden.get(name).get(i));
    }
  }

  private void check(String name, Metric metric) {
    unread.remove(name);
    assertMetric(name, metric, golden.get(name));
  }

  private void assertMetric(String name, Metric metric, JsonNode expected) {
    if (expected.isNumber()) {
      assertThat(metric).as("%s: %s", table, name).isInstanceOf(Metric.Value.class);
      assertThat(metric.optional().getAsDouble())
          .as("%s: %s", table, name)
          .isCloseTo(expected.asDouble(), within(table.tolerance(name)));
    } else {
      assertThat(metric)
          .as("%s: %s is %s", table, name, expected)
          .isInstanceOf(Metric.Undefined.class);
    }
  }

  /** Everything that the golden table holds was compared. */
  public void assertAllRead(String... besides) {
    assertThat(unread).as("golden metrics of %s not compared", table).isSubsetOf(besides);
  }
}
