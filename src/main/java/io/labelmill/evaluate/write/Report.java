package io.labelmill.evaluate.write;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.evaluate.metric.Calibration;
import io.labelmill.evaluate.metric.CurvePoint;
import io.labelmill.evaluate.metric.LabelCounts;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.MetricNames;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.metric.MulticlassCounts;
import io.labelmill.evaluate.metric.RankMetrics;
import io.labelmill.evaluate.metric.ThresholdSweep;
import io.labelmill.evaluate.pass.Contender;
import io.labelmill.evaluate.pass.Evaluated;
import io.labelmill.evaluate.pass.EvaluationState;
import io.labelmill.evaluate.pass.GalleryImages;
import io.labelmill.evaluate.pass.ImageVerdict;
import io.labelmill.evaluate.pass.Leakage;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import io.labelmill.evaluate.read.truth.Listed;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;

/** What {@link ReportPage} shows of labels for whole images. */
public final class Report {
  private static final int HISTOGRAM_BINS = 20;
  private static final int HISTOGRAMS = 100;
  private static final int SHOWN_CELLS = 300_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Map<String, String> MULTICLASS_FIGURES =
      ordered(
          "accuracy", "accuracy",
          "top_5_accuracy", "top-5 accuracy",
          "balanced_accuracy", "balanced accuracy",
          "macro_f1_present", "macro F1",
          "macro_roc_auc_present", "macro ROC AUC",
          "macro_average_precision_present", "macro average precision",
          "log_loss", "log loss",
          "expected_calibration_error", "calibration error");

  private static final Map<String, String> MULTILABEL_FIGURES =
      ordered(
          "micro_f1", "micro F1",
          "macro_f1_present", "macro F1",
          "macro_average_precision_present", "mAP (macro)",
          "exact_match", "exact match",
          "hamming_loss", "Hamming loss",
          "macro_roc_auc_present", "macro ROC AUC",
          "binary_cross_entropy", "binary cross-entropy",
          "expected_calibration_error", "calibration error");

