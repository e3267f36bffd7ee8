package io.labelmill.command;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.ZstdOutputStream;
import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import io.labelmill.table.Columns;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.io.FilenameUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every command takes a table in every format, under every name and compression, and every place in
 * any spelling of S3.
 */
class PlacesAndFormatsIT {
  private static final FridgePictures PICTURES = new FridgePictures(20, 3);

  @TempDir static Path shared;
  private static Path images;
  private static Path model;

  @TempDir Path folder;

  @BeforeAll
  static void draw() {
    SparkFixture.spark();
    images = PICTURES.write(shared);
    model = shared.resolve("model");
    TestCheckpoints.tiny().write(model);
  }

  /** A file of each format; of names and compressions, what was once known in one place alone. */
  static Stream<String> names() {
    return Stream.concat(
        Stream.of(TableFormat.values()).map(format -> "t." + format.formatName()),
        Stream.of("t.csv.zstd", "t.jsonl.gz"));
  }

  @ParameterizedTest
  @MethodSource("names")
  void aTableOfPathsIsScored(String name) throws IOException {
    Path table = write(name, List.of("path", "note of a.b"), rows(2));
    Ended ended =
        CapturedTerminal.run(
            "score",
            "--model",
            model.toString(),
            "--input",
            table.toString(),
            "--keep",
            "note of a.b",
            "--output",
            folder.resolve("scores").toString());
    assertThat(ended.problems()).isEmpty();
    List<Row> scored =
        SparkFixture.spark()
            .read()
            .parquet(folder.resolve("scores").toString())
            .select(col("path"), col("status"), Columns.column("note of a.b"))
            .orderBy("path")
            .collectAsList();
    assertThat(scored)
        .containsExactly(
            RowFactory.create(image(0), "OK", "can"), RowFactory.create(image(1), "OK", "carton"));
  }

  @ParameterizedTest
  @MethodSource("names")
  void truthAndPredictionsAreEvaluated(String name) throws IOException {
    Path truth = write("truth-" + name, List.of("path", "label"), rows(4));
    // Of the predictions the last is wrong; a comma in a header is no separator.
    List<Row> predicted = new ArrayList<>(rows(3));
    predicted.add(RowFactory.create(image(3), "can"));
    Path predictions = write("predictions-" + name, List.of("path", "label"), predicted);
    Path labels = Files.writeString(folder.resolve("labels.txt"), "can\ncarton\n");
    Ended ended = evaluate(predictions.toString(), truth.toString(), labels.toString());
    assertThat(ended.problems()).isEmpty();
    assertThat(accuracy(folder.resolve("report/metrics.json"))).isEqualTo(0.75);
  }

  @Test
  void predictionsInNoFormatAreToldWhichThereAre() throws IOException {
    Path notes = Files.writeString(folder.resolve("notes.txt"), "can");
    Path truth = write("truth.csv", List.of("path", "label"), rows(1));
    Ended ended = evaluate(notes.toString(), truth.toString(), notes.toString());
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .contains(
            "The predictions "
                + notes
                + " are in no format of tables that is read ("
                + TableFormat.FILES
                + "): found notes.txt.");
  }

  @Test
  void aHeaderIsReadAsItIsQuoted() throws IOException {
    Path predictions =
        Files.writeString(
            folder.resolve("p.csv"),
            "\"shelf, \"\"left\"\"\",path,label\n1,%s,can\n".formatted(image(0)));
    Path truth = write("truth.csv", List.of("path", "label"), rows(1));
    Path labels = Files.writeString(folder.resolve("labels.txt"), "can\ncarton\n");
    Ended ended = evaluate(predictions.toString(), truth.toString(), labels.toString());
    assertThat(ended.problems()).isEmpty();
    assertThat(accuracy(folder.resolve("report/metrics.json"))).isEqualTo(1);
  }

  @Test
  void aTableWhoseNameIsAGlobIsReadAsItself() throws IOException {
    Path truth = write("t[1].csv", List.of("path", "label"), rows(1));
    write("t1.csv", List.of("nothing"), List.of(RowFactory.create("else")));
    Path predictions = write("p{a,b}.parquet", List.of("path", "label"), rows(1));
    Path labels = Files.writeString(folder.resolve("labels.txt"), "can\ncarton\n");
    Ended ended = evaluate(predictions.toString(), truth.toString(), labels.toString());
    assertThat(ended.problems()).isEmpty();
  }

  @Test
  void evaluationTakesEveryPlaceFromS3() throws IOException {
    evaluateOnS3("s3://");
  }

