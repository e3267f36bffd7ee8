package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import io.labelmill.s3.LoopbackS3.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which requests a listing of a bucket costs. */
class ListingOnS3IT {
  private static final LoopbackS3 S3 = LoopbackS3.shared();
  private static final byte[] CONTENT = new byte[10];

  @TempDir Path folder;

  @AfterEach
  void heal() {
    S3.heal();
  }

  @Test
  void aThousandObjectsCostARequestOrTwoAndNoneOfTheirOwn() {
    Bucket bucket = bucket("many");
    Set<String> expected = new TreeSet<>();
    for (int i = 0; i < 3_000; i++) {
      String key = "in/%05d.jpg".formatted(i);
      bucket.put(key, CONTENT);
      expected.add(bucket.uri(key));
    }
    S3.forget();

    assertThat(paths(bucket.uri("in"))).isEqualTo(expected);

    // Once to see what the files are, once for folders to list beside each other, once to list.
    assertThat(bucket.requests())
        .filteredOn(Request::isListing)
        .hasSizeLessThanOrEqualTo(3 * 3 + 8);
    assertThat(bucket.requests())
        .filteredOn(request -> request.key().endsWith(".jpg"))
        .as("requests for single objects")
        .isEmpty();
  }

  @Test
  void foldersAreListedBesideEachOtherAndFlat() {
    Bucket bucket = bucket("folders");
    Set<String> expected = new TreeSet<>();
    for (int i = 0; i < 16; i++) {
      for (String key : List.of("in/%02d/a.jpg", "in/%02d/b/c/d/e.jpg", "in/%02d/_temporary/f")) {
        bucket.put(key.formatted(i), CONTENT);
        if (key.endsWith("jpg")) {
          expected.add(bucket.uri(key.formatted(i)));
        }
      }
    }
    S3.latency(Duration.ofMillis(100));
    S3.forget();

    assertThat(paths(bucket.uri("in"))).isEqualTo(expected);

    assertThat(S3.mostInFlight()).as("as many listings at once as tasks").isGreaterThan(1);
  }

  private Set<String> paths(String input) {
    try (ImageSource source =
        ImageSource.open(SparkFixture.spark(), SourceOptions.of(input), Set.of())) {
      Plan plan = source.plan(new org.apache.hadoop.fs.Path(folder.toString(), "run"));
      return new TreeSet<>(plan.paths(Integer.MAX_VALUE));
    }
  }

  private static Bucket bucket(String name) {
    return S3.bucket(name).configure(SparkFixture.spark().sparkContext().hadoopConfiguration());
  }
}
