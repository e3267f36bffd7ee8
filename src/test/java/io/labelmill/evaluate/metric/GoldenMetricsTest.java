package io.labelmill.evaluate.metric;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.evaluate.GoldenExpectations;
import io.labelmill.evaluate.GoldenTable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every golden table, its rows spread over several states that are merged. */
class GoldenMetricsTest {
  private static final int PARTS = 7;

  /** What scikit-learn has no function for; those of pixels are in {@link PixelCountsTest}. */
  private static final Set<MetricName> WITHOUT =
      EnumSet.of(
          MetricName.BALANCED_ACCURACY_PRESENT_OR_PREDICTED,
          MetricName.WEIGHTED_ACCURACY,
          MetricName.MACRO_PRECISION_PRESENT,
          MetricName.MACRO_RECALL_PRESENT,
          MetricName.MACRO_F1_PRESENT,
          MetricName.MACRO_JACCARD_PRESENT,
          MetricName.WEIGHTED_ROC_AUC_PRESENT,
          MetricName.MIOU,
          MetricName.MACC,
          MetricName.AACC);

  static List<GoldenTable> multiclass() {
    return GoldenTable.all().stream().filter(table -> !table.multilabel()).toList();
  }

  static List<GoldenTable> multilabel() {
    return GoldenTable.all().stream().filter(GoldenTable::multilabel).toList();
  }

  @Test
  void everyMetricIsHeldAgainstScikitLearn() {
    Set<MetricName> held = EnumSet.copyOf(GoldenExpectations.compared());
    assertThat(held).doesNotContainAnyElementsOf(WITHOUT);
    held.addAll(WITHOUT);
    assertThat(MetricName.values()).isSubsetOf(held);
  }

  @Test
  void thereAreTenTables() {
    assertThat(multiclass()).hasSize(6);
    assertThat(multilabel()).hasSize(4);
  }

  @ParameterizedTest
  @MethodSource
  void multiclass(GoldenTable table) {
    MulticlassCounts counts = new MulticlassCounts(table.labels());
    MulticlassScores scores = new MulticlassScores(table.labels());
    TruthRanks ranks = new TruthRanks(table.labels());
    for (int part = 0; part < PARTS; part++) {
      MulticlassCounts partCounts = new MulticlassCounts(table.labels());
      MulticlassScores partScores = new MulticlassScores(table.labels());
      TruthRanks partRanks = new TruthRanks(table.labels());
      for (int i = part; i < table.scores().size(); i += PARTS) {
        int truth = table.truth().get(i)[0];
        double[] row = table.scores().get(i);
        partCounts.add(new int[] {truth}, new int[] {GoldenTable.best(row)});
        partScores.add(new int[] {truth}, row);
        partRanks.add(truth, row);
      }
      counts.sum(partCounts);
      scores.sum(partScores);
      ranks.sum(partRanks);
    }
    Metrics metrics = counts.metrics().putAll(scores.metrics());
    for (int k = 1; k <= table.labels(); k++) {
      metrics.putTopAccuracy(k, ranks.topAccuracy(k));
    }
    RankMetrics ranking = ranking(table, 1, 1);
    metrics.putAll(ranking.metrics()).putAll(ranking.pairMetrics());

    GoldenExpectations golden = new GoldenExpectations(table, table.metrics());
    golden.checkMulticlass(metrics);
    golden.checkLabels(counts.labelCounts());
    golden.checkConfusion(counts.confusion());
    golden.checkScores(scores);
    golden.checkRanks(ranking);
    golden.assertAllRead();
  }

