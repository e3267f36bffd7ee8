package io.labelmill.evaluate.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.evaluate.read.truth.TruthOptions;
import org.junit.jupiter.api.Test;

class EvaluateOptionsTest {
  @Test
  void anEvaluationIsOfLabels() {
    EvaluateOptions.Builder options =
        EvaluateOptions.builder("scores", TruthOptions.of("truth.csv"), "report");
    assertThat(options.kind(ProblemType.MULTI_LABEL).build().kind())
        .contains(ProblemType.MULTI_LABEL);
    assertThatThrownBy(() -> options.kind(ProblemType.REGRESSION).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the problem type is REGRESSION, not one of [MULTI_CLASS, MULTI_LABEL]");
  }
}
