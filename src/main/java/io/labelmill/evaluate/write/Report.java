package io.labelmill.evaluate.write;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.evaluate.metric.LabelCounts;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.MulticlassCounts;
import io.labelmill.evaluate.pass.Evaluated;
import io.labelmill.evaluate.pass.EvaluationState;
import io.labelmill.evaluate.pass.Leakage;
import io.labelmill.evaluate.read.EvaluateOptions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;

/** What {@link ReportPage} shows of labels for whole images. */
public final class Report {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String TOP_5 = "top_5_accuracy";

  private static final List<String> MULTICLASS_FIGURES =
      List.of(
          "accuracy",
          TOP_5,
          "balanced_accuracy",
          "macro_f1_present",
          "macro_roc_auc_present",
          "macro_average_precision_present",
          "log_loss",
          "expected_calibration_error");

  private static final List<String> MULTILABEL_FIGURES =
      List.of(
          "micro_f1",
          "macro_f1_present",
          "macro_average_precision_present",
          "exact_match",
          "hamming_loss",
          "macro_roc_auc_present",
          "binary_cross_entropy",
          "expected_calibration_error");

  private final List<Evaluated> contenders;
  private final Evaluated first;
  private final Optional<Comparison> comparison;
  private final Optional<Leakage> leakage;
  private final ExampleCards cards;

  public Report(
      List<Evaluated> contenders,
      Optional<Comparison> comparison,
      Optional<Leakage> leakage,
      EvaluateOptions.Thumbnails pictures,
      Configuration configuration) {
    this.contenders = contenders;
    this.first = contenders.get(0);
    this.comparison = comparison;
    this.leakage = leakage;
    this.cards =
        new ExampleCards(
            first,
            pictures == EvaluateOptions.Thumbnails.SHOW
                ? Optional.of(new Thumbnails(configuration))
                : Optional.empty());
  }

  public String html(String truth, Instant createdAt) {
    return ReportPage.html(data(truth, createdAt));
  }

  private ObjectNode data(String truth, Instant createdAt) {
    boolean several = first.judgement().multiLabel();
    ObjectNode data = JSON.createObjectNode();
    data.put("title", first.name());
    data.put(
        "subtitle",
        String.format(
            Locale.ROOT,
            "%,d images, %,d labels, %s · predictions %s · truth %s · %s",
            first.state().evaluated(),
            first.labels().size(),
            several ? "several labels an image" : "one label an image",
            first.predictions(),
            truth,
            createdAt.truncatedTo(ChronoUnit.SECONDS)));
    data.put("multiLabel", several);
    ReportParts.putFigures(
        data,
        several ? MULTILABEL_FIGURES : multiClassFigures(),
        first.metrics(),
        first.labels().size());
    data.set("notes", JSON.valueToTree(first.notes()));
    ArrayNode alarms = data.putArray("alarms");
    leakage.flatMap(Leakage::warning).ifPresent(alarms::add);
    putComparison(data);
    putLabels(data);
    putConfusion(data);
    ScoreCharts charts = new ScoreCharts(first);
    charts.putCurves(data);
    charts.putScores(data);
    cards.putGalleries(data);
    data.set("metrics", metrics());
    data.set("images", images());
    return data;
  }

  /** A model of few labels has no top-5 accuracy, which is not worth a reason. */
  private List<String> multiClassFigures() {
    return MULTICLASS_FIGURES.stream()
        .filter(
            name ->
                !name.equals(TOP_5) || first.metrics().asMap().get(name) instanceof Metric.Value)
        .toList();
  }

  private void putComparison(ObjectNode data) {
    contenders.forEach(one -> ReportParts.putContender(data, one.name(), one.predictions()));
    ReportParts.putComparison(
        data, contenders.stream().map(Evaluated::metrics).toList(), UnaryOperator.identity());
    if (comparison.isEmpty()) {
      data.putNull("disagreements");
      return;
    }
    ObjectNode disagreements = data.putObject("disagreements");
    disagreements.put("images", comparison.get().disagreements());
    disagreements.put("of", comparison.get().images());
    ArrayNode shown = disagreements.putArray("shown");
    for (Row row : comparison.get().rows().limit(24).collectAsList()) {
      ObjectNode card = cards.card(shown, row.getString(0), row.getList(1));
      for (int i = 0; i < contenders.size(); i++) {
        int column = 2 + 3 * i;
        ExampleCards.prediction(
            card, "model " + (i + 1), row.isNullAt(column) ? List.of() : row.getList(column));
      }
    }
  }

