package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class QuantizedWeightTest {
  @Test
  void everyOutputHasItsOwnScale() {
    float[] weight = {1f, -0.5f, 0.25f, 200f, 0f, -100f};
    QuantizedWeight quantized =
        QuantizedWeight.of(new Linear("l", 3, 2, () -> weight, Optional.empty()));

    assertThat(quantized.scales()).containsExactly(1f / 63, 200f / 63);
    assertThat(quantized.values()).containsExactly(63, 63, -31, 0, 16, -31);
  }

  @Test
  void outputOfZerosStaysZero() {
    QuantizedWeight quantized =
        QuantizedWeight.of(new Linear("l", 2, 1, () -> new float[2], Optional.empty()));

    assertThat(quantized.scales()).containsExactly(1f);
    assertThat(quantized.values()).containsExactly(0, 0);
  }

  @Test
  void isNeverFurtherThanHalfAStepAndNeverOverflows() {
    int in = 37;
    int out = 53;
    float[] weight = new float[in * out];
    Random random = new Random(5);
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) (random.nextGaussian() * Math.exp(6 * random.nextDouble()));
    }
    QuantizedWeight quantized =
        QuantizedWeight.of(new Linear("l", in, out, () -> weight, Optional.empty()));

    for (int row = 0; row < in; row++) {
      for (int column = 0; column < out; column++) {
        byte value = quantized.values()[row * out + column];
        float scale = quantized.scales()[column];
        assertThat(Math.abs(value)).isLessThanOrEqualTo(QuantizedWeight.LARGEST);
        assertThat(value * scale)
            .isCloseTo(weight[column * in + row], Offset.offset(0.5001f * scale));
      }
    }
  }
}
