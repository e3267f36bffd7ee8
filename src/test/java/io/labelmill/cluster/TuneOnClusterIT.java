package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training on executor processes comes to the same weights whatever process is killed in it. */
@Tag("cluster")
@Tag("stress")
class TuneOnClusterIT {
  private static final FridgePictures PICTURES = new FridgePictures(60, 5);

  /** One image a step: epochs are long enough to be killed in. */
  private static final List<String> ALONE =
      List.of("--tune", "last:1", "--number-of-epochs", "3", "--training-batch-size", "1");

  private static final List<String> TOGETHER =
      List.of(
          "--tune",
          "all",
          "--number-of-epochs",
          "3",
          "--training-batch-size",
          "2",
          "--trainers",
          "2",
          "--average-every",
          "3");

  @TempDir static Path folder;

  private static StandaloneCluster cluster;
  private static Path model;
  private static Path embeddings;

  @BeforeAll
  static void start() {
    Path images = PICTURES.write(folder);
    model = folder.resolve("model");
    TinyBeit.checkpoint(5).write(model);
    embeddings = folder.resolve("embeddings");
    JobProcess job =
        JobProcess.run(
            "embed",
            Map.of(),
            List.of(
                "--model",
                model.toString(),
                "--input",
                images.toString(),
                "--output",
                embeddings.toString(),
                "--",
                "--master",
                "local[2]"));
    assertThat(job.exitCode()).as(job.err()).isZero();
    cluster = StandaloneCluster.shared();
  }

  @Test
  void anExecutorIsKilledInMidEpoch() {
    assertThat(train("alone", ALONE, List.of()).exitCode()).isZero();
    killed("alone-killed", ALONE);
    assertSameWeights("alone-killed", "alone");
  }

  @Test
  void theDriverOrOneOfTwoWhoTrainIsKilledInMidEpoch() throws Exception {
    JobProcess undisturbed = train("together", TOGETHER, List.of());
    assertThat(undisturbed.exitCode()).as(undisturbed.err()).isZero();
    killed("together-killed", TOGETHER);
    assertSameWeights("together-killed", "together");

    Path state = folder.resolve("driver-tuning");
    CompletableFuture<JobProcess> job =
        CompletableFuture.supplyAsync(() -> train("driver", TOGETHER, List.of()));
    await(() -> job.isDone() || hasFile(state, "epoch-2-attempt-0-steps-"));
    List<ProcessHandle> driver =
        ProcessHandle.current().descendants().filter(TuneOnClusterIT::isDriver).toList();
    assertThat(driver).isNotEmpty().allMatch(ProcessHandle::destroyForcibly);
    assertThat(job.get().exitCode()).isEqualTo(137);
    assertThat(folder.resolve("driver")).doesNotExist();
    assertThat(new ObjectMapper().readTree(state.resolve("epochs.json").toFile()))
        .as("it was killed in the second epoch")
        .hasSize(1);

    JobProcess resumed = train("driver", TOGETHER, List.of());
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(resumed.err()).contains("Going on behind epoch 1 of a training that was stopped");
    assertSameWeights("driver", "together");
    assertThat(state).doesNotExist();
  }

  /** Java itself tells no arguments of a process that has as many as a class path makes. */
  private static boolean isDriver(ProcessHandle one) {
    try {
      return List.of(Files.readString(Path.of("/proc/" + one.pid() + "/cmdline")).split("\0"))
          .containsAll(List.of("train", folder.resolve("driver").toString()));
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean hasFile(Path state, String prefix) {
    if (!Files.isDirectory(state)) {
      return false;
    }
    try (Stream<Path> files = Files.list(state)) {
      return files.anyMatch(file -> file.getFileName().toString().startsWith(prefix));
    } catch (IOException e) {
      // It may be made or deleted right now.
      return false;
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(5);
    }
  }

  /** Runs with an executor that is killed, of which the user sees nothing. */
  private static void killed(String output, List<String> options) {
    Path jar =
        new TestJar()
            .with(TrainTaskHook.class)
            .with(LabelTaskHook.class)
            .write(folder.resolve(output + ".jar"));
    Path marker = folder.resolve(output + "-marker");
    Path events = folder.resolve("events-" + output);
    List<String> submit = new ArrayList<>(EventLog.submitOptions(events));
    submit.addAll(
        List.of(
            "--jars",
            jar.toString(),
            "--conf",
            "spark.plugins=" + TrainTaskHook.class.getName(),
            "--conf",
            TrainTaskHook.KILLED + "=" + marker));
    JobProcess job = train(output, options, submit);
    assertThat(job.exitCode()).as(job.err()).isZero();
    assertThat(marker).exists();
    EventLog log = EventLog.read(events);
    assertThat(log.executors()).anyMatch(executor -> !executor.isAdded());
    assertThat(log.tasks())
        .as("a task was lost with it")
        .anyMatch(task -> task.end().equals("ExecutorLostFailure"));
  }

  private static void assertSameWeights(String output, String expected) {
    assertThat(folder.resolve(output).resolve("model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve(expected).resolve("model.safetensors"));
  }

  private static JobProcess train(String output, List<String> options, List<String> submit) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--model",
                model.toString(),
                "--embeddings",
                embeddings.toString(),
                "--truth",
                folder.resolve("labels.csv").toString(),
                "--match-by",
                "name",
                "--keep",
                "tuned",
                "--output",
                folder.resolve(output).toString()));
    arguments.addAll(options);
    arguments.add("--");
    arguments.addAll(cluster.submitOptions("700m"));
    arguments.addAll(List.of("--executor-cores", "2"));
    arguments.addAll(cluster.awaitCores(4));
    arguments.addAll(submit);
    return JobProcess.run("train", Map.of(), arguments);
  }
}
