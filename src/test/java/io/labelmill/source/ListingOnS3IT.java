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
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Which requests a listing of a bucket costs. */
@ExtendWith(ManyRows.class)
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
    S3.latency(Duration.ofMillis(50));
    S3.forget();

    assertThat(paths(bucket.uri("in"))).isEqualTo(expected);

    assertThat(S3.mostInFlight()).as("as many listings at once as tasks").isGreaterThan(1);
  }

  @Test
  void wideFoldersAreListedInPagesAndEveryObjectComesOnce() {
    Bucket bucket = bucket("wide");
    Set<String> expected = new TreeSet<>();
    for (int i = 0; i < 2_500; i++) {
      String key = i % 10 == 0 ? "in/%04d.jpg" : "in/%04d/a.jpg";
      bucket.put(key.formatted(i), CONTENT);
      expected.add(key.formatted(i));
    }
    S3.forget();
    SourceSetup setup = new SourceSetup(SparkFixture.spark(), SourceOptions.of(bucket.uri("in")));
    Dataset<Row> rows =
        Listing.rows(
            SparkFixture.spark(),
            setup.broadcast(),
            List.of(new Listing.Root(bucket.uri("in"), null)),
            new ListingParts.Cut(
                1_000, SparkFixture.spark().sparkContext().collectionAccumulator()));

    assertThat(rows.select("relative").as(Encoders.STRING()).collectAsList())
        .doesNotHaveDuplicates()
        .hasSize(2_500)
        .allMatch(name -> expected.contains("in/" + name));

    assertThat(bucket.requests())
        .filteredOn(request -> request.isListing() && request.query().contains("start-after"))
        .hasSizeGreaterThanOrEqualTo(2);
    assertThat(bucket.requests())
        .as("a page for a thousand, once to find where pages begin, once to list")
        .filteredOn(Request::isListing)
        .hasSizeLessThanOrEqualTo(2 * 3 + 4);
  }

  @Test
  void keysThatHadoopCannotNameAreRowsOfTheirOwn() {
    Bucket bucket = bucket("unnamed");
    bucket.put("in/a.jpg", CONTENT);
    bucket.put("in/sub/b.jpg", CONTENT);
    bucket.put("in/sub/e/h.jpg", CONTENT);
    for (String key :
        List.of(
            "in//a.jpg", "in/./a.jpg", "in/sub//c.jpg", "in/sub/../d.jpg", "in/sub/e//f/g.jpg")) {
      bucket.pretend(key);
    }
    S3.forget();

    Plan plan = plan(bucket.uri("in"));
    assertThat(plan.paths(100))
        .containsExactlyInAnyOrder(
            bucket.uri("in//a.jpg"),
            bucket.uri("in/./a.jpg"),
            bucket.uri("in/a.jpg"),
            bucket.uri("in/sub/../d.jpg"),
            bucket.uri("in/sub//c.jpg"),
            bucket.uri("in/sub/b.jpg"),
            bucket.uri("in/sub/e//f/g.jpg"),
            bucket.uri("in/sub/e/h.jpg"));
    assertThat(plan.rows()).isEqualTo(8);
    assertThat(plan.unopened()).isEqualTo(5);
    assertThat(
            plan.wave(0, 10, TaskSizes.equal(10))
                .images()
                .filter("__path = '" + bucket.uri("in//a.jpg") + "'")
                .collectAsList())
        .singleElement()
        .satisfies(
            row ->
                assertThat(row.getString(PlanColumns.PROBLEM))
                    .isEqualTo(
                        "The object's key has an empty or dotted part (//, /./ or /../), by which"
                            + " nothing can be opened through Hadoop: rename it: "
                            + bucket.uri("in//a.jpg")));
    assertThat(bucket.requests())
        .as("no second listing of all")
        .filteredOn(
            request -> request.isListing() && request.query().matches(".*prefix=in%2Fsub%2F(&.*)?"))
        .hasSizeLessThanOrEqualTo(3);
  }

  private Plan plan(String input) {
    try (ImageSource source =
        ImageSource.open(SparkFixture.spark(), SourceOptions.of(input), Set.of())) {
      return source.plan(new org.apache.hadoop.fs.Path(folder.toString(), "run"));
    }
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
