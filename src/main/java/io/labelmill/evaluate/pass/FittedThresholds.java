package io.labelmill.evaluate.pass;

import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.metric.MultilabelCounts;
import io.labelmill.evaluate.metric.RankMetrics;
import io.labelmill.evaluate.metric.ThresholdRule;
import io.labelmill.evaluate.read.Example;
import io.labelmill.evaluate.read.FailedImages;
import io.labelmill.score.Threshold;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;

/**
 * Thresholds fitted to the truth: for each label the one with the best F1, and the one for all
 * labels with the most exact matches. Fitted and reported on the same images they flatter.
 *
 * @param perLabel by index; where no image has the label, the threshold in use
 * @param isFitted by index, whether the threshold was fitted
 * @param global of the most exact matches; empty where none within 0 to 1 does it
 * @param perLabelMetrics of the reported images at {@code perLabel}
 * @param globalMetrics of the reported images at {@code global}; null where that is empty
 * @param rule that they hold for
 * @param fittedOn images that they were fitted on
 */
@SuppressWarnings("ArrayRecordComponent")
public record FittedThresholds(
    double[] perLabel,
    boolean[] isFitted,
    OptionalDouble global,
    Metrics perLabelMetrics,
    Metrics globalMetrics,
    ThresholdRule rule,
    long fittedOn) {
  static FittedThresholds fit(
      JavaRDD<Row> rows, Judgement judgement, EvaluationState state, RankMetrics ranks) {
    double[] best = judgement.thresholds().clone();
    boolean[] isFitted = new boolean[best.length];
    for (int i = 0; i < best.length; i++) {
      OptionalDouble fitted = ranks.bestF1Threshold(i);
      if (fitted.isPresent()) {
        best[i] = fitted.getAsDouble();
        isFitted[i] = true;
      }
    }
    OptionalDouble global = ranks.bestExactMatchThreshold();
    double[] everywhere = new double[best.length];
    Arrays.fill(everywhere, global.orElse(Threshold.DEFAULT_VALUE));
    List<MultilabelCounts> counts = new CountAt(judgement, List.of(best, everywhere)).over(rows);
    return new FittedThresholds(
        best,
        isFitted,
        global,
        counts.get(0).metrics(),
        global.isPresent() ? counts.get(1).metrics() : null,
        judgement.rule(),
        judgement.fitShare() > 0 ? state.fitted : state.fullyScored);
  }

  /** Counts of the reported images at other thresholds. */
  private record CountAt(Judgement judgement, List<double[]> thresholds)
      implements Pass<List<MultilabelCounts>> {
    @Override
    public List<MultilabelCounts> empty() {
      List<MultilabelCounts> counts = new ArrayList<>();
      thresholds.forEach(each -> counts.add(new MultilabelCounts(judgement.labels())));
      return counts;
    }

    @Override
    public void add(List<MultilabelCounts> counts, Row row) {
      Example example = new Example(row);
      Part part = judgement.part(example);
      for (int i = 0; i < thresholds.size(); i++) {
        if (part == Part.REPORTED && example.scores != null) {
          counts.get(i).add(example.truth, judgement.assigned(example, thresholds.get(i)));
        } else if (part == Part.FAILED && judgement.failed() == FailedImages.WRONG) {
          counts.get(i).addFailed(example.truth);
        }
      }
    }

    @Override
    public List<MultilabelCounts> sum(List<MultilabelCounts> counts, List<MultilabelCounts> other) {
      for (int i = 0; i < counts.size(); i++) {
        counts.get(i).sum(other.get(i));
      }
      return counts;
    }
  }
}
