package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import io.labelmill.s3.LoopbackS3.Fault;
import io.labelmill.source.StoreProbe.Place;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class StoreProbeIT {
  private static final LoopbackS3 S3 = LoopbackS3.shared();

  private final Configuration configuration = new Configuration();
  private final Bucket there = S3.bucket("probed").configure(configuration);

  @AfterEach
  void heal() {
    S3.heal();
  }

  @Test
  void aBucketIsAskedForOnceWhateverIsInIt() {
    S3.forget();
    check(
        new Place("--input", there.uri("none/*/x?.jpg")),
        new Place("--output", "s3://probed/none"),
        new Place("--model", "/local/model"),
        new Place("--run-dir", "hdfs://not-asked-for:1/x"),
        new Place("--labels", "hf://org/model"));
    assertThat(there.requests()).isNotEmpty().hasSizeLessThanOrEqualTo(2);
  }

  @Test
  void theRootAndAnObjectAnswerToo() {
    there.put("a.jpg", new byte[1]);
    check(new Place("--input", there.uri("")));
    check(new Place("--input", there.uri("a.jpg")));
    check(new Place("--input", "s3a://probed"));
  }

  @Test
  void everyBadBucketIsTold() {
    Bucket missing = S3.missing("missing1").configure(configuration);
    S3.missing("missing2").configure(configuration);
    assertThatThrownBy(
            () ->
                check(
                    new Place("--input", missing.uri("x")),
                    new Place("--output", "s3a://missing2/y"),
                    new Place("--model", missing.uri("m"))))
        .isInstanceOfSatisfying(
            InputException.class,
            e ->
                assertThat(e.problems())
                    .hasSize(2)
                    .anyMatch(
                        problem ->
                            problem.startsWith(
                                "--input s3a://missing1/x, --model s3a://missing1/m: there is no"
                                    + " bucket missing1 at "
                                    + S3.endpoint()))
                    .anyMatch(problem -> problem.startsWith("--output s3a://missing2/y: there")));
  }

  @Test
  void aStoreThatNeverAnswersIsUnreachable() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      String endpoint = "http://127.0.0.1:" + silent.getLocalPort();
      configuration.set("fs.s3a.bucket.probed.endpoint", endpoint);
      assertThatThrownBy(
              () ->
                  StoreProbe.check(
                      List.of(new Place("--input", there.uri("x"))),
                      configuration,
                      Duration.ofSeconds(1)))
          .isInstanceOf(OutageException.class)
          .hasMessageStartingWith(
              "--input s3a://probed/x: no store answers at "
                  + endpoint
                  + " (nothing was answered for 1 s). See that it runs and can be reached from here,"
                  + " or set fs.s3a.endpoint");
    }
  }

  @Test
  void credentialsThatAreMissingAreTold() {
    configuration.set(
        "fs.s3a.bucket.probed.aws.credentials.provider",
        "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider");
    assertThatThrownBy(() -> check(new Place("--input", there.uri("x"))))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(
            "--input s3a://probed/x: no credentials for S3 were found. Set AWS_ACCESS_KEY_ID and"
                + " AWS_SECRET_ACCESS_KEY, or set fs.s3a.aws.credentials.provider");
  }

  @Test
  void aStoreThatIsBusyIsLeftToTheRun() {
    there.spoil(request -> true, 100, Fault.SLOW_DOWN);
    assertThatCode(() -> check(new Place("--input", there.uri("x")))).doesNotThrowAnyException();
  }

  private void check(Place... places) {
    StoreProbe.check(List.of(places), configuration);
  }
}
