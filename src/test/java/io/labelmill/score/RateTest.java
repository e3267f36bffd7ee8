package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RateTest {
  private final Rate rate = new Rate();

  @Test
  void itIsThatOfTheLastMinute() {
    rate.start(0, 0);
    for (int second = 1; second <= 300; second++) {
      // A hundred a second for two minutes, then one.
      rate.mark(1_000L * second, second <= 120 ? 100L * second : 12_000 + second - 120);
    }
    assertThat(rate.perSecond()).isEqualTo(1);
  }

  @Test
  void itIsZeroUntilSomethingIsKnown() {
    assertThat(rate.perSecond()).isZero();
    rate.start(0, 0);
    assertThat(rate.perSecond()).isZero();
    rate.mark(0, 5);
    assertThat(rate.perSecond()).isFinite();
  }

  @Test
  void aNewStartForgets() {
    rate.start(0, 0);
    rate.mark(1_000, 500);
    rate.start(2_000, 0);
    rate.mark(4_000, 20);
    assertThat(rate.perSecond()).isEqualTo(10);
  }
}
