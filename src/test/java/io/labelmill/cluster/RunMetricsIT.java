package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import io.labelmill.score.ExecutorMetrics;
import io.labelmill.score.RunMetric;
import io.labelmill.score.RunMetrics;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The endpoints that {@code conf/spark-metrics.conf} opens, asked while {@code jobs/score} runs.
 */
@Tag("cluster")
class RunMetricsIT {
  private static final FridgePictures PICTURES = new FridgePictures(60, 5);
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String PREFIX = "metrics_labelmill_driver_labelmill_";

  @TempDir Path folder;

  @Test
  void prometheusSeesTheRun() throws Exception {
    Path images = PICTURES.write(folder);
    Files.writeString(images.resolve("broken.jpg"), "no image");
    Path model = folder.resolve("model");
    TinyBeit.checkpoint(5).write(model);
    int port = freePort();
    List<String> arguments =
        List.of(
            "--model",
            model.toString(),
            "--input",
            images.toString(),
            "--output",
            folder.resolve("labels").toString(),
            "--commit-every",
            "5",
            "--",
            "--master",
            "local[2]",
            "--driver-memory",
            "700m",
            "--properties-file",
            SparkJars.project().resolve("conf/spark-metrics.conf").toString(),
            "--conf",
            "spark.ui.port=" + port);
    CompletableFuture<JobProcess> job =
        CompletableFuture.supplyAsync(() -> JobProcess.run("score", Map.of(), arguments));
    List<String> runs = new ArrayList<>();
    String executors = "";
    while (!job.isDone()) {
      String run = get(port, "/metrics/prometheus/");
      if (run.contains(PREFIX)) {
        runs.add(run);
        String answer = get(port, "/metrics/executors/prometheus/");
        // The driver may end between the two.
        executors = answer.isEmpty() ? executors : answer;
      }
      Thread.sleep(50);
    }
    assertThat(job.get().exitCode()).as(job.get().err()).isZero();

    // Committed wave by wave: some answers lie between the first of the 13 and the last.
    String last =
        runs.stream()
            .filter(run -> value(run, "images_committed_Count") > 0)
            .reduce((one, other) -> other)
            .orElseThrow();
    assertThat(names(last)).containsExactlyInAnyOrderElementsOf(documented());
    assertThat(value(last, "images_planned_Value")).isEqualTo(61);
    assertThat(value(last, "images_done_Count"))
        .isBetween(5.0, 61.0)
        .isEqualTo(value(last, "images_ok_Count") + value(last, "images_not_an_image_Count"));
    assertThat(value(last, "tasks_slots_Value")).isEqualTo(2);
    assertThat(value(last, "model_loads_Count")).isEqualTo(1);
    assertThat(value(last, "devices_cpu_Value")).isEqualTo(1);
    assertThat(value(last, "tasks_infer_millis_Count")).isPositive();
    assertThat(value(last, "run_commit_millis_Count")).isPositive();
    assertThat(value(last, "images_per_second_Value")).isPositive();
    // Of each of two tasks one image at most is decoded and about to go through the model; when one
    // goes, that of the other task.
    assertThat(value(last, "executor_decoded_waiting_Value")).isBetween(0.0, 2.0);
    assertThat(value(last, "decoded_waiting_Value")).isBetween(0.0, 1.0);
    assertThat(executors).contains("spark_info", "metrics_executor_completedTasks_total");

    JsonNode limit = Table.runRecord(folder.resolve("labels")).at("/timings/limit");
    assertThat(limit.at("/sentence").asText()).isNotEmpty();
    assertThat(job.get().out()).contains(limit.at("/sentence").asText());
  }

  /** The names of ours that are there. */
  private static List<String> names(String scraped) {
    return Pattern.compile("(?m)^" + PREFIX + "(\\w+)\\{type=\"(?:gauges|counters)\"} \\S+$")
        .matcher(scraped)
        .results()
        .map(result -> result.group(1))
        .toList();
  }

  /** The names that the README gives: of gauges two, with the same value. */
  private static List<String> documented() {
    List<String> names = new ArrayList<>();
    RunMetrics.METRICS.forEach(metric -> names.addAll(documented("", metric)));
    ExecutorMetrics.METRICS.forEach(metric -> names.addAll(documented("executor_", metric)));
    return names;
  }

  private static List<String> documented(String source, RunMetric<?> metric) {
    String name = source + metric.name().replace('.', '_');
    return metric.kind() == RunMetric.Kind.GAUGE
        ? List.of(name + "_Value", name + "_Number")
        : List.of(name + "_Count");
  }

  private static double value(String scraped, String name) {
    Matcher matcher =
        Pattern.compile("(?m)^" + PREFIX + name + "\\{[^}]*} (\\S+)$").matcher(scraped);
    assertThat(matcher.find()).as(name + " in " + scraped).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  /** Empty where nobody answers. */
  private static String get(int port, String path) throws InterruptedException {
    try {
      return HTTP.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                  .timeout(Duration.ofSeconds(5))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      return "";
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
