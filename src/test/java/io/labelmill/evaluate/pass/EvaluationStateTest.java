package io.labelmill.evaluate.pass;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.evaluate.metric.ThresholdRule;
import io.labelmill.evaluate.read.Example;
import io.labelmill.evaluate.read.FailedImages;
import io.labelmill.evaluate.read.PredictionRow;
import io.labelmill.evaluate.read.TruthRow;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

class EvaluationStateTest {
  /** A failed image has no scores to fit on. */
  @Test
  void failedImagesAreNotFittedOn() {
    Judgement judgement =
        new Judgement(
            ProblemType.MULTI_LABEL,
            1,
            new double[] {0.5},
            ThresholdRule.GT,
            true,
            true,
            FailedImages.WRONG,
            1,
            0.999_999,
            0);
    EvaluationState state = new EvaluationState(judgement);
    TruthRow truth =
        new TruthRow("a", "a", Example.bytes(new int[] {0}), List.of(), List.of(), List.of());
    for (String status : List.of("OK", "UNDECODABLE")) {
      PredictionRow prediction =
          new PredictionRow(
              "a",
              "a",
              status,
              null,
              null,
              status.equals("OK") ? Example.bytes(new double[] {0.7}, true) : null,
              null,
              null,
              null,
              "m",
              "r",
              0,
              null);
      Row row = Example.row(Example.Match.BOTH, truth, 1, prediction, 1);
      Object[] values = new Object[row.size()];
      // Spark reads lists as its own, of which there are none here.
      Arrays.setAll(values, i -> row.get(i) instanceof String[] ? null : row.get(i));
      state.add(new Example(RowFactory.create(values)));
    }
    assertThat(state.fitted).isEqualTo(1);
    assertThat(state.setAside).isEqualTo(2);
    assertThat(state.evaluated()).isZero();
  }
}
