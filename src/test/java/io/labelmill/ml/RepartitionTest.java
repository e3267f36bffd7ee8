package io.labelmill.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RepartitionTest {
  @Test
  void aParamIsAWayOrANumber() {
    assertThat(Repartition.parse("auto").kind()).isEqualTo(Repartition.Kind.AUTO);
    assertThat(Repartition.parse("none").kind()).isEqualTo(Repartition.Kind.NONE);
    assertThat(Repartition.parse("48")).isEqualTo(new Repartition(Repartition.Kind.COUNT, 48));
    for (String wrong : new String[] {"0", "-1", "some", "1.5", "", "9999999999"}) {
      assertThatThrownBy(() -> Repartition.parse(wrong))
          .isInstanceOf(UsageException.class)
          .hasMessage("repartition is " + wrong + ": it must be auto, none, or a number of tasks");
    }
  }

  @Test
  void tasksAreSmallBesideTheirDatasetAndFillTheSlots() {
    // 100,000 paths of a small file, and of a large one.
    assertThat(Repartition.tasks(OptionalLong.of(600_000), 200, 8)).isEqualTo(292);
    assertThat(Repartition.tasks(OptionalLong.of(8_000_000), 200, 8)).isEqualTo(3_906);
    assertThat(Repartition.tasks(OptionalLong.of(90), 200, 8)).isEqualTo(8);
    assertThat(Repartition.tasks(OptionalLong.of(1L << 39), 200, 8)).isEqualTo(10_000);
    assertThat(Repartition.tasks(OptionalLong.of(90), 200, 20_000)).isEqualTo(20_000);
  }

  @Test
  void whereNothingTellsTheRowsThereAreAsManyTasksAsAShuffleHas() {
    assertThat(Repartition.tasks(OptionalLong.empty(), 200, 8)).isEqualTo(200);
    assertThat(Repartition.tasks(OptionalLong.empty(), 200, 80)).isEqualTo(320);
  }
}
