package io.labelmill.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElementsTest {
  @Test
  void everyFloat16IsWhatItsBitsSay() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      int sign = bits < 1 << 15 ? 1 : -1;
      int exponent = bits >> 10 & 31;
      int fraction = bits & 1023;
      double expected =
          exponent == 31
              ? fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN
              : exponent == 0
                  ? sign * StrictMath.scalb((double) fraction, -24)
                  : sign * StrictMath.scalb(1024.0 + fraction, exponent - 25);
      assertThat(Elements.fromFloat16((short) bits)).isEqualTo(Float.valueOf((float) expected));
      if (!Double.isNaN(expected)) {
        assertThat(Elements.toFloat16((float) expected)).isEqualTo((short) bits);
      }
    }
    assertThat(Elements.fromFloat16(Elements.toFloat16(Float.NaN))).isNaN();
  }

  /** A float32 half way between two float16 goes to the one whose last bit is 0. */
  @Test
  void float16RoundsTiesToEven() {
    for (int bits = 0; bits < 0x7bff; bits++) {
      float low = Elements.fromFloat16((short) bits);
      float high = Elements.fromFloat16((short) (bits + 1));
      float middle = low + (high - low) / 2;
      assertThat(Elements.toFloat16(middle)).isEqualTo((short) (bits + (bits & 1)));
      assertThat(Elements.toFloat16(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
      assertThat(Elements.toFloat16(Math.nextDown(middle))).isEqualTo((short) bits);
    }
  }

  @ParameterizedTest
  @CsvSource({"65504, 65504", "65519.996, 65504", "65520, Infinity", "-1e9, -Infinity"})
  void float16EndsAtItsLargest(float value, float expected) {
    assertThat(Elements.fromFloat16(Elements.toFloat16(value))).isEqualTo(expected);
  }

  @Property
  void bfloat16IsTheNearest(@ForAll @FloatRange(min = -3e38f, max = 3e38f) float value) {
    float rounded = Float.intBitsToFloat(Elements.toBfloat16(value) << 16);
    float step =
        Math.abs(
            Float.intBitsToFloat((Float.floatToRawIntBits(rounded) & 0xffff0000) + 0x10000)
                - rounded);
    assertThat(Math.abs((double) rounded - value)).isLessThanOrEqualTo(step / 2.0);
  }

  @Test
  void bfloat16RoundsTiesToEvenAndKeepsNotANumber() {
    assertThat(Elements.toBfloat16(Float.intBitsToFloat(0x3f808000))).isEqualTo((short) 0x3f80);
    assertThat(Elements.toBfloat16(Float.intBitsToFloat(0x3f818000))).isEqualTo((short) 0x3f82);
    assertThat(Float.intBitsToFloat(Elements.toBfloat16(Float.intBitsToFloat(0x7f800001)) << 16))
        .isNaN();
  }

  @ParameterizedTest
  @CsvSource({
    "I64, 9223372036854775808",
    "I32, 2147483648",
    "I16, -32769",
    "I8, 128",
    "U8, -1",
    "BOOL, 2",
    "I64, 0.5",
    "I32, NaN"
  })
  void integersThatDoNotFitAreRefused(DataType type, float value) {
    ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    assertThatThrownBy(() -> Elements.write(type, new float[] {value}, 0, 1, bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(value + " can not be written as " + type);
  }

  @Test
  void unsignedBytesAreNotNegative() {
    assertThat(Elements.floatAt(DataType.U8, ByteBuffer.wrap(new byte[] {-1}), 0)).isEqualTo(255);
    assertThat(Elements.floatAt(DataType.I8, ByteBuffer.wrap(new byte[] {-1}), 0)).isEqualTo(-1);
    assertThat(Elements.floatAt(DataType.BOOL, ByteBuffer.wrap(new byte[] {5}), 0)).isEqualTo(1);
  }
}