  @ParameterizedTest
  @MethodSource
  void multilabel(GoldenTable table) {
    MultilabelScores scores = new MultilabelScores(table.labels());
    for (int part = 0; part < PARTS; part++) {
      MultilabelScores partScores = new MultilabelScores(table.labels());
      for (int i = part; i < table.scores().size(); i += PARTS) {
        partScores.add(table.truth().get(i), table.scores().get(i));
      }
      scores.sum(partScores);
    }
    RankMetrics ranking = ranking(table, 1, 1);
    GoldenExpectations golden = new GoldenExpectations(table, table.metrics());
    golden.checkMultilabel(scores.metrics().putAll(ranking.metrics()));
    golden.checkScores(scores);
    golden.checkRanks(ranking);
    golden.assertAllRead("at_threshold");
    for (JsonNode at : table.metrics().get("at_threshold")) {
      JsonNode threshold = at.get("threshold");
      MultilabelCounts counts = new MultilabelCounts(table.labels());
      for (int part = 0; part < PARTS; part++) {
        MultilabelCounts partCounts = new MultilabelCounts(table.labels());
        for (int i = part; i < table.scores().size(); i += PARTS) {
          double[] row = table.scores().get(i);
          int[] assigned =
              IntStream.range(0, row.length)
                  .filter(
                      j ->
                          ThresholdRule.GE.assigns(
                              row[j],
                              threshold.isArray()
                                  ? threshold.get(j).asDouble()
                                  : threshold.asDouble()))
                  .toArray();
          partCounts.add(table.truth().get(i), assigned);
        }
        counts.sum(partCounts);
      }
      GoldenExpectations here = new GoldenExpectations(table, at);
      here.checkThreshold(counts.metrics());
      here.checkLabels(counts.labelCounts());
      here.assertAllRead("threshold", "rule");
    }
  }

  /** How rows are spread and scores are cut into ranges changes no bit of a metric's value. */
  @Test
  void rangesAndPartsDoNotShow() {
    for (GoldenTable table : GoldenTable.all()) {
      Metrics one = ranking(table, 1, 1).metrics();
      for (int ranges : new int[] {2, 5, 1000}) {
        assertThat(ranking(table, 3, ranges).metrics().asMap()).isEqualTo(one.asMap());
        assertThat(ranking(table, 3, ranges).curve(0)).isEqualTo(ranking(table, 1, 1).curve(0));
      }
    }
  }

  static RankMetrics ranking(GoldenTable table, int parts, int ranges) {
    RankLayout layout =
        new RankLayout(
            table.labels(), !table.multilabel(), table.multilabel(), false, ThresholdRule.GE);
    ScoreSample sample = new ScoreSample();
    List<RankEntries> entries = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      entries.add(new RankEntries(layout, 16));
      ScoreSample partSample = new ScoreSample();
      for (int i = part; i < table.scores().size(); i += parts) {
        partSample.add(table.scores().get(i));
        if (table.multilabel()) {
          entries.get(part).addMultiLabel(table.truth().get(i), table.scores().get(i));
        } else {
          entries.get(part).addSingleLabel(table.truth().get(i)[0], table.scores().get(i));
        }
      }
      sample.sum(partSample);
    }
    double[] bounds = sample.bounds(ranges);
    assertThat(bounds.length).isLessThan(ranges);
    if (table.name().equals("multiclass-10") && ranges < 10) {
      assertThat(bounds.length).isEqualTo(ranges - 1);
    }
    List<List<byte[]>> blocks = new ArrayList<>();
    for (int i = 0; i <= bounds.length; i++) {
      blocks.add(new ArrayList<>());
    }
    for (RankEntries part : entries) {
      byte[][] cut = part.blocks(bounds);
      for (int i = 0; i < cut.length; i++) {
        if (cut[i] != null) {
          blocks.get(i).add(cut[i]);
        }
      }
    }
    List<RankOffsets.RangeCounts> counts = new ArrayList<>();
    for (int i = 0; i < blocks.size(); i++) {
      counts.add(RankOffsets.count(layout, i, blocks.get(i)));
    }
    RankOffsets offsets = new RankOffsets(layout, blocks.size(), counts);
    BitSet curves = new BitSet();
    curves.set(0, layout.labels() + 1);
    RankPart part = new RankPart(layout);
    for (int i = blocks.size() - 1; i >= 0; i--) {
      part.sum(RankPart.sweep(offsets, i, blocks.get(i), curves));
    }
    return new RankMetrics(offsets, part);
  }
}
