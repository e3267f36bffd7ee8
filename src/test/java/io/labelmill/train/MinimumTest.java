package io.labelmill.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class MinimumTest {
  @Test
  void aBowlThatIsFarSteeperOneWayThanAnotherIsLeastInItsMiddle() {
    double[] steepness = {1e4, 1, 0.01};
    double[] middle = {3, -2, 500};
    double[] found =
        Minimum.of(
            (point, gradient) -> {
              double value = 0;
              for (int i = 0; i < point.length; i++) {
                gradient[i] = steepness[i] * (point[i] - middle[i]);
                value += gradient[i] * (point[i] - middle[i]) / 2;
              }
              return value;
            },
            3);
    assertThat(found).containsExactly(middle, Offset.offset(1e-6));
  }

  @Test
  void whereNoStepLeadsDownItEnds() {
    double[] found =
        Minimum.of(
            (point, gradient) -> {
              gradient[0] = point[0] < 0.75 ? -1 : 1;
              return Math.abs(point[0] - 0.75);
            },
            1);
    assertThat(found[0]).isCloseTo(0.75, Offset.offset(0.25));
  }
}
