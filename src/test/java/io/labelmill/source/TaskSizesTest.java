package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TaskSizesTest {
  @Test
  void equalTasksButForTheLast() {
    assertThat(TaskSizes.equal(4).firsts(10)).containsExactly(0, 4, 8);
    assertThat(TaskSizes.equal(4).firsts(8)).containsExactly(0, 4);
    assertThat(TaskSizes.equal(1).firsts(2)).containsExactly(0, 1);
  }

  @Test
  void theLastTasksGetEverShorter() {
    // Two slots: a task is a quarter of what is left, between 8 and 1.
    assertThat(new TaskSizes(8, 1, 2).firsts(40))
        .containsExactly(0, 8, 16, 22, 26, 29, 31, 33, 34, 35, 36, 37, 38, 39);
  }

  @Test
  void noTaskIsShorterThanItPays() {
    assertThat(new TaskSizes(100, 30, 2).firsts(250))
        .containsExactly(0, 62, 109, 144, 174, 204, 234);
  }

  @Test
  void fewImagesAreSpread() {
    assertThat(new TaskSizes(16, 1, 8).firsts(5)).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void sizesArePositive() {
    assertThatThrownBy(() -> new TaskSizes(0, 1, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no tasks of 0 to 1 images on 2 slots");
  }
}
