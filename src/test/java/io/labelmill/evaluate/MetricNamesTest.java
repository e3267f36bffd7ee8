package io.labelmill.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.MetricNames;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.metric.MulticlassCounts;
import io.labelmill.evaluate.metric.MulticlassScores;
import io.labelmill.evaluate.metric.MultilabelCounts;
import io.labelmill.evaluate.metric.MultilabelScores;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MetricNamesTest {
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
                assertThat(MetricNames.isLessBetter(name))
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

  @Test
  void aLimitIsForTheWorseSide() {
    Metrics metrics =
        new Metrics()
            .put("accuracy", Metric.of(0.8))
            .put("log_loss", Metric.of(0.3))
            .put("brier_score", Metric.undefined("no scored image"));
    EvaluationResult result =
        new EvaluationResult(
            "r",
            List.of(new EvaluationResult.Contender("m", metrics, List.of())),
            Optional.empty());
    assertThatCode(() -> result.checkAtLeast(Map.of("log_loss", 0.5, "accuracy", 0.8)))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> result.checkAtLeast(Map.of("log_loss", 0.2)))
        .isInstanceOf(InputException.class)
        .hasMessage("log_loss is 0.3, above the limit 0.2");
    assertThatThrownBy(() -> result.checkAtLeast(Map.of("accuracy", 0.9)))
        .hasMessage("accuracy is 0.8, below the limit 0.9");
    assertThatThrownBy(() -> result.checkAtLeast(Map.of("brier_score", 0.9)))
        .hasMessage("brier_score is undefined (no scored image), not at most 0.9");
  }
}
