package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.ScoreProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SparkRunIT {
  private static final int SESSIONS = 12;

  /** Half of these sessions show traces where tasks are left to end beside Spark's threads. */
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void aMistakeThatEndsASessionEarlyShowsNoTraceOfSparksOwnEnd(@TempDir Path folder)
      throws Exception {
    Path log = folder.resolve("log");
    Path project = Path.of("").toAbsolutePath();
    Process process =
        ScoreProcess.builder(
                List.of("-Dlog4j2.configurationFile=" + project.resolve("conf/log4j2.properties")),
                "",
                List.of(EarlyEnds.class.getName(), String.valueOf(SESSIONS)))
            .redirectError(log.toFile())
            .start();
    try {
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(Files.readString(log)).isZero();
      assertThat(out.lines().toList()).isEqualTo(Collections.nCopies(SESSIONS, "ended"));
      assertThat(Files.readString(log))
          .contains("a mistake")
          .doesNotContain("RejectedExecutionException", "TaskCompletionListener");
    } finally {
      process.destroyForcibly();
    }
  }
}
