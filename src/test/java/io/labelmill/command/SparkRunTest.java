package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import java.io.IOException;
import java.nio.file.Files;
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

  /** A Spark takes seconds to start, and what is not there needs none. */
  @Test
  void whatIsNotThereIsToldBeforeSparkStarts(@TempDir Path folder) {
    assertThat(SparkSession.getDefaultSession().isEmpty()).isTrue();
    String none = folder.resolve("none").toString();
    String there = folder.toString();
    for (String command : List.of("score", "embed", "segment")) {
      assertTold(none, List.of("--model"), command, "--model", none, "--input", there);
      assertTold(none, List.of("--model", "--input"), command, "--model", none, "--input", none);
    }
    assertTold(
        none,
        List.of("--head"),
        "score",
        "--model",
        there,
        "--head",
        none,
        "--input",
        there + "/*.jpg");
    assertTold(
        none,
        List.of("--model", "--input", "--truth"),
        "train",
        "--model",
        none,
        "--input",
        none,
        "--truth",
        none);
    assertTold(
        none,
        List.of("--embeddings"),
        "train",
        "--model",
        there,
        "--embeddings",
        none,
        "--truth",
        there);
    assertTold(
        none,
        List.of("--model", "--input", "--truth"),
        "evaluate",
        "--model",
        none,
        "--input",
        none,
        "--truth",
        none);
    for (String type : List.of("auto", "segmentation")) {
      assertTold(
          none,
          List.of("--predictions", "--truth"),
          "evaluate",
          "--problem-type",
          type,
          "--predictions",
          none,
          "--truth",
          none);
    }
    assertTold(none, List.of("--output"), "score", "--compact");
    assertThat(SparkSession.getDefaultSession().isEmpty()).isTrue();
  }

  @Test
  void anOutputThatIsThereAlreadyIsToldBeforeSparkStarts(@TempDir Path temp) throws IOException {
    String there = temp.toString();
    Path output = Files.createDirectory(temp.resolve("labels"));
    Files.createFile(output.resolve("part-0.parquet"));
    for (String command : List.of("score", "embed", "segment")) {
      CapturedTerminal.Ended ended =
          CapturedTerminal.run(
              command, "--model", there, "--input", there, "--output", output.toString());
      assertThat(ended.exitCode()).isEqualTo(2);
      assertThat(ended.problems())
          .containsExactly(
              "The output %s exists: choose another, or say append, overwrite or resume with --if-exists."
                  .formatted(output));
    }
    CapturedTerminal.Ended trained =
        CapturedTerminal.run(
            "train",
            "--model",
            there,
            "--input",
            there,
            "--truth",
            there,
            "--output",
            output.toString());
    assertThat(trained.exitCode()).isEqualTo(2);
    assertThat(trained.problems())
        .containsExactly(
            "The output %s exists: choose another, or say --if-exists overwrite."
                .formatted(output));
    assertThat(SparkSession.getDefaultSession().isEmpty()).isTrue();
  }

  private static void assertTold(String none, List<String> options, String... line) {
    List<String> words = new ArrayList<>(List.of(line));
    words.addAll(List.of("--output", none));
    CapturedTerminal.Ended ended = CapturedTerminal.run(words.toArray(String[]::new));
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .containsExactlyElementsOf(
            options.stream()
                .map(option -> option + " " + none + " does not exist, as seen from the driver")
                .toList());
  }
}
