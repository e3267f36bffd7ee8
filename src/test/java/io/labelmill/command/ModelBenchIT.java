package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.command.CapturedTerminal.Ended;
import org.junit.jupiter.api.Test;

class ModelBenchIT {
  @Test
  void aRunningSparkIsRefusedAndLeftRunning() {
    SparkFixture.spark();
    String model = Reference.golden().resolve("models/d2-beit-nonsquare").toString();
    Ended ended = CapturedTerminal.run("model", "bench", model, "--images", "4");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.problems())
        .containsExactly(
            "labelmill bench starts a Spark of its own, but one runs in this process: start it from"
                + " a shell");
    assertThat(SparkFixture.spark().sparkContext().isStopped()).isFalse();
  }
}
