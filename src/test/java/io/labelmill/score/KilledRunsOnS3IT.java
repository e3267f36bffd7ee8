package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.demo.FridgePictures;
import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@link KilledRunsIT} shows, with model, images and table in a bucket. */
class KilledRunsOnS3IT {
  private static final int PICTURES = 24;
  private static final int WAVE = 8;

  @TempDir static Path local;
  private static Bucket bucket;
  private static List<Row> undisturbed;
  private static int tests;

  private final String output = "table" + ++tests + "/out";

  @BeforeAll
  static void fill() throws IOException {
    bucket =
        LoopbackS3.shared()
            .bucket("killed")
            .configure(SparkFixture.spark().sparkContext().hadoopConfiguration());
    TestCheckpoints.tiny().write(local.resolve("model"));
    bucket.putAll("model/", local.resolve("model"));
    bucket.putAll("in/", new FridgePictures(PICTURES, 7).write(local.resolve("drawn")));
    assertThat(resume("undisturbed/out")).isEqualTo(PICTURES);
    undisturbed = KilledRunsIT.rows(bucket.uri("undisturbed/out"));
  }

  @Test
  void aKilledRunGoesOnWhereItWas() throws IOException {
    LoopbackS3.shared().forget();
    killAndResume("-Dlabelmill.test.commit=TASK:2", 1);
    assertThat(bucket.requests())
        .as("the finished, uncommitted file of the killed run is given up")
        .anyMatch(r -> r.method().equals("DELETE") && r.query().contains("uploadId="));
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
    "-Dlabelmill.test.kill=WAVE_COMMITTED:2, 2",
    "-Dlabelmill.test.kill=BETWEEN_WAVES:1, 1",
    "-Dlabelmill.test.kill=BEFORE_RECORD:1, 3",
    "-Dlabelmill.test.commit=JOB:1, 0",
    "-Dlabelmill.test.commit=JOB:3, 2",
  })
  void aKilledRunGoesOnFromAnySeam(String kill, int committedWaves) throws IOException {
    killAndResume(kill, committedWaves);
  }

  private void killAndResume(String kill, int committedWaves) throws IOException {
    List<String> options = new ArrayList<>(List.of(kill));
    bucket.settings().forEach((key, value) -> options.add("-Dspark.hadoop." + key + "=" + value));
    KilledRunsIT.kill(
        bucket.uri("model"),
        bucket.uri("in"),
        bucket.uri(output),
        options,
        local.resolve("killed.log"));
    int before = files().isEmpty() ? 0 : KilledRunsIT.rows(bucket.uri(output)).size();
    assertThat(before).as("visible rows").isEqualTo(committedWaves * WAVE);
    assertThat(resume(output)).isEqualTo(PICTURES - before);
    assertThat(KilledRunsIT.rows(bucket.uri(output))).isEqualTo(undisturbed);
    assertThat(bucket.keys().stream().filter(key -> !key.matches("(model|in|undisturbed)/.*")))
        .as("nothing is left but tables and run records, no upload among it")
        .allMatch(
            key -> key.matches("table\\d+/out/(part-.*parquet|_SUCCESS|_labelmill/run-.*json)"));
  }

  private List<String> files() {
    return bucket.keys().stream()
        .filter(key -> key.startsWith(output) && key.endsWith(".parquet"))
        .filter(key -> !key.contains("/_"))
        .toList();
  }

  private static long resume(String output) throws IOException {
    return KilledRunsIT.resume(bucket.uri("model"), bucket.uri("in"), bucket.uri(output));
  }
}
