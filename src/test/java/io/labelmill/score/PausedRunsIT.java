package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.ScoreProcess;
import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.demo.FridgePictures;
import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two processes that share an output. One is stopped for longer than its lock lasts, the other
 * takes the output over and ends, and the first goes on: each image has one row, and the first says
 * that it lost its output.
 */
class PausedRunsIT {
  private static final int PICTURES = 24;
  private static final int WAVE = 8;
  static final String INTERVAL = "labelmill.lock.interval-millis";
  static final String PATIENCE = "labelmill.lock.patience-millis";

  @TempDir static Path shared;
  private static Bucket bucket;
  private static int tests;

  /** Where the runs are. */
  enum Store {
    DISK,
    S3
  }

  @BeforeAll
  static void hurry() throws IOException {
    System.setProperty(INTERVAL, "50");
    System.setProperty(PATIENCE, "500");
    TestCheckpoints.tiny().write(shared.resolve("model"));
    new FridgePictures(PICTURES, 7).write(shared.resolve("in"));
    bucket =
        LoopbackS3.shared()
            .bucket("paused")
            .configure(SparkFixture.spark().sparkContext().hadoopConfiguration());
  }

  @AfterAll
  static void takeTime() {
    System.clearProperty(INTERVAL);
    System.clearProperty(PATIENCE);
  }

  @ParameterizedTest
  @EnumSource
  void aRunThatIsPausedWithinACommitCommitsNothingMore(Store store) throws Exception {
    pauseAndTakeOver(store, "COMMITTING:2");
  }

  @Tag("stress")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "LOCKED:1",
        "LISTED:1",
        "PLANNED:1",
        "BROADCAST:1",
        "WAVE_STARTED:1",
        "WAVE_STARTED:3",
        "INFERRED:13",
        "COMMITTING:1",
        "COMMITTING:2",
        "COMMITTING:3",
        "WITHIN_COMMIT:1",
        "WAVE_COMMITTED:2",
        "BETWEEN_WAVES:1",
        "BEFORE_RECORD:1"
      })
  void aRunThatIsPausedAtAnySeamCommitsNothingMore(String seam) throws Exception {
    for (Store store : Store.values()) {
      if (store == Store.DISK || !seam.startsWith("WITHIN_COMMIT")) {
        pauseAndTakeOver(store, seam);
      }
    }
  }

  @Test
  void aCompactionThatIsPausedTakesNothingBack() throws Exception {
    pauseCompaction("WITHIN_SWAP:1");
  }

  @Tag("stress")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "LOCKED:1",
        "WAVE_STARTED:1",
        "WAVE_COMMITTED:1",
        "BETWEEN_WAVES:1",
        "BEFORE_SWAP:1",
        "COMMITTING:1"
      })
  void aCompactionThatIsPausedAtAnySeamTakesNothingBack(String seam) throws Exception {
    pauseCompaction(seam);
  }

  private void pauseAndTakeOver(Store store, String seam) throws Exception {
    String out = newOutput(store);
    Path log = Files.createTempFile(shared, "run", ".log");
    Process first = start(store, seam, scoring(out), log);
    try {
      awaitStop(first, log);
      resume(out);
      List<Row> rows = KilledRunsIT.rows(out);
      assertThat(rows).hasSize(PICTURES);
      goOn(first, log);
      assertThat(KilledRunsIT.rows(out)).isEqualTo(rows);
      assertThat(resume(out)).as("images without a row").isZero();
      assertTidy(store, out);
    } finally {
      first.destroyForcibly();
    }
  }

  private void pauseCompaction(String seam) throws Exception {
    String out = newOutput(Store.DISK);
    resume(out);
    List<Row> rows = KilledRunsIT.rows(out);
    Path log = Files.createTempFile(shared, "compact", ".log");
    Process first = start(Store.DISK, seam, List.of("--compact", "--output", out), log);
    try {
      awaitStop(first, log);
      assertThat(resume(out)).as("images without a row").isZero();
      CompactJob.run(
          SparkFixture.spark(), new CompactJob.Options(out, Optional.empty(), new TreeMap<>()));
      goOn(first, log);
      assertThat(KilledRunsIT.rows(out)).isEqualTo(rows);
      assertThat(resume(out)).as("images without a row").isZero();
      assertTidy(Store.DISK, out);
    } finally {
      first.destroyForcibly();
    }
  }

  private static String newOutput(Store store) {
    String name = "table" + ++tests + "/out";
    return store == Store.S3 ? bucket.uri(name) : shared.resolve(name).toString();
  }

  private static List<String> scoring(String out) {
    return List.of(
        "--model",
        shared.resolve("model").toString(),
        "--input",
        shared.resolve("in/images").toString(),
        "--output",
        out,
        "--if-exists",
        "resume",
        "--commit-every",
        Integer.toString(WAVE));
  }

  private static long resume(String out) throws IOException {
    return KilledRunsIT.resume(
        shared.resolve("model").toString(), shared.resolve("in/images").toString(), out);
  }

  private static Process start(Store store, String seam, List<String> arguments, Path log)
      throws IOException {
    List<String> options = new ArrayList<>();
    options.add("-Dlabelmill.test.stop=" + seam);
    options.add("-D" + INTERVAL + "=" + System.getProperty(INTERVAL));
    options.add("-D" + PATIENCE + "=" + System.getProperty(PATIENCE));
    if (store == Store.S3) {
      bucket.settings().forEach((key, value) -> options.add("-Dspark.hadoop." + key + "=" + value));
    }
    return ScoreProcess.start(options, arguments, log);
  }

  static void awaitStop(Process process, Path log) throws Exception {
    Path stat = Path.of("/proc", Long.toString(process.pid()), "stat");
    long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
    while (!Files.readString(stat).replaceFirst(".*\\) ", "").startsWith("T")) {
      assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
      assertThat(System.nanoTime()).as(Files.readString(log)).isLessThan(until);
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  static void goOn(Process process, Path log) throws Exception {
    new ProcessBuilder("kill", "-CONT", Long.toString(process.pid())).start().waitFor();
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    String said = Files.readString(log);
    assertThat(process.exitValue()).as(said).isEqualTo(3);
    assertThat(said)
        .contains(" did not show itself for too long, and another took over its output or deleted")
        .contains(". What it had committed until then stays; start it again to go on.");
    assertThat(said.lines().filter(line -> line.contains("did not show itself")))
        .as("a sentence, not a stack trace")
        .noneMatch(line -> line.contains("Exception"));
  }

  private static void assertTidy(Store store, String out) throws IOException {
    if (store == Store.S3) {
      String name = out.substring(bucket.uri("").length());
      assertThat(bucket.keys())
          .filteredOn(key -> key.contains(name))
          .as("nothing is left but tables and run records, no upload among it")
          .allMatch(
              key -> key.matches("table\\d+/out/(part-.*parquet|_SUCCESS|_labelmill/run-.*json)"));
      return;
    }
    try (Stream<Path> files = Files.list(Path.of(out, "_labelmill"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as("nothing but run records is left")
          .allMatch(name -> name.matches("\\.?run-.*\\.json(\\.crc)?"));
    }
  }
}
