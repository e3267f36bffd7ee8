package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.ScoreProcess;
import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.TestOptions;
import io.labelmill.demo.FridgePictures;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.KillingCommitProtocol;
import io.labelmill.sink.OutputOptions;
import io.labelmill.sink.TestSeams;
import io.labelmill.source.SourceOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs that are killed, each in a process of its own, and run again with resume: the table is that
 * of an undisturbed run, each image once, and at most one wave was done twice.
 */
class KilledRunsIT {
  private static final int PICTURES = 24;
  private static final int WAVE = 8;

  @TempDir static Path shared;
  private static List<Row> undisturbed;

  @TempDir Path folder;

  @Test
  void aKilledRunGoesOnWhereItWas() throws IOException {
    killAndResume("-Dlabelmill.test.commit=TASK:2", 1);
  }

  @Tag("stress")
  @ParameterizedTest
  @CsvSource({
    "-Dlabelmill.test.kill=LOCKED:1, 0",
    "-Dlabelmill.test.kill=LISTED:1, 0",
    "-Dlabelmill.test.kill=PLANNED:1, 0",
    "-Dlabelmill.test.kill=BROADCAST:1, 0",
    "-Dlabelmill.test.kill=INFERRED:13, 1",
    "-Dlabelmill.test.kill=WAVE_STARTED:1, 0",
    "-Dlabelmill.test.kill=WAVE_STARTED:3, 2",
    "-Dlabelmill.test.kill=BETWEEN_WAVES:1, 1",
    "-Dlabelmill.test.kill=BEFORE_RECORD:1, 3",
    "-Dlabelmill.test.kill=WAVE_COMMITTED:2, 2",
    "-Dlabelmill.test.commit=JOB:1, 0",
    "-Dlabelmill.test.commit=JOB:3, 2",
  })
  void aKilledRunGoesOnFromAnySeam(String kill, int committedWaves) throws IOException {
    killAndResume(kill, committedWaves);
  }

  @ParameterizedTest
  @ValueSource(strings = {"BEFORE_SWAP", "WITHIN_SWAP"})
  void aKilledCompactionLosesNothing(String seam) throws IOException {
    killCompaction(seam);
  }

  @Tag("stress")
  @ParameterizedTest
  @ValueSource(strings = {"LOCKED", "WAVE_STARTED", "WAVE_COMMITTED", "BETWEEN_WAVES"})
  void aKilledCompactionLosesNothingAtAnySeam(String seam) throws IOException {
    killCompaction(seam);
  }

  private void killCompaction(String seam) throws IOException {
    Path out = folder.resolve("out");
    resume(input(), out);
    // Rows of an older run, which this one replaced.
    SparkFixture.spark()
        .read()
        .parquet(out.toString())
        .limit(5)
        .withColumn("run_id", functions.lit("20200101T000000000-000000"))
        .withColumn("content_version", functions.lit("1-1"))
        .coalesce(1)
        .write()
        .mode("append")
        .parquet(out.toString());
    kill(
        List.of("-Dlabelmill.test.kill=" + seam + ":1"),
        List.of("--compact", "--output", out.toString()),
        Files.createTempFile(shared, "compact", ".log"));
    if (!seam.equals("WITHIN_SWAP")) {
      assertThat(rows(out)).as("the old table").hasSize(PICTURES + 5);
      CompactJob.run(
          SparkFixture.spark(),
          new CompactJob.Options(out.toString(), Optional.empty(), new TreeMap<>()));
    }
    assertThat(resume(input(), out)).as("images without a row").isZero();
    assertThat(rows(out)).isEqualTo(undisturbed());
    assertTidy(out);
  }

  @Test
  void aSecondRunScoresOnlyWhatIsNew() throws IOException {
    Path input = new FridgePictures(4, 1).write(folder.resolve("in"));
    assertThat(resume(input, folder.resolve("out"))).isEqualTo(4);
    assertThat(resume(input, folder.resolve("out"))).isZero();
    assertThat(rows(folder.resolve("out"))).hasSize(4);
    Files.copy(input.resolve(new FridgePictures(4, 1).name(0)), input.resolve("new.jpg"));
    assertThat(resume(input, folder.resolve("out"))).isEqualTo(1);
    assertThat(rows(folder.resolve("out"))).hasSize(5);
  }