  private final List<Evaluated> contenders;
  private final Evaluated first;
  private final Optional<Comparison> comparison;
  private final Optional<Leakage> leakage;
  private final Optional<Thumbnails> thumbnails;

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
    this.thumbnails =
        pictures == EvaluateOptions.Thumbnails.SHOW
            ? Optional.of(new Thumbnails(configuration))
            : Optional.empty();
  }

  private static Map<String, String> ordered(String... pairs) {
    Map<String, String> map = new java.util.LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(pairs[i], pairs[i + 1]);
    }
    return map;
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
    data.set("figures", figures());
    data.set("notes", JSON.valueToTree(first.notes()));
    ArrayNode alarms = data.putArray("alarms");
    leakage.flatMap(Leakage::warning).ifPresent(alarms::add);
    putComparison(data);
    putLabels(data);
    data.set("confusion", confusion());
    putCurves(data);
    putScores(data);
    putGalleries(data);
    data.set("metrics", metrics());
    data.set("images", images());
    return data;
  }

  private ArrayNode figures() {
    ArrayNode figures = JSON.createArrayNode();
    Map<String, String> shown =
        first.judgement().multiLabel() ? MULTILABEL_FIGURES : MULTICLASS_FIGURES;
    shown.forEach(
        (name, title) -> {
          Metric metric = first.metrics().asMap().get(name);
          if (metric instanceof Metric.Value value) {
            ObjectNode figure = figures.addObject().put("name", title).put("value", value.number());
            if (value.classes() >= 0 && value.classes() < first.labels().size()) {
              figure.put("note", "over " + value.classes() + " labels");
            }
          } else if (metric instanceof Metric.Undefined undefined
              && !name.equals("top_5_accuracy")) {
            figures
                .addObject()
                .put("name", title)
                .putNull("value")
                .put("reason", undefined.reason())
                .put("note", "not defined");
          }
        });
    return figures;
  }

  private void putComparison(ObjectNode data) {
    ArrayNode names = data.putArray("contenders");
    contenders.forEach(
        one -> names.addObject().put("name", one.name()).put("predictions", one.predictions()));
    ArrayNode rows = data.putArray("comparison");
    if (contenders.size() > 1) {
      first
          .metrics()
          .asMap()
          .keySet()
          .forEach(
              name -> {
                ObjectNode row = rows.addObject().put("name", name);
                row.put("better", MetricNames.isLessBetter(name) ? -1 : 1);
                ArrayNode values = row.putArray("values");
                contenders.forEach(one -> add(values, one.metrics().asMap().get(name)));
              });
    }
    if (comparison.isEmpty()) {
      data.putNull("disagreements");
      return;
    }
    ObjectNode disagreements = data.putObject("disagreements");
    disagreements.put("images", comparison.get().disagreements());
    disagreements.put("of", comparison.get().images());
    ArrayNode shown = disagreements.putArray("shown");
    for (Row row : comparison.get().rows().limit(24).collectAsList()) {
      ObjectNode card = card(shown, row.getString(0), row.getList(1));
      for (int i = 0; i < contenders.size(); i++) {
        int column = 2 + 3 * i;
        prediction(
            card, "model " + (i + 1), row.isNullAt(column) ? List.of() : row.getList(column));
      }
    }
  }

  private static void add(ArrayNode values, Metric metric) {
    if (metric != null && metric.optional().isPresent()) {
      values.add(metric.optional().getAsDouble());
    } else {
      values.addNull();
    }
  }

  private void putLabels(ObjectNode data) {
    ArrayNode names = data.putArray("labels");
    first.labels().names().forEach(names::add);
    ArrayNode columns = data.putArray("labelColumns");
    columns.addObject().put("title", "Label").put("text", true);
    List<String> shown = new ArrayList<>();
    Map<String, String> titles =
        ordered(
            "index", "Index",
            "support", "Support",
            "precision", "Precision",
            "recall", "Recall",
            "f1", "F1",
            "jaccard", "IoU",
            "roc_auc", "ROC AUC",
            "average_precision", "AP",
            "brier_score", "Brier",
            "threshold", "Threshold",
            "fitted_threshold", "Fitted");
    boolean several = first.judgement().multiLabel();
    titles.forEach(
        (column, title) -> {
          if (several || !column.endsWith("threshold")) {
            shown.add(column);
            columns.addObject().put("title", title);
          }
        });
    ArrayNode rows = data.putArray("labelRows");
    for (Row row : LabelTable.rows(first)) {
      ArrayNode values = rows.addArray();
      values.add(row.getString(1));
      for (String column : shown) {
        values.addPOJO(row.get(LabelTable.SCHEMA.fieldIndex(column)));
      }
    }
  }

  private ObjectNode confusion() {
    ObjectNode node = JSON.createObjectNode();
    LabelCounts counts = first.state().counts.labelCounts();
    if (!(first.state().counts instanceof MulticlassCounts ofClasses)) {
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
      return node;
    }
    int classes = first.labels().size();
    List<long[]> cells = new ArrayList<>();
    ofClasses
        .confusion()
        .forEach((truth, predicted, count) -> cells.add(new long[] {truth, predicted, count}));
    boolean cut = cells.size() > SHOWN_CELLS;
    if (cut) {
      cells.sort(Comparator.comparingLong((long[] cell) -> cell[2]).reversed());
    }
    node.put(
        "explanation",
        "Rows are the truth, columns what it was taken for; colour is the share of the row."
            + (cut ? " The rarest cells are left out here; confusion.parquet has all." : ""));
    node.put("classes", classes);
    ArrayNode all = node.putArray("cells");
    cells.stream()
        .limit(SHOWN_CELLS)
        .forEach(cell -> all.addArray().add(cell[0]).add(cell[1]).add(cell[2]));
    ArrayNode support = node.putArray("support");
    IntStream.range(0, classes).forEach(i -> support.add(counts.support(i)));
    return node;
  }

  private void putCurves(ObjectNode data) {
    ArrayNode curves = data.putArray("curves");
    if (first.ranks().isEmpty()) {
      data.put(
          "curvesNote",
          first.metrics().get("micro_roc_auc") instanceof Metric.Undefined undefined
              ? "There are no curves: " + undefined.reason() + "."
              : "");
      return;
    }
    RankMetrics ranks = first.ranks().get();
    int labels = first.labels().size();
    LabelCounts counts = first.state().counts.labelCounts();
    List<Integer> columns = new ArrayList<>(List.of(labels));
    IntStream.range(0, labels)
        .boxed()
        .sorted(Comparator.comparingLong((Integer i) -> counts.support(i)).reversed())
        .limit(Contender.CURVES)
        .forEach(columns::add);
    for (int column : columns) {
      long positives = ranks.positives(column);
      long negatives = ranks.negatives(column);
      if (positives == 0 || negatives == 0) {
        continue;
      }
      ObjectNode curve = curves.addObject();
      curve.put("label", column == labels ? "all labels (micro)" : first.labels().name(column));
      number(curve, "pr_area", ranks.averagePrecision(column));
      number(curve, "roc_area", ranks.rocAuc(column));
      ArrayNode precisionRecall = curve.putArray("pr");
      ArrayNode roc = curve.putArray("roc");
      roc.addArray().add(0).add(0);
      for (CurvePoint point : ranks.curve(column)) {
        double tp = point.truePositives();
        double found = tp + point.falsePositives();
        precisionRecall.addArray().add(rounded(tp / positives)).add(rounded(tp / found));
        roc.addArray()
            .add(rounded(point.falsePositives() / (double) negatives))
            .add(rounded(tp / positives));
      }
    }
    data.put(
        "curvesNote",
        labels > Contender.CURVES
            ? "Curves of all labels together and of the "
                + Contender.CURVES
                + " most frequent ones."
            : "");
  }

  private void putScores(ObjectNode data) {
    boolean several = first.judgement().multiLabel();
    EvaluationState state = first.state();
    data.putNull("calibration");
    data.putNull("sweep");
    ArrayNode histograms = data.putArray("histograms");
    ArrayNode histogramNames = data.putArray("histogramNames");
    histogramNames.add(several ? "label is true" : "prediction is right");
    histogramNames.add(several ? "label is not" : "prediction is wrong");
    ThresholdSweep sweep = state.sweep;
    if (!first.judgement().probabilities() || sweep.positives(0) + sweep.negatives(0) == 0) {
      return;
    }
    if (state.partlyScored == 0) {
      ArrayNode bins = data.putArray("calibration");
      for (Calibration.Bin bin : state.scores.calibration().bins()) {
        ObjectNode one = bins.addObject().put("count", bin.count());
        if (bin.count() > 0) {
          one.put("accuracy", bin.accuracy()).put("confidence", bin.confidence());
        }
      }
    }
    data.set("sweep", several ? multiLabelSweep(sweep) : multiClassSweep(sweep));
    boolean apart = several && sweep.labels() == first.labels().size();
    for (int i = 0; i < Math.min(HISTOGRAMS, sweep.labels()); i++) {
      ObjectNode histogram = histograms.addObject();
      histogram.put(
          "label", apart ? first.labels().name(i) : several ? "all labels" : "best label");
      histogram.set("positive", JSON.valueToTree(sweep.histogram(i, true, HISTOGRAM_BINS)));
      histogram.set("negative", JSON.valueToTree(sweep.histogram(i, false, HISTOGRAM_BINS)));
    }
  }

  private ObjectNode multiLabelSweep(ThresholdSweep sweep) {
    ObjectNode node = node("Threshold sweep", sweep);
    node.put("explanation", "One threshold for every label.");
    ArrayNode series = node.putArray("series");
    ArrayNode micro = series(series, "micro F1");
    ArrayNode macro = sweep.labels() == first.labels().size() ? series(series, "macro F1") : null;
    ArrayNode precision = series(series, "micro precision");
    ArrayNode recall = series(series, "micro recall");
    ArrayNode exact = series(series, "exact match");
    List<Metric> matches = sweep.exactMatch();
    for (int i = 0; i < ThresholdSweep.STEPS; i++) {
      LabelCounts counts = sweep.labelCounts(i);
      add(micro, counts.micro(LabelCounts.Kind.F1));
      if (macro != null) {
        add(macro, counts.macro(LabelCounts.Kind.F1));
      }
      // A threshold that assigns nothing has no precision to draw.
      boolean assigns = counts.micro(LabelCounts.Kind.RECALL).optional().orElse(0) > 0;
      add(precision, assigns ? counts.micro(LabelCounts.Kind.PRECISION) : null);
      add(recall, counts.micro(LabelCounts.Kind.RECALL));
      add(exact, matches.get(i));
    }
    return node;
  }

  private static ObjectNode multiClassSweep(ThresholdSweep sweep) {
    ObjectNode node = node("Accuracy above a threshold", sweep);
    node.put(
        "explanation", "When only images are answered whose best score lies above the threshold.");
    ArrayNode series = node.putArray("series");
    ArrayNode accuracy = series(series, "accuracy of those answered");
    ArrayNode answered = series(series, "share answered");
    double total = sweep.positives(0) + sweep.negatives(0);
    for (ThresholdSweep.Assigned assigned : sweep.assigned(0)) {
      double n = assigned.truePositives() + assigned.falsePositives();
      add(accuracy, Metric.ratio((double) assigned.truePositives(), n, "none is answered"));
      answered.add(n / total);
    }
    return node;
  }

  private static ObjectNode node(String title, ThresholdSweep sweep) {
    ObjectNode node = JSON.createObjectNode().put("title", title);
    ArrayNode thresholds = node.putArray("thresholds");
    for (int i = 0; i < ThresholdSweep.STEPS; i++) {
      thresholds.add(sweep.threshold(i));
    }
    return node;
  }

  private static ArrayNode series(ArrayNode all, String name) {
    return all.addObject().put("name", name).putArray("values");
  }

  /** Which label of several a picture is shown for. */
  private enum Doubt {
    /** The one most wrong. */
    FARTHEST,
    /** The one closest to its threshold. */
    CLOSEST
  }

  private void putGalleries(ObjectNode data) {
    ArrayNode galleries = data.putArray("galleries");
    ObjectNode worst = galleries.addObject().put("title", "Worst mistakes");
    worst.put(
        "explanation",
        first.judgement().multiLabel()
            ? "Wrong images by their loss over all labels."
            : "Wrong images, the surest first.");
    images(worst.putArray("images"), first.state().worst.entries(), Doubt.FARTHEST);
    ObjectNode uncertain = galleries.addObject().put("title", "Least certain");
    uncertain.put(
        "explanation",
        first.judgement().multiLabel()
            ? "A label's score lies closest to its threshold."
            : "The two best scores lie closest together.");
    images(uncertain.putArray("images"), first.state().leastCertain.entries(), Doubt.CLOSEST);
  }

  private void images(ArrayNode cards, List<GalleryImages.Entry> entries, Doubt doubt) {
    LabelUniverse labels = first.labels();
    for (GalleryImages.Entry entry : entries) {
      ImageVerdict verdict = entry.verdict();
      ObjectNode card =
          card(cards, entry.path(), IntStream.of(entry.truth()).mapToObj(labels::name).toList());
      prediction(
          card, "predicted", IntStream.of(verdict.predicted()).mapToObj(labels::name).toList());
      ArrayNode facts = card.withArray("facts");
      if (first.judgement().multiLabel()) {
        if (doubt == Doubt.FARTHEST && verdict.doubtfulLabel() >= 0) {
          fact(
              facts,
              "farthest",
              labels.name(verdict.doubtfulLabel()) + " at " + text(verdict.score()));
        } else if (doubt == Doubt.CLOSEST && verdict.closestLabel() >= 0) {
          fact(
              facts,
              "closest",
              labels.name(verdict.closestLabel()) + " at " + text(verdict.closestScore()));
        }
        fact(facts, "loss", text(verdict.loss()));
      } else {
        fact(facts, "score", text(verdict.score()));
        if (!verdict.correct()) {
          fact(facts, "of truth", text(verdict.truthScore()));
        }
      }
    }
  }

  private ObjectNode card(ArrayNode cards, String path, List<String> truth) {
    ObjectNode card = cards.addObject();
    card.put("path", path);
    card.put("name", path.substring(path.lastIndexOf('/') + 1));
    card.set("truth", JSON.valueToTree(truth));
    card.putArray("predictions");
    card.putArray("facts");
    Thumbnails.Thumbnail thumbnail =
        thumbnails
            .map(all -> all.of(path))
            .orElseGet(() -> new Thumbnails.Thumbnail(null, "no pictures asked for"));
    card.put("thumbnail", thumbnail.uri());
    card.put("problem", thumbnail.problem());
    return card;
  }

  private static void prediction(ObjectNode card, String by, List<String> labels) {
    card.withArray("predictions").addObject().put("by", by).set("labels", JSON.valueToTree(labels));
  }

  private static void fact(ArrayNode facts, String name, String text) {
    facts.addArray().add(name).add(text);
  }

  private static String text(double value) {
    return Double.isNaN(value) ? "not known" : String.format(Locale.ROOT, "%.4f", value);
  }

  private ArrayNode metrics() {
    ArrayNode rows = JSON.createArrayNode();
    addMetrics(rows, "", first.metrics());
    first
        .fitted()
        .ifPresent(
            fitted -> {
              addMetrics(rows, " (best threshold of each label)", fitted.perLabelMetrics());
              if (fitted.global().isPresent()) {
                addMetrics(
                    rows,
                    " (threshold " + text(fitted.global().getAsDouble()) + " for all)",
                    fitted.globalMetrics());
              }
            });
    return rows;
  }

  private void addMetrics(ArrayNode rows, String suffix, Metrics metrics) {
    metrics
        .asMap()
        .forEach(
            (name, metric) -> {
              ArrayNode row = rows.addArray().add(name + suffix);
              add(row, metric);
              if (metric instanceof Metric.Undefined undefined) {
                row.add(undefined.reason());
              } else if (metric instanceof Metric.Value value && value.classes() >= 0) {
                row.add("over " + value.classes() + " of " + first.labels().size() + " labels");
              } else {
                row.add("");
              }
            });
  }

  private ArrayNode images() {
    EvaluationState state = first.state();
    ArrayNode rows = JSON.createArrayNode();
    rows.addArray().add("counted in the metrics").add(state.evaluated()).add("");
    if (state.fitted > 0) {
      rows.addArray().add("thresholds were fitted on them").add(state.fitted).add("");
    }
    state.failed.forEach((status, listed) -> image(rows, "failed: " + status, listed));
    image(rows, "in the predictions only", state.predictionsOnly);
    image(rows, "in the truth only", state.truthOnly);
    image(rows, "truth contradicts itself", state.conflicts);
    image(rows, "more than one current prediction; the first counts", state.duplicatePredictions);
    image(rows, "more than once in the truth; counted once", state.duplicateTruth);
    image(rows, "without exactly one known label", state.notOneLabel);
    image(rows, "labels not decided by the scores listed", state.undecided);
    image(rows, "true labels that the model does not have", state.unknownLabels);
    return rows;
  }

  private static void image(ArrayNode rows, String what, Listed listed) {
    if (listed.count() > 0) {
      rows.addArray().add(what).add(listed.count()).add(listed.sentence());
    }
  }

  private static void number(ObjectNode node, String name, Metric metric) {
    if (metric.optional().isPresent()) {
      node.put(name, metric.optional().getAsDouble());
    } else {
      node.putNull(name);
    }
  }

  /** Four digits are more than a chart shows. */
  private static double rounded(double value) {
    return Math.round(value * 1e4) / 1e4;
  }
}
