package io.labelmill.evaluate.write;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.pass.Evaluated;
import io.labelmill.evaluate.pass.EvaluationState;
import io.labelmill.evaluate.pass.FittedThresholds;
import io.labelmill.evaluate.pass.Judgement;
import io.labelmill.evaluate.pass.Leakage;
import io.labelmill.evaluate.read.truth.FirstNames;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The file {@code metrics.json}:
 *
 * <pre>{@code
 * {
 *   "schema": "labelmill-evaluation-1",
 *   "created_at": "2026-01-31T12:00:00Z",
 *   "contenders": [
 *     {
 *       "name": …, "predictions": …, "models": {name: rows}, "runs": {id: rows},
 *       "problem": "multi_class" | "multi_label", "labels": 4,
 *       "failed_images": "wrong" | "leave_out",
 *       "threshold_rule": "gt" | "ge", "thresholds": 0.5 or {"index": …} by label,
 *       "images": {count by what became of them},
 *       "listed": {the same: the first 20 paths or names},
 *       "truth": [lines on what the truth was taken for],
 *       "notes": [sentences],
 *       "metrics": {name: number or null},
 *       "undefined": {name of a null metric: reason},
 *       "averaged_over": {name of an average: number of labels},
 *       "fitted": {"on_images": …, "per_label_f1": {name: number}, "exact_match":
 *           {"threshold": …, "metrics": {…}}} or null,
 *       "azureml": {name: number, table or null}, "azureml_undefined": {name: reason}
 *     }
 *   ],
 *   "disagreements": {"images": …, "of": …} or null,
 *   "leakage": {"images": …, "listed": […]} or null
 * }
 * }</pre>
 *
 * The first contender is the one that the tables and curves beside the file are of.
 */
public final class MetricsJson {
  /** Which names there are. */
  public static final String SCHEMA = "labelmill-evaluation-1";

  private static final ObjectMapper JSON = new ObjectMapper();

  private MetricsJson() {}

  public static ObjectNode of(
      List<Evaluated> contenders,
      Optional<AzureMetrics.Configuration> configuration,
      Optional<Comparison> comparison,
      Optional<Leakage> leakage,
      Instant createdAt) {
    ObjectNode root = JSON.createObjectNode();
    root.put("schema", SCHEMA);
    root.put("created_at", createdAt.toString());
    contenders.forEach(
        contender -> root.withArray("contenders").add(contender(contender, configuration)));
    ObjectNode disagreements = JSON.createObjectNode();
    comparison.ifPresent(
        all -> disagreements.put("images", all.disagreements()).put("of", all.images()));
    root.set("disagreements", comparison.isPresent() ? disagreements : null);
    ObjectNode leaked = JSON.createObjectNode();
    leakage.ifPresent(
        all -> {
          leaked.put("images", all.images());
          leaked.put("unreadable", all.unreadable());
          leaked.set("listed", JSON.valueToTree(all.listed()));
        });
    root.set("leakage", leakage.isPresent() ? leaked : null);
    return root;
  }

  private static ObjectNode contender(
      Evaluated evaluated, Optional<AzureMetrics.Configuration> configuration) {
    Judgement judgement = evaluated.judgement();
    EvaluationState state = evaluated.state();
    ObjectNode node = JSON.createObjectNode();
    node.put("name", evaluated.name());
    node.put("predictions", evaluated.predictions());
    node.set("models", JSON.valueToTree(state.models));
    node.set("runs", JSON.valueToTree(state.runs));
    node.put("problem", word(judgement.problemType()));
    node.put("labels", evaluated.labels().size());
    node.put("failed_images", word(judgement.failed()));
    if (judgement.multiLabel()) {
      node.put("threshold_rule", word(judgement.rule()));
      node.set("thresholds", thresholds(judgement.thresholds()));
    }
    ObjectNode images = node.putObject("images");
    images.put("matched", state.matched);
    images.put("evaluated", state.evaluated());
    images.put("fully_scored", state.fullyScored);
    images.put("partly_scored", state.partlyScored);
    images.put("fitted_on", state.fitted);
    ObjectNode listed = node.putObject("listed");
    listed("predictions_only", state.predictionsOnly, images, listed);
    listed("truth_only", state.truthOnly, images, listed);
    listed("conflicting_truth", state.conflicts, images, listed);
    listed("duplicate_predictions", state.duplicatePredictions, images, listed);
    listed("duplicate_truth", state.duplicateTruth, images, listed);
    listed("unknown_labels", state.unknownLabels, images, listed);
    listed("without_exactly_one_label", state.notOneLabel, images, listed);
    listed("undecided_labels", state.undecided, images, listed);
    ObjectNode failed = images.putObject("failed");
    ObjectNode failedListed = listed.putObject("failed");
    state.failed.forEach((status, one) -> listed(status, one, failed, failedListed));
    node.set("truth", JSON.valueToTree(evaluated.understood()));
    node.set("notes", JSON.valueToTree(evaluated.notes()));
    putMetrics(node, evaluated.metrics());
    node.set(
        "fitted",
        evaluated.fitted().map(fitted -> (JsonNode) fitted(fitted)).orElse(JSON.nullNode()));
    AzureMetrics.put(node, evaluated, configuration);
    return node;
  }

