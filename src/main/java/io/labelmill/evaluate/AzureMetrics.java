package io.labelmill.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.UsageException;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.Metrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The metrics under the names that Azure ML's evaluation of image classification documents: 28 for
 * one label an image, 32 for several. Computed from the public definitions ("Evaluate automated
 * machine learning experiment results" on learn.microsoft.com, and the README files of evaluation
 * in azureml-examples).
 */
final class AzureMetrics {
  private static final Map<String, String> COMMON =
      ordered(
          "log_loss", "log_loss",
          "average_precision_score_macro", "macro_average_precision",
          "average_precision_score_micro", "micro_average_precision",
          "average_precision_score_weighted", "weighted_average_precision",
          "AUC_macro", "macro_roc_auc",
          "AUC_micro", "micro_roc_auc",
          "AUC_weighted", "weighted_roc_auc",
          "f1_score_macro", "macro_f1",
          "f1_score_micro", "micro_f1",
          "f1_score_weighted", "weighted_f1",
          "precision_score_macro", "macro_precision",
          "precision_score_micro", "micro_precision",
          "precision_score_weighted", "weighted_precision",
          "recall_score_macro", "macro_recall",
          "recall_score_micro", "micro_recall",
          "recall_score_weighted", "weighted_recall");

  private static final Map<String, String> IOU =
      ordered(
          "iou", "samples_jaccard",
          "iou_macro", "macro_jaccard",
          "iou_micro", "micro_jaccard",
          "iou_weighted", "weighted_jaccard");

  private static final List<String> BINARY =
      List.of(
          "average_precision_score_binary",
          "AUC_binary",
          "f1_score_binary",
          "precision_score_binary",
          "recall_score_binary");

  private AzureMetrics() {}

  static Metrics of(Evaluated evaluated) {
    Metrics own = evaluated.metrics();
    boolean several = evaluated.judgement().multiLabel();
    int labels = evaluated.labels().size();
    Metrics azure = new Metrics();
    azure.put("accuracy", own.get(several ? "exact_match" : "accuracy"));
    if (several) {
      String single = "defined for exactly one label an image";
      azure.put("weighted_accuracy", Metric.undefined(single));
      azure.put("balanced_accuracy", Metric.undefined(single));
      azure.put("norm_macro_recall", Metric.undefined(single));
      azure.put("matthews_correlation", Metric.undefined(single));
    } else {
      azure.put("weighted_accuracy", own.get("weighted_accuracy"));
      azure.put("balanced_accuracy", own.get("balanced_accuracy"));
      azure.put("norm_macro_recall", normalised(own.get("macro_recall"), labels));
      azure.put("matthews_correlation", own.get("matthews_correlation"));
    }
    COMMON.forEach(
        (name, from) ->
            azure.put(
                name, own.get(several && from.equals("log_loss") ? "binary_cross_entropy" : from)));
    for (String name : BINARY) {
      azure.put(
          name,
          Metric.undefined(
              "defined for two classes of which one is the positive one; there are "
                  + labels
                  + " labels"));
    }
    if (several) {
      IOU.forEach((name, from) -> azure.put(name, own.get(from)));
    }
    azure.put("confusion_matrix", Metric.undefined("a table: see confusion.parquet"));
    azure.put(
        "accuracy_table",
        Metric.undefined("a table for drawing curves whose form is not documented"));
    return azure;
  }

  /** Recall above that of guessing, which is 1 / classes. */
  private static Metric normalised(Metric recall, int classes) {
    OptionalDouble value = recall.optional();
    double chance = 1.0 / classes;
    return value.isEmpty()
        ? recall
        : Metric.ratio(value.getAsDouble() - chance, 1 - chance, "the model has one class");
  }

  private static Map<String, String> ordered(String... pairs) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(pairs[i], pairs[i + 1]);
    }
    return map;
  }

  /**
   * Azure ML's evaluation configuration, {@code {"metrics": ["iou", …], "threshold": 0.5}}.
   *
   * @param metrics the names asked for; empty: all
   * @param threshold for several labels
   */
  record Configuration(List<String> metrics, OptionalDouble threshold) {
    /**
     * @throws UsageException when it is not of that form, or names a metric that nobody documents
     */
    static Configuration parse(String json, String source) {
      List<String> problems = new ArrayList<>();
      List<String> names = new ArrayList<>();
      JsonNode root;
      try {
        root = new ObjectMapper().readTree(json);
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
              "the evaluation config "
                  + source
                  + " names the metric "
                  + metric.asText()
                  + ", which is none of Azure ML's for images");
        }
      }
      JsonNode threshold = root.path("threshold");
      if (!threshold.isMissingNode()
          && !(threshold.isNumber()
              && threshold.doubleValue() >= 0
              && threshold.doubleValue() <= 1)) {
        problems.add(
            "threshold of the evaluation config "
                + source
                + " is "
                + threshold
                + ", not a number between 0 and 1");
      }
      if (!problems.isEmpty()) {
        throw new UsageException(problems);
      }
      return new Configuration(
          names,
          threshold.isNumber()
              ? OptionalDouble.of(threshold.doubleValue())
              : OptionalDouble.empty());
    }

    private static boolean isDocumented(String name) {
      return COMMON.containsKey(name)
          || IOU.containsKey(name)
          || BINARY.contains(name)
          || List.of(
                  "accuracy",
                  "weighted_accuracy",
                  "balanced_accuracy",
                  "norm_macro_recall",
                  "matthews_correlation",
                  "confusion_matrix",
                  "accuracy_table")
              .contains(name);
    }

    /** The metrics asked for, in the order of {@code all}. */
    static Metrics chosen(Metrics all, Optional<Configuration> configuration) {
      if (configuration.isEmpty() || configuration.get().metrics().isEmpty()) {
        return all;
      }
      Metrics chosen = new Metrics();
      all.asMap()
          .forEach(
              (name, metric) -> {
                if (configuration.get().metrics().contains(name)) {
                  chosen.put(name, metric);
                }
              });
      return chosen;
    }
  }
}
