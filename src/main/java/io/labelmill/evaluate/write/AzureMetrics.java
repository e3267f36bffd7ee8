package io.labelmill.evaluate.write;

import static java.util.Map.entry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.UsageException;
import io.labelmill.evaluate.metric.LabelCounts;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.metric.MulticlassCounts;
import io.labelmill.evaluate.metric.ThresholdSweep;
import io.labelmill.evaluate.pass.Evaluated;
import io.labelmill.evaluate.pass.EvaluationState;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * The metrics under the names that Azure ML's evaluation of image classification documents: 28 for
 * one label an image, 32 for several. Computed from the public definitions: "Evaluate automated
 * machine learning experiment results" on learn.microsoft.com, the README files of evaluation in
 * azureml-examples, and, for the form of the two tables, {@code log_accuracy_table} and {@code
 * log_confusion_matrix} of azureml-core's {@code Run}.
 */
public final class AzureMetrics {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<Map.Entry<String, MetricName>> COMMON =
      List.of(
          entry("log_loss", MetricName.LOG_LOSS),
          entry("average_precision_score_macro", MetricName.MACRO_AVERAGE_PRECISION),
          entry("average_precision_score_micro", MetricName.MICRO_AVERAGE_PRECISION),
          entry("average_precision_score_weighted", MetricName.WEIGHTED_AVERAGE_PRECISION),
          entry("AUC_macro", MetricName.MACRO_ROC_AUC),
          entry("AUC_micro", MetricName.MICRO_ROC_AUC),
          entry("AUC_weighted", MetricName.WEIGHTED_ROC_AUC),
          entry("f1_score_macro", MetricName.MACRO_F1),
          entry("f1_score_micro", MetricName.MICRO_F1),
          entry("f1_score_weighted", MetricName.WEIGHTED_F1),
          entry("precision_score_macro", MetricName.MACRO_PRECISION),
          entry("precision_score_micro", MetricName.MICRO_PRECISION),
          entry("precision_score_weighted", MetricName.WEIGHTED_PRECISION),
          entry("recall_score_macro", MetricName.MACRO_RECALL),
          entry("recall_score_micro", MetricName.MICRO_RECALL),
          entry("recall_score_weighted", MetricName.WEIGHTED_RECALL));

  private static final List<Map.Entry<String, MetricName>> IOU =
      List.of(
          entry("iou", MetricName.SAMPLES_JACCARD),
          entry("iou_macro", MetricName.MACRO_JACCARD),
          entry("iou_micro", MetricName.MICRO_JACCARD),
          entry("iou_weighted", MetricName.WEIGHTED_JACCARD));

  private static final List<String> BINARY =
      List.of(
          "average_precision_score_binary",
          "AUC_binary",
          "f1_score_binary",
          "precision_score_binary",
          "recall_score_binary");

  private static final List<String> OTHERS =
      List.of(
          "accuracy",
          "weighted_accuracy",
          "balanced_accuracy",
          "norm_macro_recall",
          "matthews_correlation");

  private static final String CONFUSION_MATRIX = "confusion_matrix";
  private static final String ACCURACY_TABLE = "accuracy_table";

  private AzureMetrics() {}

  /**
   * Adds {@code azureml}, with a number, a table or null for every name, and {@code
   * azureml_undefined} with the reason of every null.
   *
   * @param configuration which names are wanted; empty: all
   */
  static void put(ObjectNode node, Evaluated evaluated, Optional<Configuration> configuration) {
    Map<String, Metric> numbers = numbers(evaluated);
    ObjectNode values = node.putObject("azureml");
    ObjectNode reasons = node.putObject("azureml_undefined");
    List<String> names = new ArrayList<>(numbers.keySet());
    names.addAll(List.of(CONFUSION_MATRIX, ACCURACY_TABLE));
    List<String> wanted = configuration.map(Configuration::metrics).orElse(List.of());
    for (String name : names) {
      if (!wanted.isEmpty() && !wanted.contains(name)) {
        continue;
      }
      switch (name) {
        case CONFUSION_MATRIX -> putConfusionMatrix(values, reasons, evaluated);
        case ACCURACY_TABLE -> putAccuracyTable(values, reasons, evaluated);
        default -> MetricsJson.put(values, reasons, name, numbers.get(name));
      }
    }
  }

