package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import io.labelmill.s3.LoopbackS3.Fault;
import io.labelmill.s3.LoopbackS3.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.util.VersionInfo;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jobs/score} from the command line to its table, everything in buckets. */
class ScoreOnS3IT {
  private static final LoopbackS3 S3 = LoopbackS3.shared();

  /** Names that are URIs, globs or escapes to somebody on the way. */
  private static final List<String> NAMES =
      List.of("a b.png", "a%20b.png", "a#b.png", "a+b.png", "_DSC0001.png", "ä日.png", "x.png");

  /** What a listed image costs: the S3A of Hadoop before 3.3.5 ignores the status it is given. */
  private static final List<String> LISTED =
      VersionInfo.getVersion().equals("3.3.4") ? List.of("HEAD", "GET") : List.of("GET");

  @TempDir static Path local;
  private static Bucket models;
  private static int tests;

  /** Of this test alone. */
  private final Bucket photos = bucket("photos" + ++tests);

  private final Bucket tables = bucket("tables" + tests);

  @BeforeAll
  static void storeModel() throws IOException {
    SparkFixture.spark();
    models = bucket("models");
    Path model = local.resolve("tiny");
    TestCheckpoints.tiny().write(model);
    models.putAll("tiny/", model);
    List<Path> pictures;
    Path drawn = new FridgePictures(NAMES.size(), 3).write(local.resolve("drawn"));
    try (Stream<Path> files = Files.list(drawn)) {
      pictures = files.filter(Files::isRegularFile).sorted().toList();
    }
    Path images = Files.createDirectories(local.resolve("images"));
    for (int i = 0; i < NAMES.size(); i++) {
      Files.copy(pictures.get(i), images.resolve(NAMES.get(i)));
    }
  }

  @AfterEach
  void heal() {
    S3.heal();
  }

  @Test
  void aFolderBecomesATableWithOneRequestAnImage() throws IOException {
    photos.putAll("shelf/2026/", local.resolve("images"));
    S3.forget();

    Ended ended = score(photos.uri("shelf/"));

    assertThat(ended.problems()).isEmpty();
    assertThat(ended.exitCode()).isZero();
    Map<String, Object> expected = new TreeMap<>();
    scoreLocally().forEach((name, score) -> expected.put(photos.uri("shelf/2026/" + name), score));
    assertThat(scores()).as("the same scores as of files").isEqualTo(expected);
    for (String name : NAMES) {
      assertThat(methods(photos, "shelf/2026/" + name)).as(name).isEqualTo(LISTED);
    }
    assertThat(tables.keys())
        .as("the table, its marker, one run record")
        .allMatch(key -> key.matches("t/(part-.*parquet|_SUCCESS|_labelmill/run-.*json)"))
        .hasSize(3);
    assertThat(requests(tables, request -> request.key().endsWith(".parquet")))
        .as("files appear by the end of an upload, never by a copy")
        .anyMatch(r -> r.method().equals("POST") && r.query().startsWith("uploadId="))
        .noneMatch(r -> r.headers().containsKey("x-amz-copy-source"));
  }

