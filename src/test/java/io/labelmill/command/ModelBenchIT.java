package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.bench.ModelBench;
import io.labelmill.checkpoint.Originals;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.graph.BrainFloats;
import io.labelmill.graph.Precision;
import io.labelmill.model.Device;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelBenchIT {
  private static final String MODEL =
      Reference.golden().resolve("models/d2-beit-nonsquare").toString();

  @Test
  void aRunningSparkIsRefusedAndLeftRunning() {
    SparkFixture.spark();
    Ended ended = CapturedTerminal.run("model", "bench", MODEL, "--images", "4");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.problems())
        .containsExactly(
            "labelmill bench starts a Spark of its own, but one runs in this process: start it from"
                + " a shell");
    assertThat(SparkFixture.spark().sparkContext().isStopped()).isFalse();
  }

  @Test
  void measuresEachArithmeticBatchAndNumberOfThreads() throws IOException {
    List<String> lines = new ArrayList<>();
    ModelBench.Settings settings =
        new ModelBench.Settings(
            MODEL,
            null,
            Originals.OF_THE_FILES,
            List.of(1, 2),
            6,
            1,
            1,
            Device.CPU,
            List.of(Precision.FP32, Precision.INT8),
            List.of(1, 4),
            60,
            40);
    ModelBench.Report report = ModelBench.run(SparkFixture.spark(), settings, lines::add);

    assertThat(report.text().lines().map(line -> line.replaceAll("  .*", "")))
        .containsSubsequence(
            "fp32 ceiling, 1 threads",
            "fp32, batch 1, 1 threads",
            "fp32, batch 4, 1 threads",
            "fp32 ceiling, 2 threads",
            "fp32, batch 1, 2 threads",
            "fp32, batch 4, 2 threads",
            "int8 ceiling, 1 threads",
            "int8, batch 1, 1 threads",
            "int8 ceiling, 2 threads",
            "int8, batch 1, 2 threads",
            "fp32 bare session",
            "fp32 decode and session",
            "fp32 whole job",
            "int8 bare session",
            "int8 decode and session",
            "int8 whole job")
        .doesNotContain("int8, batch 4, 1 threads");
    JsonNode json = new ObjectMapper().readTree(report.json());
    assertThat(json.get("passes")).hasSize(10);
    for (JsonNode passes : json.get("passes")) {
      boolean ceiling = passes.get("batchSize").asInt() == 0;
      assertThat(passes.get("gigaOperationsPerSecond").get(0).asDouble()).isPositive();
      assertThat(passes.get("imagesPerSecond")).hasSize(ceiling ? 0 : 1);
      // So small a model is far below what the processor can do.
      assertThat(passes.get("ofCeiling").asDouble()).isBetween(ceiling ? 0 : 1e-6, 1.0);
    }
    assertThat(json.get("measurements")).hasSize(6);
    assertThat(report.drifts())
        .extracting(ModelBench.Drift::precision)
        .containsExactly(Precision.FP32, Precision.INT8);
    assertThat(report.drifts()).allMatch(drift -> drift.first() > 0 && drift.last() > 0);
    assertThat(json.get("drifts")).hasSize(2);
    assertThat(lines).hasSize(14);
  }

  /** Their layers run in another library, and so does the product that is their ceiling. */
  @Test
  void bf16AndIntegersBesideItHaveCeilingsOfTheirOwn() throws IOException {
    BrainFloats.assumed();
    ModelBench.Report report =
        ModelBench.run(
            SparkFixture.spark(),
            new ModelBench.Settings(
                MODEL,
                null,
                Originals.OF_THE_FILES,
                List.of(1),
                1,
                1,
                2,
                Device.CPU,
                List.of(Precision.BF16, Precision.INT8_BF16),
                List.of(1),
                60,
                40),
            line -> {});
    assertThat(report.passes())
        .extracting(ModelBench.Passes::precision, ModelBench.Passes::batchSize)
        .containsExactly(
            tuple(Precision.BF16, 0),
            tuple(Precision.BF16, 1),
            tuple(Precision.INT8_BF16, 0),
            tuple(Precision.INT8_BF16, 1));
    // So small a model is far below what the processor can do.
    assertThat(report.passes())
        .allMatch(
            each ->
                each.gigaOperationsPerSecond().get(0) > 0
                    && (each.batchSize() == 0 || (each.ofCeiling() > 0 && each.ofCeiling() < 1)));
    assertThat(report.drifts())
        .extracting(ModelBench.Drift::precision)
        .containsExactly(Precision.BF16, Precision.INT8_BF16);
  }

  /** The job of a model that labels points is that of segments. */
  @Test
  void measuresAModelOfPoints() throws IOException {
    ModelBench.Report report =
        ModelBench.run(
            SparkFixture.spark(),
            new ModelBench.Settings(
                Reference.golden().resolve("segmentation-models/base-4").toString(),
                null,
                Originals.OF_THE_FILES,
                List.of(1),
                3,
                1,
                1,
                Device.CPU,
                List.of(Precision.FP32),
                List.of(1),
                60,
                40),
            line -> {});
    assertThat(report.measurements())
        .extracting(ModelBench.Measurement::name)
        .containsExactly("bare session", "decode and session", "whole job");
    assertThat(report.measurements()).allMatch(measurement -> measurement.median() > 0);
  }
}
