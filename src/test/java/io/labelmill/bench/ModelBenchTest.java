package io.labelmill.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.checkpoint.Originals;
import io.labelmill.graph.Precision;
import io.labelmill.model.Device;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a report says of the machine that it was measured on. */
class ModelBenchTest {
  @Test
  void aMachineWhoseCeilingMovedIsCalledTooNoisy() {
    assertThat(text(new ModelBench.Drift(Precision.FP32, 200, 150)))
        .contains(
            "This machine is too noisy to believe these figures: its fp32 ceiling was 200.0 Gop/s at"
                + " first and 150.0 at last, 25% apart, where more than 10% is too much. End what else"
                + " runs on it, and measure again.");
  }

  @ParameterizedTest
  @CsvSource({"200, 179, true", "200, 221, true", "200, 181, false", "200, 219, false"})
  void aTenthIsTooMuchInEitherDirection(double first, double last, boolean isNoisy) {
    ModelBench.Drift drift = new ModelBench.Drift(Precision.INT8, first, last);
    assertThat(drift.isTooLarge()).isEqualTo(isNoisy);
    assertThat(text(drift).contains("too noisy")).isEqualTo(isNoisy);
  }

  private static String text(ModelBench.Drift drift) {
    ModelBench.Settings settings =
        new ModelBench.Settings(
            "beit",
            null,
            Originals.OF_THE_FILES,
            List.of(1),
            1,
            1,
            1,
            Device.CPU,
            List.of(drift.precision()),
            List.of(1),
            500,
            375);
    return new ModelBench.Report(
            settings, List.of(), List.of(), 1, 1, List.of(1.0), List.of(drift), 1, 1)
        .text();
  }
}
