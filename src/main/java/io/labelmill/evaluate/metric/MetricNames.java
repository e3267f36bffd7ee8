package io.labelmill.evaluate.metric;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The names of all metrics, known before any image is read. */
public final class MetricNames {
  private static final String NOTHING = "nothing is computed yet";

  /** Of these metrics, less is better. */
  private static final Set<String> LESS_IS_BETTER =
      Set.of(
          "hamming_loss",
          "zero_one_loss",
          "log_loss",
          "binary_cross_entropy",
          "brier_score",
          "expected_calibration_error",
          "maximum_calibration_error",
          "coverage_error",
          "label_ranking_loss");

  private MetricNames() {}

  /** Whether a smaller value is the better one. */
  public static boolean isLessBetter(String name) {
    return LESS_IS_BETTER.contains(name);
  }

  /**
   * The names in the order in which they are shown.
   *
   * @param topK the k for which top-k accuracy is given, where classes exclude each other
   */
  public static List<String> of(ProblemKind kind, List<Integer> topK) {
    Metrics metrics = new Metrics();
    if (kind == ProblemKind.MULTI_LABEL) {
      metrics.putAll(new MultilabelCounts(1).metrics());
      metrics.putAll(new MultilabelScores(1).metrics());
      metrics.putAll(RankMetrics.undefined(NOTHING));
    } else {
      MulticlassCounts one = new MulticlassCounts(1);
      one.add(new int[] {0}, new int[] {0});
      metrics.putAll(one.metrics());
      topK.forEach(k -> metrics.put(topAccuracy(k), Metric.undefined(NOTHING)));
      metrics.putAll(new MulticlassScores(1).metrics());
      metrics.putAll(RankMetrics.undefined(NOTHING));
      metrics.putAll(RankMetrics.undefinedPairs(NOTHING));
    }
    return new ArrayList<>(metrics.asMap().keySet());
  }

  /** The name of top-k accuracy. */
  public static String topAccuracy(int k) {
    return "top_" + k + "_accuracy";
  }
}
