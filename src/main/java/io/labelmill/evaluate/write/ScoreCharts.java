package io.labelmill.evaluate.write;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.evaluate.metric.Calibration;
import io.labelmill.evaluate.metric.CurvePoint;
import io.labelmill.evaluate.metric.LabelCounts;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.RankMetrics;
import io.labelmill.evaluate.metric.ThresholdSweep;
import io.labelmill.evaluate.pass.Evaluated;
import io.labelmill.evaluate.pass.EvaluationState;
import io.labelmill.evaluate.pass.RankPasses;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** What the report draws of scores: curves, calibration, sweeps of thresholds, histograms. */
record ScoreCharts(Evaluated first) {
  private static final int HISTOGRAM_BINS = 20;
  private static final int HISTOGRAMS = 100;
  private static final ObjectMapper JSON = new ObjectMapper();

  void putCurves(ObjectNode data) {
    ArrayNode curves = data.putArray("curves");
    if (first.ranks().isEmpty()) {
      data.put(
          "curvesNote",
          first.metrics().get(MetricName.MICRO_ROC_AUC) instanceof Metric.Undefined undefined
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
        .limit(RankPasses.CURVES)
        .forEach(columns::add);
    for (int column : columns) {
      long positives = ranks.positives(column);
      long negatives = ranks.negatives(column);
      if (positives == 0 || negatives == 0) {
        continue;
      }
      ObjectNode curve = curves.addObject();
      curve.put("label", column == labels ? "all labels (micro)" : first.labels().name(column));
      curve.put("pr_area", ranks.averagePrecision(column).orNull());
      curve.put("roc_area", ranks.rocAuc(column).orNull());
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
        labels > RankPasses.CURVES
            ? "Curves of all labels together and of the %s most frequent ones."
                .formatted(RankPasses.CURVES)
            : "");
  }

  void putScores(ObjectNode data) {
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
      micro.add(counts.micro(LabelCounts.Kind.F1).orNull());
      if (macro != null) {
        macro.add(counts.macro(LabelCounts.Kind.F1).orNull());
      }
      // A threshold that assigns nothing has no precision to draw.
      boolean assigns = counts.micro(LabelCounts.Kind.RECALL).optional().orElse(0) > 0;
      precision.add(assigns ? counts.micro(LabelCounts.Kind.PRECISION).orNull() : null);
      recall.add(counts.micro(LabelCounts.Kind.RECALL).orNull());
      exact.add(matches.get(i).orNull());
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
      accuracy.add(Metric.ratio((double) assigned.truePositives(), n, "none is answered").orNull());
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

  /** Four digits are more than a chart shows. */
  private static double rounded(double value) {
    return Math.round(value * 1e4) / 1e4;
  }
}
