package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.ScoreProcess;
import io.labelmill.TestCheckpoints;
import io.labelmill.command.TableFormatsProcess;
import io.labelmill.demo.FridgePictures;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link PausedRunsIT} shows, with tables of formats whose jars a user adds. */
class PausedTablesIT {
  private static final int PICTURES = 10;
  private static final int WAVE = 4;
  private static final TableFormatsProcess PROCESS = TableFormatsProcess.shared();

  @TempDir private Path folder;
  private Path images;

  @BeforeEach
  void draw() {
    images = new FridgePictures(PICTURES, 3).write(folder.resolve("in"));
    TestCheckpoints.tiny().write(folder.resolve("model"));
  }

  /** What the second wave was to add is left out when it is committed late. */
  @Test
  void delta() throws Exception {
    pauseAndTakeOver(
        6,
        List.of("--output", folder.resolve("out").toString()),
        List.of("--output-format", "delta"));
  }

  /** The second wave is staged; who takes over publishes it. */
  @Test
  void iceberg() throws Exception {
    pauseAndTakeOver(
        2,
        List.of(
            "--output",
            "table:ice.paused.labels",
            "--run-dir",
            folder.resolve("records").toString()),
        List.of("--output-format", "iceberg"));
  }

  /**
   * @param left images that the run has to score which takes over from one in its second commit
   */
  private void pauseAndTakeOver(int left, List<String> output, List<String> format)
      throws Exception {
    List<String> score = new ArrayList<>(List.of("score"));
    score.addAll(output);
    score.addAll(format);
    score.addAll(List.of("--if-exists", "resume", "--commit-every", Integer.toString(WAVE)));
    score.addAll(List.of("--model", folder + "/model", "--input", images.toString()));
    List<String> stopped = new ArrayList<>(TableFormatsProcess.HURRY);
    stopped.addAll(PROCESS.settings());
    stopped.add("-Dlabelmill.test.stop=COMMITTING:2");
    Path log = Files.createTempFile(folder, "run", ".log");
    List<String> program = new ArrayList<>(List.of("io.labelmill.Main"));
    program.addAll(score);
    Process first =
        ScoreProcess.builder(stopped, TableFormatsProcess.jars(), program)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      PausedRunsIT.awaitStop(first, log);
      assertThat(PROCESS.run(score)).containsPattern("(?m)^" + left + " images in ");
      PausedRunsIT.goOn(first, log);
    } finally {
      first.destroyForcibly();
    }
    List<String> compact = new ArrayList<>(List.of("score", "--compact"));
    compact.addAll(output);
    assertThat(PROCESS.run(compact))
        .as("each image has one row")
        .contains("10 rows are current; 0 that were replaced");
  }
}