  /** Metrics, the reasons of those that are not defined, and over how many labels averages are. */
  static void putMetrics(ObjectNode node, Metrics metrics) {
    put(node, "metrics", "undefined", metrics);
    ObjectNode over = node.putObject("averaged_over");
    metrics
        .asMap()
        .forEach(
            (name, metric) -> {
              if (metric instanceof Metric.Value value && value.classes() >= 0) {
                over.put(name, value.classes());
              }
            });
  }

  private static JsonNode thresholds(double[] thresholds) {
    for (double threshold : thresholds) {
      if (threshold != thresholds[0]) {
        return JSON.valueToTree(thresholds);
      }
    }
    return JSON.valueToTree(thresholds[0]);
  }

  private static ObjectNode fitted(FittedThresholds fitted) {
    ObjectNode node = JSON.createObjectNode();
    node.put("on_images", fitted.fittedOn());
    put(node, "per_label_f1", "per_label_f1_undefined", fitted.perLabelMetrics());
    if (fitted.global().isPresent()) {
      ObjectNode global = node.putObject("exact_match");
      global.put("threshold", fitted.global().getAsDouble());
      put(global, "metrics", "undefined", fitted.globalMetrics());
    } else {
      node.putNull("exact_match");
    }
    return node;
  }

  private static void listed(String name, FirstNames all, ObjectNode counts, ObjectNode names) {
    counts.put(name, all.count());
    if (all.count() > 0) {
      names.set(name, JSON.valueToTree(all.names()));
    }
  }

  private static void put(ObjectNode node, String name, String reasonsName, Metrics metrics) {
    ObjectNode values = node.putObject(name);
    ObjectNode reasons = node.putObject(reasonsName);
    metrics.asMap().forEach((of, metric) -> put(values, reasons, of, metric));
  }

  /** A number, or null and the reason. */
  static void put(ObjectNode values, ObjectNode reasons, String name, Metric metric) {
    values.put(name, metric.orNull());
    if (metric instanceof Metric.Undefined undefined) {
      reasons.put(name, undefined.reason());
    }
  }

  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /**
   * {@code thresholds.json}, in the form that {@code jobs/score --threshold} reads; further keys
   * are for people.
   */
  public static ObjectNode thresholds(Evaluated evaluated, FittedThresholds fitted) {
    boolean floats = evaluated.judgement().floats();
    ObjectNode root = JSON.createObjectNode();
    root.put("objective", "best F1 of each label");
    root.put("rule", word(fitted.rule()));
    root.put("fitted_on_images", fitted.fittedOn());
    if (fitted.global().isPresent()) {
      ObjectNode best = root.putObject("best_for_all_labels");
      best.put("objective", "most exact matches");
      put(best, fitted.global().getAsDouble(), floats);
    }
    ArrayNode list = root.putArray("thresholds");
    for (int i = 0; i < fitted.perLabel().length; i++) {
      ObjectNode one = list.addObject();
      one.put("index", i);
      one.put("label", evaluated.labels().name(i));
      put(one, fitted.perLabel()[i], floats);
      one.put("fitted", fitted.isFitted()[i]);
    }
    return root;
  }

  /** As many digits as tell the number from its neighbours. */
  private static void put(ObjectNode node, double threshold, boolean floats) {
    if (floats) {
      node.put("threshold", (float) threshold);
    } else {
      node.put("threshold", threshold);
    }
  }
}
