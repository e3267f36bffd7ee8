package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import io.labelmill.model.ExecutionProviders;
import io.labelmill.model.RecordedProviders;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which GPU a session is asked for, on a cluster whose worker declares two that it does not have.
 * Their numbers are 3 and 5, so that a device taken by default, which would be 0, is seen.
 */
@Tag("cluster")
class GpusOnClusterIT {
  private static final FridgePictures PICTURES = new FridgePictures(60, 5);
  private static final Pattern ASKED =
      Pattern.compile("asked for GPU (\\d+) by a task with \\[(.*?)]");

  @TempDir static Path folder;

  private static StandaloneCluster cluster;
  private static Path images;
  private static Path model;
  private static Path providers;

  @BeforeAll
  static void start() {
    images = PICTURES.write(folder);
    model = folder.resolve("model");
    TinyBeit.checkpoint(5).write(model);
    providers =
        new TestJar()
            .withService(ExecutionProviders.class, RecordedProviders.class)
            .write(folder.resolve("providers.jar"));
    cluster =
        StandaloneCluster.start(
            folder.resolve("cluster"),
            StandaloneCluster.Worker.of(4, "2g").withGpus(folder.resolve("gpus.sh"), "3", "5"));
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  /** The documented layout, and its settings as they ship. */
  @Test
  void anExecutorPerGpuPinsItsSessionToIt() throws IOException {
    MetricFiles metrics = MetricFiles.in(folder.resolve("metrics"));
    List<String> submit =
        new ArrayList<>(
            List.of(
                "--properties-file",
                SparkJars.project().resolve("conf/spark-gpu.conf").toString(),
                "--executor-cores",
                "2",
                "--conf",
                "spark.task.resource.gpu.amount=0.5"));
    submit.addAll(metrics.options());
    List<String> logs = score("per-gpu", List.of("--device", "gpu"), submit);
    assertThat(logs).hasSize(2);
    List<String> asked = new ArrayList<>();
    for (String log : logs) {
      List<MatchResult> sessions = ASKED.matcher(log).results().toList();
      assertThat(sessions).as(log).hasSize(1);
      asked.add(pinned(sessions.get(0)));
    }
    assertThat(asked).containsExactlyInAnyOrder("3", "5");
    checkTable("per-gpu");
    // All that was decoded ahead has been on its device.
    assertThat(metrics.last(0, "images.ok") + metrics.last(1, "images.ok")).isEqualTo(60);
    assertThat(metrics.last(0, "decoded.waiting")).isZero();
    assertThat(metrics.last(1, "decoded.waiting")).isZero();
  }

  @Test
  void tasksOfOneExecutorShareTheSessionOfEachOfItsGpus() {
    List<String> logs =
        score(
            "two-gpus",
            List.of(),
            List.of(
                "--executor-cores",
                "4",
                "--conf",
                "spark.executor.resource.gpu.amount=2",
                "--conf",
                "spark.task.resource.gpu.amount=0.5"));
    assertThat(logs).hasSize(1);
    List<String> asked =
        ASKED.matcher(logs.get(0)).results().map(GpusOnClusterIT::pinned).sorted().toList();
    assertThat(asked).as(logs.get(0)).containsExactly("3", "5");
    checkTable("two-gpus");
  }

  /** The address asked for, which is the one that Spark gave the task. */
  private static String pinned(MatchResult session) {
    assertThat(session.group(1)).isEqualTo(session.group(2));
    return session.group(1);
  }

  private static void checkTable(String output) {
    assertThat(Table.rows(folder.resolve(output)).values())
        .hasSize(60)
        .allSatisfy(row -> assertThat(row.get("status").asText()).isEqualTo("OK"));
    JsonNode record = Table.runRecord(folder.resolve(output));
    assertThat(record.at("/progress/modelLoads").asInt()).isEqualTo(2);
    assertThat(record.at("/platform/devices"))
        .extracting(JsonNode::asText)
        .containsExactly("gpu:3", "gpu:5");
  }

  /** What the job's executors printed. */
  private static List<String> score(String output, List<String> options, List<String> submit) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--model",
                model.toString(),
                "--input",
                images.toString(),
                "--output",
                folder.resolve(output).toString(),
                "--output-format",
                "json"));
    arguments.addAll(options);
    arguments.add("--");
    arguments.addAll(cluster.submitOptions("600m"));
    arguments.addAll(cluster.awaitCores(4));
    arguments.addAll(List.of("--jars", providers.toString()));
    arguments.addAll(submit);
    JobProcess job = JobProcess.run("score", Map.of(), arguments);
    assertThat(job.exitCode()).as(job.err()).isZero();
    assertThat(job.err())
        .containsPattern("(?m)ScoreJob: Device: the GPU that Spark gives each task: ");
    return cluster.executorLogs();
  }
}
