package io.labelmill.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExtentTest {
  @Test
  void saysFromWhichPartOnIsTrained() {
    assertThat(Extent.parse("head").firstPart(12)).isEqualTo(13);
    assertThat(Extent.parse("last:2").firstPart(12)).isEqualTo(11);
    assertThat(Extent.parse("last:12").firstPart(12)).isEqualTo(1);
    assertThat(Extent.parse("last:99").firstPart(12)).isEqualTo(1);
    assertThat(Extent.parse("all").firstPart(12)).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "last", "last:", "last:0", "last:-1", "last:2.5", "ALL", "last:99999"})
  void refusesAnythingElse(String text) {
    assertThatThrownBy(() -> Extent.parse(text))
        .isInstanceOf(UsageException.class)
        .hasMessage("--tune is " + text + ": it must be head, last:N with N blocks from 1, or all");
  }

  @ParameterizedTest
  @ValueSource(strings = {"head", "last:3", "all"})
  void isWrittenAsItIsRead(String text) {
    assertThat(Extent.parse(text).text()).isEqualTo(text);
  }
}
