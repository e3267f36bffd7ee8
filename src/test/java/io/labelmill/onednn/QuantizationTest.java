package io.labelmill.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizationTest {
  /** ONNX's {@code DynamicQuantizeLinear}: y_scale and y_zero_point. */
  @ParameterizedTest
  @CsvSource({
    "-1, 4.1, 0.02, 50",
    "-2.54, 2.56, 0.02, 127",
    "0.5, 5.1, 0.02, 0",
    "-5.1, -0.5, 0.02, 255",
    "0, 0, 1, 0"
  })
  void stepsReachFromTheLeastNumberToTheLargestAnd0IsExact(
      float least, float largest, float step, int zero) {
    Quantization.Steps steps = Quantization.Steps.between(least, largest);
    assertThat(steps.step()).isEqualTo(step, within(1e-8f));
    assertThat(steps.zero()).isEqualTo(zero);
  }
}