  /** Names of one place, which is where they are told apart. */
  @Tag("stress")
  @ParameterizedTest
  @ValueSource(strings = {"s3n://", "S3A://"})
  void soItDoesByOtherNamesOfS3(String scheme) throws IOException {
    evaluateOnS3(scheme);
  }

  private void evaluateOnS3(String scheme) throws IOException {
    Bucket bucket = bucket("evaluated");
    bucket.put("p/p.csv", bytes(write("p.csv", List.of("path", "label"), rows(2))));
    bucket.put("truth.tsv", bytes(write("t.tsv", List.of("path", "label"), rows(2))));
    bucket.put("labels.txt", "can\ncarton\n".getBytes(StandardCharsets.UTF_8));
    bucket.put("map.json", "{}".getBytes(StandardCharsets.UTF_8));
    bucket.put("train.csv", bytes(write("l.csv", List.of("path", "label"), rows(1))));
    String root = scheme + bucket.name() + "/";
    Ended ended =
        CapturedTerminal.run(
            "evaluate",
            "--predictions",
            root + "p",
            "--truth",
            root + "truth.tsv",
            "--labels",
            root + "labels.txt",
            "--label-map",
            root + "map.json",
            "--training-list",
            root + "train.csv",
            "--thumbnails",
            "none",
            "--output",
            root + "report");
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.problems())
        .singleElement()
        .asString()
        .startsWith("1 images of the evaluation are in the training list");
    assertThat(new String(bucket.get("report/metrics.json"), StandardCharsets.UTF_8))
        .contains("\"accuracy\" : 1");
  }

  @Test
  void trainingTakesEveryPlaceFromS3() {
    Bucket bucket = bucket("trained");
    bucket.putAll("images/", images);
    bucket.putAll("model/", model);
    bucket.put("labels.csv", bytes(shared.resolve("labels.csv")));
    String root = "s3://" + bucket.name() + "/";
    Ended ended =
        CapturedTerminal.run(
            "train",
            "--model",
            root + "model",
            "--input",
            root + "images",
            "--truth",
            root + "labels.csv",
            "--match-by",
            "name",
            "--output",
            root + "head");
    assertThat(ended.problems()).isEmpty();
    assertThat(bucket.keys()).contains("head/config.json", "head/head/head.json");
  }

  private Ended evaluate(String predictions, String truth, String labels) {
    return CapturedTerminal.run(
        "evaluate",
        "--predictions",
        predictions,
        "--truth",
        truth,
        "--labels",
        labels,
        "--thumbnails",
        "none",
        "--output",
        folder.resolve("report").toString());
  }

  private static double accuracy(Path metrics) throws IOException {
    return new ObjectMapper()
        .readTree(metrics.toFile())
        .at("/contenders/0/metrics/accuracy")
        .asDouble(-1);
  }

  private static String image(int number) {
    return images.resolve(PICTURES.name(number)).toString();
  }

  /** Images with a text, can and carton by turns. */
  private static List<Row> rows(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> RowFactory.create(image(i), i % 2 == 0 ? "can" : "carton"))
        .toList();
  }

  /** One file of the name, in the format and compression that it says. */
  private Path write(String name, List<String> columns, List<Row> rows) throws IOException {
    StructType schema = new StructType();
    for (String column : columns) {
      schema = schema.add(column, DataTypes.StringType);
    }
    TableFormat format = TableFormat.ofFile(name).orElseThrow();
    Dataset<Row> table = SparkFixture.spark().createDataFrame(rows, schema).coalesce(1);
    String ending = FilenameUtils.getExtension(name);
    boolean isZstd = ending.startsWith("zst");
    Path parts = folder.resolve("parts-" + name);
    table
        .write()
        .format(format.source())
        .options(format.options())
        .option("compression", format.isTyped() ? "snappy" : ending.equals("gz") ? "gzip" : "none")
        .save(parts.toString());
    Path part;
    try (Stream<Path> files = Files.list(parts)) {
      part =
          files
              .filter(file -> file.getFileName().toString().startsWith("part-"))
              .findFirst()
              .orElseThrow();
    }
    Path file = folder.resolve(name);
    if (isZstd) {
      try (OutputStream out = new ZstdOutputStream(Files.newOutputStream(file))) {
        Files.copy(part, out);
      }
    } else {
      Files.copy(part, file);
    }
    return file;
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Bucket bucket(String name) {
    return LoopbackS3.shared()
        .bucket(name)
        .configure(SparkFixture.spark().sparkContext().hadoopConfiguration());
  }
}
