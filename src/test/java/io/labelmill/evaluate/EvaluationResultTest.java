package io.labelmill.evaluate;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.Metrics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EvaluationResultTest {
  @Test
  void aLimitIsForTheWorseSide() {
    Metrics metrics =
        new Metrics()
            .put(MetricName.ACCURACY, Metric.of(0.8))
            .put(MetricName.LOG_LOSS, Metric.of(0.3))
            .put(MetricName.BRIER_SCORE, Metric.undefined("no scored image"));
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
