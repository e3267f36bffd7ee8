package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
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
  void whatItLeavesIsTheDifferenceToTheWeight() {
    float[] weight = {63, 10.25f, -0.5f, 126, 3, -4};
    Linear linear = new Linear("l", 3, 2, () -> weight, Optional.empty());

    Linear rest = QuantizedWeight.of(linear).rest(linear);
    assertThat(rest.weight().get()).containsExactly(0, 0.25f, -0.5f, 0, -1, 0);
    assertThat(weight).as("the checkpoint's own").startsWith(63, 10.25f);
    assertThat(rest.bias()).isEmpty();
    assertThat(List.of(rest.name(), rest.in(), rest.out())).isEqualTo(List.of("l.rest", 3, 2));
  }

  @Test
  void tellsWhatRoundingChanges() {
    float[] even = new float[64 * 64];
    Random random = new Random(3);
    for (int i = 0; i < even.length; i++) {
      even[i] = (float) random.nextGaussian();
    }
    float[] outlying = even.clone();
    for (int output = 0; output < 64; output++) {
      outlying[64 * output] = 60;
    }
    assertThat(rounding(even)).isBetween(0.005, QuantizedBlocks.MOST_ROUNDING);
    assertThat(rounding(outlying)).isGreaterThan(0.2);
    assertThat(rounding(new float[] {63, -1.25f, 63, 0})).isCloseTo(0.2, Offset.offset(1e-6));
    assertThat(rounding(new float[4])).isZero();
  }

  private static double rounding(float[] weight) {
    int side = (int) Math.sqrt(weight.length);
    Linear linear = new Linear("l", side, side, () -> weight, Optional.empty());
    return QuantizedWeight.of(linear).rounding();
  }

  @Test
  void aProductThatRoundingHurtsStaysFloat() {
    SortedMap<String, Integer> operators = operators(1f);
    assertThat(operators).containsEntry("com.microsoft.DynamicQuantizeMatMul", 2);
    assertThat(operators).doesNotContainKey("MatMul");
    assertThat(operators(1000f))
        .containsEntry("MatMul", 2)
        .doesNotContainKey("com.microsoft.DynamicQuantizeMatMul");
  }

  /**
   * Operators of a product and of an affine map, the first weight of each output being this one.
   */
  private static SortedMap<String, Integer> operators(float first) {
    float[] weight = new float[16 * 1024];
    Random random = new Random(9);
    for (int i = 0; i < weight.length; i++) {
      weight[i] = i % 1024 == 0 ? first : (float) random.nextGaussian();
    }
    OnnxWriter onnx = OnnxWriter.sketch();
    QuantizedBlocks blocks = new QuantizedBlocks(onnx, Optional.empty());
    Value input = onnx.input("x", List.of(1, 1024));
    blocks.product(input, new Linear("a", 1024, 16, () -> weight, Optional.empty()));
    blocks.affine(input, new Linear("b", 1024, 16, () -> weight, Optional.empty()));
    return onnx.operators();
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