  /** All that are numbers. */
  static Map<String, Metric> numbers(Evaluated evaluated) {
    Metrics own = evaluated.metrics();
    boolean several = evaluated.judgement().multiLabel();
    Map<String, Metric> azure = new LinkedHashMap<>();
    if (several) {
      azure.put("accuracy", own.get(MetricName.EXACT_MATCH));
      azure.put(
          "weighted_accuracy",
          Metric.undefined("images are weighted by their class, and these have several"));
      azure.put("balanced_accuracy", own.get(MetricName.MACRO_RECALL));
      azure.put(
          "norm_macro_recall",
          Metric.undefined("the recall of guessing is documented for one label an image"));
      azure.put(
          "matthews_correlation",
          Metric.undefined("scikit-learn's matthews_corrcoef is of one label an image"));
    } else {
      azure.put("accuracy", own.get(MetricName.ACCURACY));
      azure.put("weighted_accuracy", own.get(MetricName.WEIGHTED_ACCURACY));
      azure.put("balanced_accuracy", own.get(MetricName.BALANCED_ACCURACY));
      azure.put(
          "norm_macro_recall",
          normalised(own.get(MetricName.MACRO_RECALL), evaluated.labels().size()));
      azure.put("matthews_correlation", own.get(MetricName.MATTHEWS_CORRELATION));
    }
    putAll(azure, COMMON, own);
    if (several) {
      azure.put("log_loss", own.get(MetricName.BINARY_CROSS_ENTROPY));
    }
    putBinary(azure, evaluated);
    if (several) {
      putAll(azure, IOU, own);
    }
    return azure;
  }

  private static void putAll(
      Map<String, Metric> azure, List<Map.Entry<String, MetricName>> names, Metrics own) {
    names.forEach(name -> azure.put(name.getKey(), own.asMap().get(name.getValue().toString())));
  }

  private static void putBinary(Map<String, Metric> azure, Evaluated evaluated) {
    Metrics own = evaluated.metrics();
    if (evaluated.positive().isEmpty()) {
      String reason =
          "there are %s labels: name the one to hold against the others with --positive-label"
              .formatted(evaluated.labels().size());
      BINARY.forEach(name -> azure.put(name, Metric.undefined(reason)));
      return;
    }
    int positive = evaluated.positive().getAsInt();
    // What makes all areas undefined makes one so; likewise with counts.
    Metric noArea = own.get(MetricName.MICRO_ROC_AUC);
    azure.put(
        "average_precision_score_binary",
        evaluated.ranks().map(ranks -> ranks.averagePrecision(positive)).orElse(noArea));
    azure.put("AUC_binary", evaluated.ranks().map(ranks -> ranks.rocAuc(positive)).orElse(noArea));
    LabelCounts counts = evaluated.state().counts.labelCounts();
    boolean decided = evaluated.state().undecided.count() == 0;
    Metric undecided = own.get(MetricName.MICRO_F1);
    azure.put("f1_score_binary", decided ? Metric.of(counts.f1(positive)) : undecided);
    azure.put(
        "precision_score_binary", decided ? Metric.of(counts.precision(positive)) : undecided);
    azure.put("recall_score_binary", decided ? Metric.of(counts.recall(positive)) : undecided);
  }

  /** Recall above that of guessing, which is 1 / classes; documented as 0 to 1. */
  private static Metric normalised(Metric recall, int classes) {
    OptionalDouble value = recall.optional();
    double chance = 1.0 / classes;
    return value.isEmpty()
        ? recall
        : Metric.ratio(
            Math.max(0, value.getAsDouble() - chance), 1 - chance, "the model has one class");
  }

  private static void putConfusionMatrix(
      ObjectNode values, ObjectNode reasons, Evaluated evaluated) {
    int classes = evaluated.labels().size();
    Optional<String> reason = Optional.empty();
    long failed = evaluated.state().counts instanceof MulticlassCounts some ? some.failed() : 0;
    if (evaluated.judgement().multiLabel()) {
      reason = Optional.of("of one label an image; confusion.parquet has the counts of each label");
    } else if (classes > EvaluationState.TABLE_LABELS) {
      reason =
          Optional.of(
              "given up to %s labels; confusion.parquet has the cells"
                  .formatted(EvaluationState.TABLE_LABELS));
    } else if (failed > 0) {
      reason =
          Optional.of(
              failed + " failed images were taken for no class; confusion.parquet has the cells");
    }
    if (reason.isPresent()) {
      values.putNull(CONFUSION_MATRIX);
      reasons.put(CONFUSION_MATRIX, reason.get());
      return;
    }
    long[][] cells = new long[classes][classes];
    ((MulticlassCounts) evaluated.state().counts)
        .confusion()
        .forEach((truth, predicted, count) -> cells[truth][predicted] = count);
    table(values, CONFUSION_MATRIX, "1.0.0", evaluated.labels())
        .set("matrix", JSON.valueToTree(cells));
  }

