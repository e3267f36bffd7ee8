package io.labelmill.onednn;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import io.labelmill.graph.Precision;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OneDnnTest {
  /** SSE 4.1, AVX2, AVX2 with VNNI, AVX512, AVX512 with VNNI, of oneDNN's {@code dnnl_types.h}. */
  @ParameterizedTest
  @ValueSource(ints = {0x1, 0x7, 0x1f, 0x27, 0x67})
  void aProcessorWithoutProductsIsRefused(int instructions) {
    assertThatThrownBy(() -> OneDnn.checkInstructions(Precision.BF16, instructions))
        .isInstanceOf(InputException.class)
        .hasMessageMatching(
            "--precision bf16 needs products of bfloat16, which \\S+ does not have: its processor"
                + " has neither AVX512_BF16 nor AMX\\. Leave it out, or write --precision int8\\.");
  }

  /** AVX512_BF16, AVX512_FP16, AMX, AVX10.2. */
  @ParameterizedTest
  @ValueSource(ints = {0xe7, 0x1ef, 0xfef, 0x201ff})
  void oneWithThemIsTaken(int instructions) {
    assertThatCode(() -> OneDnn.checkInstructions(Precision.BF16, instructions))
        .doesNotThrowAnyException();
  }
}
