package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.SparkFixture;
import io.labelmill.command.Program;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged job on real executor processes, and through a user's own spark-submit. */
@Tag("cluster")
class ScoreOnClusterIT {
  private static final FridgePictures PICTURES = new FridgePictures(60, 5);
  private static final Pattern FETCHED =
      Pattern.compile("Started reading broadcast variable (\\d+) with");

  @TempDir static Path folder;

  private static StandaloneCluster cluster;
  private static SparkDistribution spark;
  private static Path images;
  private static Path model;

  @BeforeAll
  static void start() {
    images = PICTURES.write(folder);
    model = folder.resolve("model");
    TinyBeit.checkpoint(5).write(model);
    spark = SparkDistribution.layOut(folder.resolve("spark"));
    cluster = StandaloneCluster.shared();
  }

  @AfterAll
  static void stop() {
    if (spark != null) {
      spark.close();
    }
  }

  @Test
  void twoExecutorsLoadTheModelOnceEachAndWriteWhatOneMachineWrites() throws IOException {
    List<String> submit = new ArrayList<>(cluster.submitOptions("600m"));
    submit.addAll(List.of("--executor-cores", "2"));
    // Both executors are there before the first task, so that both get some.
    submit.addAll(cluster.awaitCores(4));
    MetricFiles metrics = MetricFiles.in(folder.resolve("metrics"));
    submit.addAll(metrics.options());
    // As clusters have it for all their jobs.
    submit.addAll(List.of("--conf", "spark.serializer=org.apache.spark.serializer.KryoSerializer"));
    List<String> arguments = arguments("on-cluster");
    arguments.add("--");
    arguments.addAll(submit);
    JobProcess job = JobProcess.run("score", Map.of(), arguments);
    assertThat(job.exitCode()).as(job.err()).isZero();

    List<String> executors = cluster.executorLogs();
    assertThat(executors).hasSize(2);
    for (String log : executors) {
      assertThat(occurrences("Opened the model on cpu", log)).as(log).isEqualTo(1);
      assertThat(occurrences("Finished task ", log)).as(log).isGreaterThan(2);
      // By torrent: each block of it once for all tasks of the executor.
      assertThat(occurrences("Received the model, 2 pieces", log)).as(log).isEqualTo(1);
      List<String> fetched = FETCHED.matcher(log).results().map(result -> result.group(1)).toList();
      assertThat(fetched).as(log).hasSizeGreaterThan(2).doesNotHaveDuplicates();
    }
    assertThat(Table.runRecord(folder.resolve("on-cluster")).at("/progress/modelLoads").asInt())
        .isEqualTo(2);
    assertThat(Table.runRecord(folder.resolve("on-cluster")).at("/progress/committed").asInt())
        .isEqualTo(60);

    // What executors say of themselves in Spark's metrics: the second executor has the id 1.
    assertThat(metrics.last(0, "model.loads")).isEqualTo(1);
    assertThat(metrics.last(1, "model.loads")).isEqualTo(1);
    assertThat(metrics.last(0, "images.ok") + metrics.last(1, "images.ok")).isEqualTo(60);
    assertThat(metrics.last(0, "infer.millis")).isPositive();

    SparkFixture.spark();
    List<String> alone = arguments("on-one-machine");
    alone.add(0, "score");
    assertThat(Program.run(alone.toArray(String[]::new))).isZero();
    assertThat(Table.runRecord(folder.resolve("on-one-machine")).at("/progress/modelLoads").asInt())
        .isEqualTo(1);

    Map<String, JsonNode> rows = Table.rows(folder.resolve("on-cluster"));
    assertThat(rows).hasSize(60).isEqualTo(Table.rows(folder.resolve("on-one-machine")));
    assertThat(rows.values())
        .allSatisfy(
            row -> {
              assertThat(row.get("status").asText()).isEqualTo("OK");
              assertThat(row.get("scores")).hasSize(4);
            });
  }

  @Test
  void theExitCodeOfAMistakePassesThroughSparkSubmit() {
    JobProcess job =
        JobProcess.run(
            "score",
            Map.of("SPARK_HOME", spark.home().toString()),
            List.of(
                "--model",
                folder.resolve("nowhere").toString(),
                "--input",
                images.toString(),
                "--output",
                folder.resolve("never").toString(),
                "--",
                "--master",
                "local[1]"));
    assertThat(job.exitCode()).as(job.err()).isEqualTo(2);
    assertThat(job.err()).contains("labelmill: ", "nowhere").doesNotContain("\tat io.labelmill");
  }

  private static List<String> arguments(String output) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("--model", model.toString(), "--input", images.toString()));
    arguments.addAll(List.of("--output", folder.resolve(output).toString()));
    arguments.addAll(List.of("--output-format", "json", "--scores", "all"));
    return arguments;
  }

  private static long occurrences(String text, String log) {
    return Pattern.compile(Pattern.quote(text)).matcher(log).results().count();
  }
}