  private static void putAccuracyTable(ObjectNode values, ObjectNode reasons, Evaluated evaluated) {
    EvaluationState state = evaluated.state();
    ThresholdSweep sweep = state.againstRest;
    Optional<String> reason = Optional.empty();
    if (evaluated.labels().size() > EvaluationState.TABLE_LABELS) {
      reason = Optional.of("given up to " + EvaluationState.TABLE_LABELS + " labels");
    } else if (evaluated.metrics().get(MetricName.BRIER_SCORE)
        instanceof Metric.Undefined undefined) {
      reason = Optional.of(undefined.reason());
    }
    if (reason.isPresent()) {
      values.putNull(ACCURACY_TABLE);
      reasons.put(ACCURACY_TABLE, reason.get());
      return;
    }
    ObjectNode data = table(values, ACCURACY_TABLE, "1.0.1", evaluated.labels());
    ArrayNode thresholds = data.putArray("probability_thresholds");
    for (int i = 0; i < ThresholdSweep.STEPS; i++) {
      thresholds.add(sweep.threshold(i));
    }
    ArrayNode tables = data.putArray("probability_tables");
    for (int label = 0; label < sweep.labels(); label++) {
      ArrayNode table = tables.addArray();
      for (ThresholdSweep.Assigned at : sweep.assigned(label)) {
        table
            .addArray()
            .add(at.truePositives())
            .add(at.falsePositives())
            .add(sweep.negatives(label) - at.falsePositives())
            .add(sweep.positives(label) - at.truePositives());
      }
    }
    for (String name : List.of("percentile_thresholds", "percentile_tables")) {
      data.putNull(name);
      reasons.put(
          ACCURACY_TABLE + "." + name,
          "of which probabilities the percentiles are is not documented");
    }
  }

  /** The documented frame of a table, and what its data goes into. */
  private static ObjectNode table(
      ObjectNode values, String type, String version, LabelUniverse labels) {
    ObjectNode data =
        values
            .putObject(type)
            .put("schema_type", type)
            .put("schema_version", version)
            .putObject("data");
    data.set("class_labels", JSON.valueToTree(labels.names()));
    return data;
  }

  /**
   * Azure ML's evaluation configuration, {@code {"metrics": ["iou", …], "threshold": 0.5}}.
   *
   * @param metrics the names asked for; empty: all
   * @param threshold for several labels
   */
  public record Configuration(List<String> metrics, OptionalDouble threshold) {
    /**
     * @throws UsageException when it is not of that form, or names a metric that nobody documents
     */
    public static Configuration parse(String json, String source) {
      List<String> problems = new ArrayList<>();
      List<String> names = new ArrayList<>();
      JsonNode root;
      try {
        root = JSON.readTree(json);
      } catch (JsonProcessingException e) {
        throw new UsageException(
            "evaluation config " + source + " is not valid JSON: " + e.getOriginalMessage());
      }
      JsonNode metrics = root.path("metrics");
      if (!metrics.isMissingNode() && !metrics.isArray()) {
        problems.add("metrics of the evaluation config " + source + " is not a list");
      }
      for (JsonNode metric : metrics) {
        if (isDocumented(metric.asText())) {
          names.add(metric.asText());
        } else {
          problems.add(
              "the evaluation config %s names the metric %s, which is none of Azure ML's for images"
                  .formatted(source, metric.asText()));
        }
      }
      JsonNode threshold = root.path("threshold");
      if (!threshold.isMissingNode()
          && !(threshold.isNumber()
              && threshold.doubleValue() >= 0
              && threshold.doubleValue() <= 1)) {
        problems.add(
            "threshold of the evaluation config %s is %s, not a number between 0 and 1"
                .formatted(source, threshold));
      }
      UsageException.throwIfAny(problems);
      return new Configuration(
          names,
          threshold.isNumber()
              ? OptionalDouble.of(threshold.doubleValue())
              : OptionalDouble.empty());
    }

    private static boolean isDocumented(String name) {
      return Stream.of(COMMON, IOU).flatMap(List::stream).anyMatch(one -> one.getKey().equals(name))
          || BINARY.contains(name)
          || OTHERS.contains(name)
          || name.equals(CONFUSION_MATRIX)
          || name.equals(ACCURACY_TABLE);
    }
  }
}