  @Test
  void aTableOfPathsKeepsARowForEachWithTwoRequests() throws IOException {
    photos.putAll("", local.resolve("images"));
    photos.put("denied.png", new byte[10]);
    photos.put("cut.png", Files.readAllBytes(local.resolve("images/x.png")));
    photos.spoil(get("denied.png"), 100, Fault.DENIED);
    photos.spoil(get("cut.png"), 100, Fault.CUT);
    List<Row> rows =
        Stream.of("a b.png", "a%20b.png", "ä日.png", "gone.png", "denied.png", "cut.png")
            .map(name -> RowFactory.create("s3://" + photos.name() + "/" + name))
            .toList();
    write(tables.uri("paths.parquet"), rows);
    S3.forget();

    Ended ended = score(tables.uri("paths.parquet"));

    assertThat(ended.problems()).isEmpty();
    String scheme = "s3://" + photos.name() + "/";
    assertThat(statuses())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                scheme + "a b.png", "OK",
                scheme + "a%20b.png", "OK",
                scheme + "ä日.png", "OK",
                scheme + "gone.png", "NOT_FOUND",
                scheme + "denied.png", "ACCESS_DENIED",
                scheme + "cut.png", "READ_FAILED"));
    assertThat(methods(photos, "a b.png")).containsExactly("HEAD", "GET");
  }

  @Test
  void globsAndSeveralPrefixesAreListed() throws IOException {
    byte[] picture = Files.readAllBytes(local.resolve("images/x.png"));
    for (String key :
        List.of("2026-01/a.png", "2026-02/b/c.png", "2026-03/d.png", "new/e.png", "new/f.txt")) {
      photos.put(key, picture);
    }
    Ended ended =
        score(
            photos.uri("2026-0[12]/").replace("s3a:", "s3:"),
            "--input",
            photos.uri("new"),
            "--include",
            "*.png");
    assertThat(ended.problems()).isEmpty();
    assertThat(statuses().keySet())
        .containsExactlyInAnyOrder(
            photos.uri("2026-01/a.png"), photos.uri("2026-02/b/c.png"), photos.uri("new/e.png"));
  }

  @Test
  void resumeScoresOnlyWhatIsNewAndAsksForNoImageThatItKnows() throws IOException {
    photos.putAll("", local.resolve("images"));
    assertThat(score(photos.uri("")).exitCode()).isZero();

    S3.forget();
    Ended unchanged = score(photos.uri(""), "--if-exists", "resume");
    assertThat(unchanged.out()).startsWith("nothing to score");
    assertThat(requests(photos, request -> NAMES.contains(request.key()))).isEmpty();

    photos.put("new/x.png", Files.readAllBytes(local.resolve("images/x.png")));
    photos.put("a+b.png", Files.readAllBytes(local.resolve("images/x.png")));
    Ended changed = score(photos.uri(""), "--if-exists", "resume");
    assertThat(changed.problems()).isEmpty();
    assertThat(changed.out()).startsWith("2 images");
    assertThat(read().count()).isEqualTo(NAMES.size() + 2);
  }

  @Test
  void aKnownPathOfATableCostsNothingOrOneRequest() throws IOException {
    photos.putAll("", local.resolve("images"));
    write(
        tables.uri("paths.parquet"),
        NAMES.stream().map(name -> RowFactory.create(photos.uri(name))).toList());
    assertThat(score(tables.uri("paths.parquet")).exitCode()).isZero();

    S3.forget();
    Ended ignored = score(tables.uri("paths.parquet"), "--if-exists", "resume");
    assertThat(ignored.out()).startsWith("nothing to score");
    assertThat(photos.requests()).isEmpty();

    Ended checked =
        score(tables.uri("paths.parquet"), "--if-exists", "resume", "--changed", "check");
    assertThat(checked.out()).startsWith("nothing to score");
    for (String name : NAMES) {
      assertThat(methods(photos, name)).as(name).containsExactly("HEAD");
    }
  }

  @Test
  void throttlingAndBrokenConnectionsAreTriedAgain() {
    photos.putAll("", local.resolve("images"));
    photos.spoil(Request::isListing, 2, Fault.SLOW_DOWN);
    photos.spoil(get("a b.png"), 3, Fault.SLOW_DOWN);
    photos.spoil(get("a#b.png"), 2, Fault.RESET);
    photos.spoil(get("x.png"), 1, Fault.CUT);
    tables.spoil(request -> request.method().equals("PUT"), 2, Fault.SLOW_DOWN);
    tables.spoil(request -> request.method().equals("POST"), 1, Fault.RESET);
    S3.forget();

    Ended ended = score(photos.uri(""));

    assertThat(ended.problems()).isEmpty();
    assertThat(statuses().values()).hasSize(NAMES.size()).containsOnly("OK");
    assertThat(methods(photos, "a b.png")).hasSize(LISTED.size() + 3);
    assertThat(methods(photos, "a#b.png")).hasSize(LISTED.size() + 2);
    assertThat(methods(photos, "x.png")).hasSize(LISTED.size() + 1);
    assertThat(methods(photos, "a+b.png")).hasSize(LISTED.size());
  }

  @Test
  void aCommitterThatKeepsItsUploadsToItselfIsGivenAPlaceOfItsOwn() {
    resumeWith("directory");
  }

  /** Of the same kind. */
  @Tag("stress")
  @Test
  void soIsThePartitionedCommitter() {
    resumeWith("partitioned");
  }

  private void resumeWith(String committer) {
    SparkFixture.spark()
        .sparkContext()
        .hadoopConfiguration()
        .set("fs.s3a.bucket." + tables.name() + ".committer.name", committer);
    photos.putAll("shelf/", local.resolve("images"));
    assertThat(score(photos.uri("shelf/")).problems()).isEmpty();
    photos.putAll("new/", local.resolve("images"));

    Ended resumed = score(photos.uri("new/"), "--if-exists", "resume");

    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(scores()).hasSize(2 * NAMES.size());
    assertThat(tables.keys())
        .as("nothing is left of the places of waves")
        .allMatch(key -> key.matches("t/(part-.*parquet|_SUCCESS|_labelmill/run-.*json)"));
  }

  @Test
  void anObjectThatIsGoneOrDeniedAfterTheListingIsARow() {
    photos.putAll("", local.resolve("images"));
    photos.spoil(get("a b.png"), 100, Fault.GONE);
    photos.spoil(get("x.png"), 100, Fault.DENIED);

    Ended ended = score(photos.uri(""));

    assertThat(ended.problems()).isEmpty();
    assertThat(statuses())
        .containsEntry(photos.uri("a b.png"), "NOT_FOUND")
        .containsEntry(photos.uri("x.png"), "ACCESS_DENIED")
        .containsEntry(photos.uri("a+b.png"), "OK");
  }

  @Test
  void everyOutputIsReplacedOrAddedTo() {
    photos.putAll("", local.resolve("images"));
    assertThat(score(photos.uri(""), "--output-format", "csv").problems()).isEmpty();
    assertThat(score(photos.uri(""), "--output-format", "csv", "--if-exists", "append").problems())
        .isEmpty();
    assertThat(tables.keys()).filteredOn(key -> key.endsWith(".csv")).hasSize(2);

    Ended ended = score(photos.uri(""), "--if-exists", "overwrite");

    assertThat(ended.problems()).isEmpty();
    assertThat(read().count()).isEqualTo(NAMES.size());
    assertThat(tables.keys())
        .as("the new table alone, and the records of all runs")
        .allMatch(key -> key.matches("t/(part-.*parquet|_SUCCESS|_labelmill/run-.*json)"))
        .hasSize(5);
  }

  @Test
  void aTableIsCompacted() {
    photos.putAll("", local.resolve("images"));
    assertThat(score(photos.uri("")).problems()).isEmpty();
    assertThat(score(photos.uri(""), "--if-exists", "append").problems()).isEmpty();
    assertThat(read().count()).isEqualTo(2L * NAMES.size());

    Ended ended = CapturedTerminal.run("score", "--compact", "--output", tables.uri("t"));

    assertThat(ended.problems()).isEmpty();
    assertThat(ended.exitCode()).isZero();
    assertThat(scores()).hasSize(NAMES.size());
  }

  @Test
  void bucketCredentialsAndEndpointFailAtOnceWithASentenceEach() {
    Configuration configuration = SparkFixture.spark().sparkContext().hadoopConfiguration();
    Bucket missing = S3.missing("nobucket").configure(configuration);
    Bucket refused = bucket("refused");
    configuration.set("fs.s3a.bucket.refused.secret.key", "wrong");
    Bucket away = bucket("away");
    configuration.set("fs.s3a.bucket.away.endpoint", "http://127.0.0.1:1");
    String setCredentials =
        "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or set fs.s3a.aws.credentials.provider"
            + " (behind --, as --conf spark.hadoop.fs.s3a.aws.credentials.provider=VALUE), to"
            + " credentials that may list and read the bucket refused.";
    String setEndpoint =
        "set fs.s3a.endpoint (behind --, as --conf spark.hadoop.fs.s3a.endpoint=VALUE)";

    assertFailsSoon(
        2,
        missing.uri("in/*.jpg"),
        "--input s3a://nobucket/in/*.jpg: there is no bucket nobucket at "
            + S3.endpoint()
            + ". Look at its name; where that is right, "
            + setEndpoint
            + " to the store that has it.");
    assertFailsSoon(
        2,
        refused.uri("in"),
        "--input s3a://refused/in: the store at "
            + S3.endpoint()
            + " refuses the credentials in use (status 403). "
            + setCredentials);
    assertFailsSoon(
        3,
        away.uri("in"),
        "--input s3a://away/in: no store answers at http://127.0.0.1:1 (Connection refused). See"
            + " that it runs and can be reached from here, or "
            + setEndpoint
            + " to where it is.");
    assertThat(tables.keys()).isEmpty();
    Ended evaluated =
        CapturedTerminal.run(
            "evaluate",
            "--predictions",
            missing.uri("labels"),
            "--truth",
            missing.uri("truth.csv"),
            "--output",
            local.resolve("report").toString());
    assertThat(evaluated.problems())
        .singleElement()
        .asString()
        .startsWith(
            "--predictions s3a://nobucket/labels, --truth s3a://nobucket/truth.csv: there is no"
                + " bucket nobucket at ");
    Ended inspected = CapturedTerminal.run("model", "inspect", "s3a://KEY:hush@models/tiny");
    assertThat(inspected.err()).contains("s3a://models/tiny is given with").doesNotContain("hush");
  }

  private void assertFailsSoon(int exitCode, String input, String sentence) {
    Ended ended = assertTimeoutPreemptively(Duration.ofSeconds(30), () -> score(input));
    assertThat(ended.problems()).containsExactly(sentence);
    assertThat(ended.exitCode()).isEqualTo(exitCode);
  }

  private static Predicate<Request> get(String key) {
    return request -> request.method().equals("GET") && request.key().equals(key);
  }

  private static List<String> methods(Bucket bucket, String key) {
    return requests(bucket, request -> request.key().equals(key)).stream()
        .map(Request::method)
        .toList();
  }

  private static List<Request> requests(Bucket bucket, Predicate<Request> wanted) {
    return bucket.requests().stream().filter(wanted).toList();
  }

  private static Bucket bucket(String name) {
    Configuration configuration = SparkFixture.spark().sparkContext().hadoopConfiguration();
    return S3.bucket(name).configure(configuration);
  }

  private Ended score(String input, String... more) {
    return CapturedTerminal.run(
        Stream.concat(
                Stream.of(
                    "score",
                    "--model",
                    models.uri("tiny"),
                    "--input",
                    input,
                    "--output",
                    tables.uri("t"),
                    "--max-failed-fraction",
                    "1"),
                Stream.of(more))
            .toArray(String[]::new));
  }

  /** Scores by name of the same images as files. */
  private static Map<String, Object> scoreLocally() {
    Path output = local.resolve("labels");
    Ended ended =
        CapturedTerminal.run(
            "score",
            "--model",
            local.resolve("tiny").toString(),
            "--input",
            local.resolve("images").toString(),
            "--output",
            output.toString(),
            "--if-exists",
            "overwrite");
    assertThat(ended.problems()).isEmpty();
    return SparkFixture.spark().read().parquet(output.toString()).collectAsList().stream()
        .collect(
            Collectors.toMap(
                row -> Path.of(row.<String>getAs("path").substring(5)).getFileName().toString(),
                row -> row.getList(row.fieldIndex("predictions"))));
  }

  private Dataset<Row> read() {
    return SparkFixture.spark().read().parquet(tables.uri("t"));
  }

  private Map<String, Object> scores() {
    Map<String, Object> scores = new TreeMap<>();
    for (Row row : read().collectAsList()) {
      Object before = scores.put(row.getAs("path"), row.getList(row.fieldIndex("predictions")));
      assertThat(before).as("two rows of " + row).isNull();
    }
    return scores;
  }

  private Map<String, String> statuses() {
    Map<String, String> statuses = new TreeMap<>();
    for (Row row : read().collectAsList()) {
      statuses.put(row.getAs("path"), row.getAs("status"));
    }
    return statuses;
  }

  private static void write(String file, List<Row> rows) {
    SparkFixture.spark()
        .createDataFrame(rows, new StructType().add("path", DataTypes.StringType))
        .coalesce(1)
        .write()
        .parquet(file);
  }
}
