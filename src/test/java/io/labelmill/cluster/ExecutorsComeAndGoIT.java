package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import io.labelmill.source.Seam;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table is complete, each image once, whatever becomes of executors while it is written. */
@Tag("cluster")
class ExecutorsComeAndGoIT {
  private static final FridgePictures PICTURES = new FridgePictures(60, 5);

  @TempDir static Path folder;

  private static StandaloneCluster cluster;
  private static Path images;
  private static Path model;

  @BeforeAll
  static void start() {
    images = PICTURES.write(folder);
    model = folder.resolve("model");
    TinyBeit.checkpoint(5).write(model);
    cluster = StandaloneCluster.shared();
  }

  @Tag("stress")
  @Test
  void anExecutorIsKilledInMidRun() {
    assertLost(score("killed", List.of(), hooks("killed", LabelTaskHook.KILL + "=0:2")));
    checkTable("killed");
  }

  private static void assertLost(EventLog log) {
    assertThat(log.executors()).contains(new EventLog.Executor("0", false));
    assertThat(log.tasks())
        .as("a task was lost with it")
        .anyMatch(task -> task.executor().equals("0") && task.end().equals("ExecutorLostFailure"));
  }

  /** A task hangs until Spark starts a copy of it, for which a killed executor must be replaced. */
  @Test
  void aTaskIsCopiedAndAnExecutorKilledBesides() {
    List<String> settings =
        hooks("copied", LabelTaskHook.KILL + "=0:2", LabelTaskHook.STRAGGLE + "=1");
    for (String setting :
        List.of(
            "spark.speculation=true",
            "spark.speculation.interval=100ms",
            "spark.speculation.quantile=0.1",
            "spark.speculation.multiplier=1.1",
            "spark.speculation.minTaskRuntime=10ms")) {
      settings.addAll(List.of("--conf", setting));
    }
    EventLog log = score("copied", List.of(), settings);
    assertLost(log);
    assertThat(log.tasks())
        .as("the copy that took the place of the hanging task, unless that died with its executor")
        .anyMatch(
            task ->
                (task.isSpeculative() && task.end().equals("Success") && task.images() > 0)
                    || (task.index() == 1 && task.end().equals("ExecutorLostFailure")));
    checkTable("copied");
  }

  /** No executor at the start, none between the waves: the second wave's get the model anew. */
  @Test
  void executorsAreAllocatedAsTheyAreNeeded() {
    Path jar =
        new TestJar()
            .withService(Seam.Listener.class, IdleBetweenWaves.class)
            .write(folder.resolve("idle.jar"));
    List<String> settings = new ArrayList<>(List.of("--jars", jar.toString()));
    for (String setting :
        List.of(
            "spark.extraListeners=" + IdleBetweenWaves.class.getName(),
            "spark.dynamicAllocation.enabled=true",
            "spark.dynamicAllocation.initialExecutors=0",
            "spark.dynamicAllocation.minExecutors=0",
            "spark.dynamicAllocation.maxExecutors=1",
            "spark.dynamicAllocation.executorIdleTimeout=1s",
            // Else executors that have written shuffle files stay until the driver collects
            // garbage.
            "spark.dynamicAllocation.shuffleTracking.timeout=1s")) {
      settings.addAll(List.of("--conf", setting));
    }
    EventLog log = score("allocated", List.of("--commit-every", "30"), settings);
    int gone = log.executors().indexOf(new EventLog.Executor("0", false));
    assertThat(gone).isPositive();
    assertThat(log.executors().subList(gone, log.executors().size()))
        .as("others came after it")
        .anyMatch(EventLog.Executor::isAdded);
    checkTable("allocated");
    JsonNode record = Table.runRecord(folder.resolve("allocated"));
    assertThat(record.at("/progress/waves").asInt()).isEqualTo(2);
    assertThat(record.at("/progress/modelLoads").asInt()).isGreaterThanOrEqualTo(2);
  }

  /** Spark itself would start executors for ever. */
  @Test
  void executorsOfWhichNoneCanStartEndTheRun() {
    List<String> hooks = hooks("full", LabelTaskHook.FULL + "=true");
    JobProcess job =
        run("full", List.of(), hooks.subList(cluster.awaitCores(4).size(), hooks.size()));
    assertThat(job.exitCode()).as(job.err()).isEqualTo(3);
    assertThat(job.err())
        .contains("labelmill: ")
        .contains(" executors ended one after the other as soon as they were started, the last one")
        .contains("by: Unable to create executor due to ")
        .contains("No space left on device")
        .contains("--if-exists resume goes on");
  }

  private static List<String> hooks(String name, String... settings) {
    Path jar = new TestJar().with(LabelTaskHook.class).write(folder.resolve(name + ".jar"));
    List<String> options = new ArrayList<>(cluster.awaitCores(4));
    options.addAll(
        List.of(
            "--jars", jar.toString(), "--conf", "spark.plugins=" + LabelTaskHook.class.getName()));
    for (String setting : settings) {
      options.addAll(List.of("--conf", setting));
    }
    return options;
  }

  private static void checkTable(String output) {
    Map<String, JsonNode> rows = Table.rows(folder.resolve(output));
    assertThat(rows.values())
        .hasSize(60)
        .allSatisfy(row -> assertThat(row.get("status").asText()).isEqualTo("OK"));
    assertThat(Table.runRecord(folder.resolve(output)).at("/progress/committed").asInt())
        .isEqualTo(60);
  }

  private static EventLog score(String output, List<String> options, List<String> submit) {
    JobProcess job = run(output, options, submit);
    assertThat(job.exitCode()).as(job.err()).isZero();
    return EventLog.read(events(output));
  }

  private static Path events(String output) {
    return folder.resolve("events-" + output);
  }

  private static JobProcess run(String output, List<String> options, List<String> submit) {
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
    arguments.addAll(List.of("--executor-cores", "2"));
    arguments.addAll(EventLog.submitOptions(events(output)));
    arguments.addAll(submit);
    return JobProcess.run("score", Map.of(), arguments);
  }
}