  private void putLabels(ObjectNode data) {
    ArrayNode names = data.putArray("labels");
    first.labels().names().forEach(names::add);
    ArrayNode columns = data.putArray("labelColumns");
    columns.addObject().put("title", "Label").put("text", true);
    List<String> shown = new ArrayList<>();
    boolean several = first.judgement().multiLabel();
    String[][] titles = {
      {"index", "Index"},
      {"support", "Support"},
      {"precision", "Precision"},
      {"recall", "Recall"},
      {"f1", "F1"},
      {"jaccard", "IoU"},
      {"roc_auc", "ROC AUC"},
      {"average_precision", "AP"},
      {"brier_score", "Brier"},
      {"threshold", "Threshold"},
      {"fitted_threshold", "Fitted"},
    };
    for (String[] each : titles) {
      if (several || !each[0].endsWith("threshold")) {
        shown.add(each[0]);
        columns.addObject().put("title", each[1]);
      }
    }
    ArrayNode rows = data.putArray("labelRows");
    for (Row row : PerLabelTable.rows(first)) {
      ArrayNode values = rows.addArray();
      values.add(row.getString(1));
      for (String column : shown) {
        values.addPOJO(row.get(PerLabelTable.SCHEMA.fieldIndex(column)));
      }
    }
  }

  private void putConfusion(ObjectNode data) {
    LabelCounts counts = first.state().counts.labelCounts();
    if (!(first.state().counts instanceof MulticlassCounts ofClasses)) {
      ObjectNode node = data.putObject("confusion");
      node.put(
          "explanation", "How often each label was assigned and true, at the threshold in use.");
      ArrayNode labels = node.putArray("labels");
      for (int i = 0; i < counts.labels(); i++) {
        labels
            .addArray()
            .add(first.labels().name(i))
            .add(counts.truePositives(i))
            .add(counts.falsePositives(i))
            .add(counts.falseNegatives(i))
            .add(counts.trueNegatives(i));
      }
      return;
    }
    List<long[]> cells = new ArrayList<>();
    ofClasses
        .confusion()
        .forEach((truth, predicted, count) -> cells.add(new long[] {truth, predicted, count}));
    ReportParts.putConfusion(
        data,
        "Rows are the truth, columns what it was taken for; colour is the share of the row.",
        cells,
        first.labels().size(),
        counts::support);
  }

  private ArrayNode metrics() {
    ArrayNode rows = JSON.createArrayNode();
    int labels = first.labels().size();
    ReportParts.addMetrics(rows, "", first.metrics(), labels);
    first
        .fitted()
        .ifPresent(
            fitted -> {
              ReportParts.addMetrics(
                  rows, " (best threshold of each label)", fitted.perLabelMetrics(), labels);
              if (fitted.global().isPresent()) {
                ReportParts.addMetrics(
                    rows,
                    " (threshold " + ExampleCards.text(fitted.global().getAsDouble()) + " for all)",
                    fitted.globalMetrics(),
                    labels);
              }
            });
    return rows;
  }

  private ArrayNode images() {
    EvaluationState state = first.state();
    ArrayNode rows = JSON.createArrayNode();
    rows.addArray().add("counted in the metrics").add(state.evaluated()).add("");
    if (state.fitted > 0) {
      rows.addArray().add("thresholds were fitted on them").add(state.fitted).add("");
    }
    state.failed.forEach(
        (status, listed) -> ReportParts.addImages(rows, "failed: " + status, listed));
    ReportParts.addImages(rows, "in the predictions only", state.predictionsOnly);
    ReportParts.addImages(rows, "in the truth only", state.truthOnly);
    ReportParts.addImages(rows, "truth contradicts itself", state.conflicts);
    ReportParts.addImages(
        rows, "more than one current prediction; the first counts", state.duplicatePredictions);
    ReportParts.addImages(rows, "more than once in the truth; counted once", state.duplicateTruth);
    ReportParts.addImages(rows, "without exactly one known label", state.notOneLabel);
    ReportParts.addImages(rows, "labels not decided by the scores listed", state.undecided);
    ReportParts.addImages(rows, "true labels that the model does not have", state.unknownLabels);
    return rows;
  }
}
