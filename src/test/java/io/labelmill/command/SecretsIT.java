package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.cluster.JobProcess;
import io.labelmill.demo.FridgePictures;
import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import io.labelmill.s3.LoopbackS3.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code jobs/score} as a user starts it, on a bucket, with credentials from the environment: they
 * are in nothing that a run writes.
 */
class SecretsIT {
  private static final LoopbackS3 S3 = LoopbackS3.shared();

  @TempDir static Path local;
  private static Bucket bucket;

  @BeforeAll
  static void fill() throws IOException {
    bucket = S3.bucket("secrets");
    TestCheckpoints.tiny().write(local.resolve("model"));
    bucket.putAll("model/", local.resolve("model"));
    bucket.putAll("in/", new FridgePictures(4, 7).write(local.resolve("drawn")));
    bucket.put("in/denied.jpg", new byte[10]);
    bucket.put("in/cut.jpg", new byte[1000]);
    bucket.spoil(request -> request.key().equals("in/denied.jpg"), 1000, Fault.DENIED);
    bucket.spoil(request -> request.key().equals("in/cut.jpg"), 1000, Fault.CUT);
  }

  @Test
  void credentialsAreInNothingThatARunWrites() throws IOException {
    Path events = Files.createDirectory(local.resolve("events"));
    JobProcess job =
        score(
            LoopbackS3.SECRET_KEY,
            bucket.uri("in"),
            "--conf",
            "spark.eventLog.enabled=true",
            "--conf",
            "spark.eventLog.compress=false",
            "--conf",
            "spark.eventLog.dir=" + events.toUri());

    assertThat(job.exitCode()).as(job.err()).isZero();
    assertThat(job.out()).contains("ACCESS_DENIED             1", "READ_FAILED               1");
    assertThat(job.err()).contains("Options: ").doesNotContain(LoopbackS3.SECRET_KEY);
    assertThat(job.out()).doesNotContain(LoopbackS3.SECRET_KEY);
    List<String> written = new ArrayList<>();
    try (Stream<Path> files = Files.walk(events)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        written.add(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    assertThat(written).as("event logs").isNotEmpty();
    bucket.configure(SparkFixture.spark().sparkContext().hadoopConfiguration());
    List<String> rows =
        SparkFixture.spark().read().parquet(bucket.uri("t")).toJSON().collectAsList();
    assertThat(rows).hasSize(6);
    written.addAll(rows);
    for (String key : bucket.keys()) {
      if (key.endsWith(".json") && key.startsWith("t/")) {
        written.add(new String(bucket.get(key), StandardCharsets.UTF_8));
      }
    }
    assertThat(written)
        .allSatisfy(
            text ->
                assertThat(text)
                    .doesNotContain(LoopbackS3.SECRET_KEY)
                    .doesNotContain(LoopbackS3.SECRET_KEY.replace("/", "%2F")));
  }

  @Test
  void credentialsThatAreWrongAreNotShownEither() {
    String wrong = "wrong/Secret+0123456789";
    JobProcess job = score(wrong, bucket.uri("in"));
    assertThat(job.exitCode()).as(job.err()).isEqualTo(2);
    assertThat(job.err())
        .contains("refuses the credentials in use")
        .doesNotContain(wrong)
        .doesNotContain("\tat ");
  }

  @Test
  void credentialsInAPathAreRefusedAndNotShown() {
    JobProcess job =
        score(LoopbackS3.SECRET_KEY, "s3a://AKIAME:hush/hush@" + bucket.name() + "/in");
    assertThat(job.exitCode()).as(job.err()).isEqualTo(1);
    assertThat(job.err())
        .contains("--input s3a://secrets/in is given with a user name or password before an @")
        .doesNotContain("hush", "AKIAME");
  }

  private static JobProcess score(String secret, String input, String... submit) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--model",
                bucket.uri("model"),
                "--input",
                input,
                "--output",
                bucket.uri("t"),
                "--",
                "--master",
                "local[2]"));
    bucket.settings().forEach((key, value) -> addPlain(arguments, key, value));
    arguments.addAll(List.of(submit));
    return JobProcess.run(
        "score",
        Map.of("AWS_ACCESS_KEY_ID", LoopbackS3.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY", secret),
        arguments);
  }

  /** All settings but credentials and where they come from, which are the environment. */
  private static void addPlain(List<String> arguments, String key, String value) {
    if (!key.contains("credentials") && !key.endsWith(".key")) {
      arguments.addAll(List.of("--conf", "spark.hadoop." + key + "=" + value));
    }
  }
}
