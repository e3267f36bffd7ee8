package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jobs/score} from the command line to its table, everything in buckets. */
class ScoreOnS3IT {
  private static final LoopbackS3 S3 = LoopbackS3.shared();

  /** Names that are URIs, globs or escapes to somebody on the way. */
  private static final List<String> NAMES =
      List.of("a b.png", "a%20b.png", "a#b.png", "a+b.png", "_DSC0001.png", "ä日.png", "x.png");

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
      assertThat(methods(photos, "shelf/2026/" + name)).as(name).containsExactly("GET");
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
