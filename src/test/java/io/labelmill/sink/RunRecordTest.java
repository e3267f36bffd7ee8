package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunRecordTest {
  private final Configuration configuration = new Configuration();
  @TempDir private java.nio.file.Path folder;

  @Test
  void aRecordIsReplacedAsTheRunGoesOnAndReadBack() {
    Path records = new Path(folder.toString());
    RunRecord running = record();
    running.write(records, configuration);
    RunRecord done =
        running.with(
            RunRecord.State.DONE,
            new RunRecord.Progress(10, 10, 2, 1, Map.of("OK", 9L, "NOT_FOUND", 1L), 0),
            new RunRecord.Timings("2026-01-02T03:04:05Z", "2026-01-02T03:05:05Z", Map.of(), null));
    done = done.withDevices(List.of("gpu:0", "gpu:1"));
    assertThat(done.platform().devices()).containsExactly("gpu:0", "gpu:1");
    assertThat(done.withDevices(running.platform().devices()).platform())
        .isEqualTo(running.platform());
    done.write(records, configuration);
    RunRecord read = RunRecord.read(RunRecord.file(records, "a-1"), configuration);
    assertThat(read).isEqualTo(done);
    assertThat(read.exitCode()).isZero();
    RunRecord failed = running.failed(2, "It failed.", done.timings());
    assertThat(failed.state()).isEqualTo(RunRecord.State.FAILED);
    assertThat(failed.problem()).isEqualTo("It failed.");
    assertThat(folder.toFile().list((dir, name) -> !name.endsWith(".crc")))
        .containsExactly("run-a-1.json");
  }

  @Test
  void unknownFieldsAreIgnoredAndBrokenRecordsSaid() throws IOException {
    Files.writeString(
        folder.resolve("run-x.json"), "{\"runId\": \"x\", \"state\": \"DONE\", \"later\": {}}");
    Path file = new Path(folder.toString(), "run-x.json");
    assertThat(RunRecord.read(file, configuration).runId()).isEqualTo("x");
    Files.writeString(folder.resolve("run-y.json"), "{");
    assertThatThrownBy(
            () -> RunRecord.read(new Path(folder.toString(), "run-y.json"), configuration))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("The run record " + folder + "/run-y.json cannot be read: ");
  }

  private static RunRecord record() {
    return new RunRecord(
        "a-1",
        RunRecord.State.RUNNING,
        null,
        null,
        "score",
        Map.of("top-k", "5"),
        new RunRecord.Code("0.1.0", "abc"),
        new RunRecord.Model(
            "m", "/m", "00", List.of("config.json"), null, List.of(0, 2), List.of("a", "a")),
        "11",
        "fp32",
        "pillow",
        "authors",
        "2",
        "softmax",
        new RunRecord.Progress(10, 0, 0, 0, Map.of(), 0),
        new RunRecord.Timings("2026-01-02T03:04:05Z", null, Map.of("plan", 0.5), null),
        new RunRecord.Platform("4.1.0", "17", "1.28.0", "local[2]", "a", List.of("cpu"), "avx2"),
        List.of());
  }
}
