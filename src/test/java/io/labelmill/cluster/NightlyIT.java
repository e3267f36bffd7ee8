package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import io.labelmill.source.Seam;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Nights of {@code jobs/cron/nightly}, one after the other, the first one on a cluster. */
@Tag("cluster")
@TestMethodOrder(OrderAnnotation.class)
class NightlyIT {
  /** What of a night does not depend on where its tasks run. */
  private static final List<String> HERE = List.of("--master", "local[2]");

  @TempDir static Path folder;

  private static Path config;
  private static Path output;
  private static Path alerts;
  private static Path alert;

  @BeforeAll
  static void start() throws IOException {
    Path images = new FridgePictures(40, 5).write(folder);
    Path model = folder.resolve("model");
    TinyBeit.checkpoint(5).write(model);
    output = folder.resolve("table");
    config = folder.resolve("fridge.properties");
    Files.writeString(
        config,
        """
        model = %s
        input = %s
        output = %s
        output-format = json
        commit-every = 20
        """
            .formatted(model, images, output));
    alerts = folder.resolve("alerts");
    alert = folder.resolve("alert");
    Files.writeString(alert, "#!/bin/sh\necho \"$1\" >> " + alerts + "\n");
    Files.setPosixFilePermissions(alert, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  @Order(1)
  void aNightThatLosesItsDriverIsFinishedByAnotherTry() throws IOException {
    Path jar =
        new TestJar()
            .withService(Seam.Listener.class, HaltOnce.class)
            .write(folder.resolve("halt.jar"));
    StandaloneCluster cluster = StandaloneCluster.shared();
    List<String> submit = new ArrayList<>(cluster.submitOptions("600m"));
    submit.addAll(List.of("--executor-cores", "2", "--conf", "spark.cores.max=2"));
    submit.addAll(List.of("--jars", jar.toString()));
    JobProcess night = night(Map.of(HaltOnce.MARK, folder.resolve("halted").toString()), submit);
    assertThat(night.exitCode()).as(night.err()).isZero();
    assertThat(night.err()).contains("lost (exit code 137); trying again in 0 s");
    assertThat(Table.rows(output).values())
        .hasSize(40)
        .allSatisfy(row -> assertThat(row.get("status").asText()).isEqualTo("OK"));
    assertThat(files("run-.*\\.json")).hasSize(2);
    assertThat(alerts).doesNotExist();
  }

  @Test
  @Order(2)
  void theNextNightFindsNothing() throws IOException {
    Set<String> before = files("part-.*");
    JobProcess night = night(Map.of(), HERE);
    assertThat(night.exitCode()).as(night.err()).isZero();
    assertThat(night.out()).contains("nothing to score: the table has every image already");
    assertThat(files("part-.*")).isNotEmpty().isEqualTo(before);
    assertThat(alerts).doesNotExist();
  }

  @Test
  @Order(3)
  void aRunElsewhereThatHoldsTheOutputIsNamedAndNotWaitedFor() throws Exception {
    ScheduledExecutorService beats = Executors.newSingleThreadScheduledExecutor();
    Path lock = output.resolve("_labelmill/lock-0000000900-elsewhere");
    Path beat = output.resolve("_labelmill/beat-elsewhere");
    Files.createDirectories(lock.getParent());
    Files.writeString(
        lock,
        """
        {"run": "elsewhere", "user": "ada", "host": "other.example", "process": 7, "boot": "",
          "namespace": "", "start": 0}
        """);
    try {
      var unused = beats.scheduleAtFixedRate(() -> writeBeat(beat), 0, 500, TimeUnit.MILLISECONDS);
      JobProcess night = night(Map.of(), HERE);
      assertThat(night.exitCode()).as(night.err()).isEqualTo(2);
      assertThat(night.err())
          .contains("is being written by run elsewhere of ada, process 7 on other.example")
          .doesNotContain("trying again");
    } finally {
      beats.shutdownNow();
      assertThat(beats.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
      Files.delete(lock);
      Files.delete(beat);
    }
    assertThat(Files.readString(alerts))
        .contains("an input, model or output has to be mended, or too many images failed");
    Files.delete(alerts);
  }

  @Test
  @Order(4)
  void whatIsLostAgainAndAgainIsToldAfterOneMoreTry() throws IOException {
    JobProcess night =
        night(
            Map.of(),
            List.of("--master", "local[2]", "--conf", "spark.extraListeners=no.such.Listener"));
    assertThat(night.exitCode()).as(night.err()).isEqualTo(3);
    assertThat(night.err().split("trying again in 0 s", -1)).hasSize(2);
    assertThat(Files.readAllLines(alerts))
        .containsExactly("labelmill nightly " + config + ": lost (exit code 3, tried 2 times)");
  }

  /** Another owner's, as it writes it. */
  private static void writeBeat(Path beat) {
    try {
      Files.writeString(beat, "alive");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static JobProcess night(Map<String, String> environment, List<String> submit) {
    Map<String, String> all = new java.util.HashMap<>(environment);
    all.put("NIGHTLY_PAUSE", "0");
    all.put("NIGHTLY_ALERT", alert.toString());
    List<String> arguments = new ArrayList<>(List.of(config.toString(), "--"));
    arguments.addAll(submit);
    return JobProcess.run("cron/nightly", all, arguments);
  }

  private static Set<String> files(String pattern) throws IOException {
    try (Stream<Path> files = Files.walk(output)) {
      Set<String> names = new TreeSet<>();
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(pattern))
          .forEach(names::add);
      return names;
    }
  }
}
