package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import org.junit.jupiter.api.Test;

class SparkRunTest {
  @Test
  void whatThePagesRememberOfTasksIsBounded() {
    long tasks =
        Long.parseLong(SparkRun.RETAINED.get("spark.ui.retainedStages"))
            * Long.parseLong(SparkRun.RETAINED.get("spark.ui.retainedTasks"));
    // 1.4 kB each.
    assertThat(tasks).isLessThanOrEqualTo(30_000);
    assertThat(SparkRun.RETAINED)
        .containsKeys("spark.ui.retainedJobs", "spark.sql.ui.retainedExecutions");
  }

  @Test
  void settingsWithWhichNoTaskWouldStartAreRefusedBeforeSparkStarts() {
    System.setProperty("spark.task.resource.gpu.amount", "0.5");
    try {
      assertThatThrownBy(() -> SparkRun.start("test"))
          .isInstanceOf(UsageException.class)
          .hasMessageStartingWith(
              "spark.task.resource.gpu.amount is 0.5, but the master is local[*], which hands out"
                  + " no GPUs, so that no task would ever start: leave it out");
    } finally {
      System.clearProperty("spark.task.resource.gpu.amount");
    }
  }
}
