package io.labelmill.evaluate.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.ProblemType;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MetricNameTest {
  /** Those that are right beat those that are wrong in each metric, so a new loss is found here. */
  @Test
  void ofLossesLessIsBetter() {
    assertDirections(classes(0.9), classes(0.2));
    assertDirections(labels(0.9), labels(0.2));
  }

  private static void assertDirections(Metrics right, Metrics wrong) {
    right
        .asMap()
        .forEach(
            (name, metric) -> {
              if (metric instanceof Metric.Value good
                  && wrong.get(name) instanceof Metric.Value bad
                  && good.number() != bad.number()) {
                assertThat(MetricName.of(name).isLessBetter())
                    .as("%s is %s where all is right, %s else", name, good, bad)
                    .isEqualTo(good.number() < bad.number());
              }
            });
  }

  private static Metrics classes(double ofTruth) {
    MulticlassCounts counts = new MulticlassCounts(2);
    MulticlassScores scores = new MulticlassScores(2);
    for (int truth : new int[] {0, 1, 1}) {
      double[] row = {1 - ofTruth, 1 - ofTruth};
      row[truth] = ofTruth;
      counts.add(new int[] {truth}, new int[] {ofTruth > 0.5 ? truth : 1 - truth});
      scores.add(new int[] {truth}, row);
    }
    return counts.metrics().putAll(scores.metrics());
  }

  private static Metrics labels(double ofTruth) {
    MultilabelCounts counts = new MultilabelCounts(3);
    MultilabelScores scores = new MultilabelScores(3);
    for (int[] truth : new int[][] {{0}, {1, 2}, {2}}) {
      double[] row = {1 - ofTruth, 1 - ofTruth, 1 - ofTruth};
      for (int label : truth) {
        row[label] = ofTruth;
      }
      counts.add(truth, ofTruth > 0.5 ? truth : new int[0]);
      scores.add(truth, row);
    }
    return counts.metrics().putAll(scores.metrics());
  }

  /** Reports and limits look each name up: one that is not in the table would be more or less. */
  @Test
  void eachMetricIsInTheTableOnce() {
    Set<MetricName> found = EnumSet.noneOf(MetricName.class);
    Stream.of(
            Metrics.names(ProblemType.MULTI_CLASS, List.of(1, 5, 20)),
            Metrics.names(ProblemType.MULTI_LABEL, List.of()),
            List.copyOf(new PixelCounts(2).metrics().asMap().keySet()))
        .flatMap(List::stream)
        .forEach(
            name -> {
              found.add(MetricName.of(name));
              assertThat(name.replaceFirst("top_\\d+", "top_k"))
                  .isEqualTo(MetricName.of(name).toString());
              assertThat(MetricName.title(name)).isNotBlank().doesNotContain("_");
            });
    assertThat(found).containsExactlyInAnyOrder(MetricName.values());
    assertThat(Stream.of(MetricName.values()).map(name -> MetricName.title(name.toString())))
        .doesNotHaveDuplicates();
  }

  @Test
  void ofRanksTheTitleHasTheNumber() {
    assertThat(MetricName.title("top_15_accuracy")).isEqualTo("top-15 accuracy");
    assertThat(MetricName.topAccuracy(15)).isEqualTo("top_15_accuracy");
    assertThatThrownBy(() -> MetricName.of("top_0_accuracy"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> MetricName.of("lag_loss")).hasMessageContaining("LAG_LOSS");
  }
}