  private void killAndResume(String kill, int committedWaves) throws IOException {
    Path out = folder.resolve("out");
    kill(input(), out, kill);
    int before = Files.exists(out) ? rows(out).size() : 0;
    assertThat(before).as("visible rows").isEqualTo(committedWaves * WAVE);
    assertThat(resume(input(), out)).isEqualTo(PICTURES - before);
    List<Row> after = rows(out);
    assertThat(after).isEqualTo(undisturbed());
    assertTidy(out);
  }

  private static void assertTidy(Path out) throws IOException {
    try (Stream<Path> files = Files.list(out.resolve("_labelmill"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as("nothing but run records is left")
          .allMatch(name -> name.matches("\\.?run-.*\\.json(\\.crc)?"));
    }
  }

  private static Path input() {
    Path input = shared.resolve("in/images");
    return Files.exists(input) ? input : new FridgePictures(PICTURES, 7).write(input.getParent());
  }

  private static Path model() {
    Path model = shared.resolve("model");
    if (!Files.exists(model)) {
      TestCheckpoints.tiny().write(model);
    }
    return model;
  }

  private static List<Row> undisturbed() throws IOException {
    if (undisturbed == null) {
      resume(input(), shared.resolve("undisturbed"));
      undisturbed = rows(shared.resolve("undisturbed"));
      assertThat(undisturbed).hasSize(PICTURES);
    }
    return undisturbed;
  }

  /** Path, status, label and rounded score, by path. */
  private static List<Row> rows(Path table) {
    try (Stream<Path> files = Files.list(table)) {
      if (files.noneMatch(file -> file.toString().endsWith(".parquet"))) {
        return List.of();
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return rows(table.toString());
  }

  /** Likewise, of a table that is there. */
  static List<Row> rows(String table) {
    return SparkFixture.spark()
        .read()
        .parquet(table)
        .select(
            functions.col("path"),
            functions.col("status"),
            functions.col("label"),
            functions.round(functions.col("score"), 5))
        .orderBy("path")
        .collectAsList();
  }

  /** The same run to its end, in this JVM; how many images it scored. */
  private static long resume(Path input, Path output) throws IOException {
    return resume(model().toString(), input.toString(), output.toString());
  }

  static long resume(String model, String input, String output) throws IOException {
    return ScoreJob.run(
            SparkFixture.spark(),
            TestOptions.score(
                model,
                SourceOptions.of(input),
                OutputOptions.of(output, IfExists.RESUME),
                OptionalLong.of(WAVE)),
            Progress.SILENT)
        .counts()
        .rows();
  }

  /** {@code jobs/score --if-exists resume} in a JVM of its own, which kills itself. */
  private static void kill(Path input, Path output, String seam) throws IOException {
    kill(
        model().toString(),
        input.toString(),
        output.toString(),
        List.of(seam),
        Files.createTempFile(shared, "run", ".log"));
  }

  /**
   * @param options of the JVM, a seam's among them
   * @param log gets what the process says
   */
  static void kill(String model, String input, String output, List<String> options, Path log)
      throws IOException {
    kill(
        options,
        List.of(
            "--model",
            model,
            "--input",
            input,
            "--output",
            output,
            "--if-exists",
            "resume",
            "--commit-every",
            Integer.toString(WAVE)),
        log);
  }

  private static void kill(List<String> options, List<String> arguments, Path log)
      throws IOException {
    List<String> all = new ArrayList<>(options);
    all.add("-Dspark.sql.sources.commitProtocolClass=" + KillingCommitProtocol.class.getName());
    Process process = ScoreProcess.start(all, arguments, log);
    try {
      assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isEqualTo(TestSeams.KILLED);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
