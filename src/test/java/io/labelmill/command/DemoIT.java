package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.cluster.JobProcess;
import io.labelmill.sink.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jobs/demo} as a user runs it. */
class DemoIT {
  @TempDir Path folder;

  @Test
  void itDrawsScoresAndShowsTheTableAndDoesSoAgain() throws IOException {
    Path output = folder.resolve("my demo");
    JobProcess first = demo(output);
    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.out())
        .contains("Drew 200 pictures of a fridge: " + output.resolve("images"))
        .contains("Wrote a tiny BEiT with random weights: " + output.resolve("model"))
        .containsPattern("picture +drawn +label +score +labels with a score above 0\\.5")
        .containsPattern("fridge_000\\.jpg +can +(can|carton|milk_bottle|water_bottle) +0\\.\\d{3}")
        .containsPattern("fridge_001\\.jpg +milk_bottle water_bottle +\\w+ +0\\.\\d{3}")
        .containsPattern(" OK +200")
        .contains("table: file://" + output.resolve("scores"))
        .contains("This model is untrained")
        .contains("jobs/score --model '" + output.resolve("model") + "' --input '");

    Matcher place = Pattern.compile("run record: (.*)").matcher(first.out());
    assertThat(place.find()).isTrue();
    RunRecord record =
        RunRecord.read(new org.apache.hadoop.fs.Path(place.group(1)), new Configuration());
    assertThat(record.state()).isEqualTo(RunRecord.State.DONE);
    assertThat(record.progress().committed()).isEqualTo(200);
    assertThat(Files.readAllLines(output.resolve("labels.csv"))).hasSize(201);

    JobProcess again = demo(output);
    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(rows(again)).hasSize(8).isEqualTo(rows(first));
  }

  private static JobProcess demo(Path output) {
    return JobProcess.run("demo", Map.of(), List.of("--output", output.toString()));
  }

  private static List<String> rows(JobProcess job) {
    return job.out().lines().filter(line -> line.startsWith("fridge_")).toList();
  }
}
