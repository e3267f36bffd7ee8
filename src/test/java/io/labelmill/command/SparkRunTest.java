package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  /** A Spark takes seconds to start, and a model that is not there needs none. */
  @Test
  void aModelThatIsNotThereIsToldBeforeSparkStarts(@TempDir Path folder) {
    assertThat(SparkSession.getDefaultSession().isEmpty()).isTrue();
    String none = folder.resolve("none").toString();
    for (String command : List.of("score", "embed", "segment")) {
      assertTold(none, command, "--input", folder.toString());
    }
    assertTold(none, "train", "--input", folder.toString(), "--truth", folder.toString());
    assertTold(none, "evaluate", "--input", folder.toString(), "--truth", folder.toString());
    assertThat(SparkSession.getDefaultSession().isEmpty()).isTrue();
  }

  private static void assertTold(String model, String command, String... more) {
    List<String> words = new ArrayList<>(List.of(command, "--model", model, "--output", model));
    words.addAll(List.of(more));
    CapturedTerminal.Ended ended = CapturedTerminal.run(words.toArray(String[]::new));
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .containsExactly("--model " + model + " does not exist, as seen from the driver");
  }
}
