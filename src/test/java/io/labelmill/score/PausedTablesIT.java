package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.JobProcess;
import io.labelmill.TestCheckpoints;
import io.labelmill.demo.FridgePictures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link PausedRunsIT} shows, with tables of formats whose jars a user adds. */
class PausedTablesIT {
  private static final int PICTURES = 10;
  private static final int WAVE = 4;

  @TempDir private Path folder;
  private Path images;

  @BeforeEach
  void draw() {
    images = new FridgePictures(PICTURES, 3).write(folder.resolve("in"));
    TestCheckpoints.tiny().write(folder.resolve("model"));
  }

  /** What the second wave was to add is left out when it is committed late. */
  @Test
  void delta() throws Exception {
    pauseAndTakeOver(
        6,
        List.of(
            "-Dspark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension",
            "-Dspark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog"),
        List.of("--output", folder.resolve("out").toString()),
        List.of("--output-format", "delta"));
  }

  /** The second wave is staged; who takes over publishes it. */
  @Test
  void iceberg() throws Exception {
    pauseAndTakeOver(
        2,
        List.of(
            "-Dspark.sql.catalog.ice=org.apache.iceberg.spark.SparkCatalog",
            "-Dspark.sql.catalog.ice.type=hadoop",
            "-Dspark.sql.catalog.ice.warehouse=" + folder.resolve("warehouse")),
        List.of(
            "--output", "table:ice.shop.labels", "--run-dir", folder.resolve("records").toString()),
        List.of("--output-format", "iceberg"));
  }

  /**
   * @param left images that the run has to score which takes over from one in its second commit
   */
  private void pauseAndTakeOver(
      int left, List<String> settings, List<String> output, List<String> format) throws Exception {
    List<String> score = new ArrayList<>(output);
    score.addAll(format);
    score.addAll(List.of("--if-exists", "resume", "--commit-every", Integer.toString(WAVE)));
    score.addAll(List.of("--model", folder + "/model", "--input", images.toString()));
    List<String> stopped = new ArrayList<>(settings);
    stopped.add("-Dlabelmill.test.stop=COMMITTING:2");
    Path log = Files.createTempFile(folder, "run", ".log");
    Process first = start(stopped, score, log);
    try {
      PausedRunsIT.awaitStop(first, log);
      assertThat(run(settings, score)).contains("\n" + left + " images in ");
      PausedRunsIT.goOn(first, log);
    } finally {
      first.destroyForcibly();
    }
    List<String> compact = new ArrayList<>(List.of("--compact"));
    compact.addAll(output);
    assertThat(run(settings, compact))
        .as("each image has one row")
        .contains("10 rows are current; 0 that were replaced");
  }

  private String run(List<String> settings, List<String> arguments) throws Exception {
    Path log = Files.createTempFile(folder, "run", ".log");
    Process process = start(settings, arguments, log);
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
      return Files.readString(log);
    } finally {
      process.destroyForcibly();
    }
  }

  private static Process start(List<String> settings, List<String> arguments, Path log)
      throws IOException {
    String formats;
    try (Stream<Path> jars = Files.list(Path.of("target/table-formats"))) {
      formats = jars.map(Path::toString).sorted().collect(Collectors.joining(":"));
    }
    List<String> options = new ArrayList<>(settings);
    options.addAll(
        List.of("-D" + PausedRunsIT.INTERVAL + "=200", "-D" + PausedRunsIT.PATIENCE + "=2000"));
    return JobProcess.start(options, ":" + formats, arguments, log);
  }
}
