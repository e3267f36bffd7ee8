package io.labelmill.evaluate.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.option.Settings;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EvaluateOptionsTest {
  @Test
  void anEvaluationIsOfLabels() {
    assertThat(evaluation(ProblemType.MULTI_LABEL).problemType()).contains(ProblemType.MULTI_LABEL);
    assertThatThrownBy(() -> evaluation(ProblemType.REGRESSION))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the problem type is REGRESSION, not one of [MULTI_CLASS, MULTI_LABEL]");
  }

  private static EvaluateOptions evaluation(ProblemType kind) {
    return new Settings()
        .with(EvaluateOptions.PROBLEM_TYPE, Optional.of(kind))
        .as(EvaluateOptions::read);
  }
}
