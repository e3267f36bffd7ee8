package io.labelmill.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import io.labelmill.s3.LoopbackS3.Fault;
import io.labelmill.segment.LabelMap;
import io.labelmill.segment.MaskPng;
import io.labelmill.segment.MeasuredMaps;
import io.labelmill.segment.Noise;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jobs/evaluate --problem-type segmentation} from its command line to its report. */
class EvaluateSegmentsIT {
  private static final StructType TABLE =
      new StructType()
          .add("path", DataTypes.StringType)
          .add("status", DataTypes.StringType)
          .add("mask", DataTypes.BinaryType)
          .add("model", DataTypes.StringType)
          .add("run_id", DataTypes.StringType);

  private static final int LABELS = 21;

  @TempDir Path folder;
  private final JsonNode expected = Noise.index("metrics").get(1);
  private final List<MeasuredMaps.Pair> pairs = MeasuredMaps.of(expected);

  @BeforeAll
  static void startSpark() {
    SparkFixture.spark();
  }

  @BeforeEach
  void nameLabels() throws IOException {
    Files.writeString(
        folder.resolve("labels.txt"),
        IntStream.range(0, LABELS).mapToObj(i -> "label " + i).collect(Collectors.joining("\n")));
  }

  /** Truth as Cityscapes names it, a table of two runs, an image that failed. */
  @Test
  void metricsOfATableAreThoseOfScikitLearn() throws IOException {
    writeTruth(UnaryOperator.identity(), "_gtFine_labelTrainIds.png");
    Files.write(folder.resolve("truth/city_0_gtFine_color.png"), new byte[] {1});
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      LabelMap mask = pairs.get(i).predicted();
      rows.add(row(i, "OK", MaskPng.write(mask), "run-2"));
      LabelMap other = new LabelMap(mask.width(), mask.height(), new byte[mask.indices().length]);
      rows.add(row(i, "OK", MaskPng.write(other), "run-1"));
      picture(i, mask.width(), mask.height());
    }
    rows.add(row(pairs.size(), "NOT_AN_IMAGE", null, "run-2"));
    write("truth/city_3_gtFine_labelTrainIds.png", Noise.blocks(1, 9, 8, LABELS, 2));
    rows.add(row(4, "OK", null, "run-2"));
    SparkFixture.spark()
        .createDataFrame(rows, TABLE)
        .write()
        .parquet(folder.resolve("masks").toString());

    Ended ended = evaluate("masks", "--reduce-labels", "no", "--failed", "leave-out");

    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
    isAsExpected(metrics().get("metrics"));
    assertThat(ended.out()).contains("miou ", "macc ", "aacc ", "1 failed images are left out");
    assertThat(metrics().get("images").toString())
        .isEqualTo("{\"evaluated\":3,\"compared\":3,\"failed\":1,\"predictions_only\":1}");
    assertThat(metrics().get("listed").get("failed").get(0).asText())
        .endsWith("city_3_leftImg8bit.png (NOT_AN_IMAGE)");
    List<Row> labels = table("per_label");
    for (int label = 0; label < LABELS; label++) {
      JsonNode iou = expected.get("iou").get(label);
      assertThat(labels.get(label).<String>getAs("label")).isEqualTo("label " + label);
      if (iou.isNull()) {
        assertThat(labels.get(label).<Double>getAs("iou")).isNull();
      } else {
        assertThat(labels.get(label).<Double>getAs("iou")).isCloseTo(iou.asDouble(), within(1e-12));
      }
    }
    assertThat(table("per_image")).hasSize(5);
    assertThat(table("confusion").stream().mapToLong(row -> row.getAs("pixels")).sum())
        .isEqualTo(labels.stream().mapToLong(row -> row.getAs("truth_pixels")).sum());
    String report = Files.readString(folder.resolve("report/report.html"), UTF_8);
    assertThat(report)
        .contains("Worst images", "\"name\":\"picture\"", "\"name\":\"predicted\"", "\"bars\"");

    assertThat(evaluate("masks", "--reduce-labels", "no").exitCode()).isZero();
    assertThat(metrics().get("metrics").get("aacc").asDouble())
        .isLessThan(expected.get("aacc").asDouble());
    assertThat(metrics().get("notes").get(0).asText())
        .isEqualTo("1 failed images count as missed pixels");

    Ended worse = evaluate("masks", "--reduce-labels", "no", "--fail-below", "miou=0.99");
    assertThat(worse.exitCode()).isEqualTo(2);
    assertThat(worse.err()).contains("miou is 0.", ", below the limit 0.99");

    Ended older = evaluate("masks", "--reduce-labels", "no", "--run", "run-2", "--run", "run-1");
    assertThat(older.exitCode()).isZero();
    assertThat(json().get("contenders")).hasSize(2);
    assertThat(json().get("contenders").get(1).get("name").asText()).isEqualTo("tiny · run-1");
    JsonNode zeros = json().get("contenders").get(1).get("metrics");

    // The older one first: tables and pictures are then of its masks, not of the newest.
    Ended reversed = evaluate("masks", "--reduce-labels", "no", "--run", "run-1", "--run", "run-2");
    assertThat(reversed.exitCode()).isZero();
    assertThat(metrics().get("name").asText()).isEqualTo("tiny · run-1");
    assertThat(metrics().get("metrics")).isEqualTo(zeros);
    assertThat(table("confusion"))
        .isNotEmpty()
        .allSatisfy(row -> assertThat(row.<Integer>getAs("predicted_index")).isZero());
    assertThat(Files.readString(folder.resolve("report/report.html"), UTF_8))
        .contains("\"name\":\"predicted\"")
        .isNotEqualTo(report);
  }

  /** A store that does not work is no mistake in what it holds. */
  @Test
  void anOutageIsToldAsOne() throws IOException {
    Bucket store = LoopbackS3.shared().bucket("segments").configure(hadoop());
    LabelMap map = Noise.blocks(4, 20, 30, LABELS, 2);
    store.put("truth/a.png", MaskPng.write(map));
    store.put("model/config.json", "{\"id2label\": {\"0\": \"x\"}}".getBytes(UTF_8));
    store.put("model/preprocessor_config.json", "{\"do_reduce_labels\": false}".getBytes(UTF_8));
    write("masks/a.png", map);
    write("truth/a.png", map);
    hadoop().set("fs.s3a.retry.limit", "1");
    hadoop().set("fs.s3a.retry.throttle.limit", "1");
    hadoop().set("fs.s3a.attempts.maximum", "1");
    try {
      store.spoil(request -> request.key().endsWith("processor_config.json"), 100, Fault.SLOW_DOWN);
      Ended processor = evaluate("masks", "--labels", store.uri("model"));
      assertThat(processor.exitCode()).as(processor.err()).isEqualTo(3);
      assertThat(processor.err())
          .contains(
              "Whether the truth counts its labels from 1 is not known, since"
                  + " preprocessor_config.json of the model "
                  + store.uri("model")
                  + " cannot be read: ");
      LoopbackS3.shared().heal();

      store.spoil(request -> request.key().equals("truth/a.png"), 100, Fault.SLOW_DOWN);
      Ended broken = evaluate("masks", "--truth", store.uri("truth"), "--reduce-labels", "no");
      assertThat(broken.exitCode()).as(broken.err()).isEqualTo(3);
      assertThat(broken.err())
          .contains("The label map " + store.uri("truth/a.png") + " cannot be read: ");
      LoopbackS3.shared().heal();
      assertThat(
              evaluate("masks", "--truth", store.uri("truth"), "--reduce-labels", "no").exitCode())
          .isZero();
    } finally {
      LoopbackS3.shared().heal();
    }
  }

  private static Configuration hadoop() {
    return SparkFixture.spark().sparkContext().hadoopConfiguration();
  }

  /** Truth as ADE20K counts its labels, masks as a folder of files. */
  @Test
  void labelsCountedFromOneAreReduced() throws IOException {
    writeTruth(EvaluateSegmentsIT::fromOne, "_leftImg8bit.png");
    for (int i = 0; i < pairs.size(); i++) {
      write("masks/city_" + i + "_leftImg8bit.png", pairs.get(i).predicted());
    }
    Ended ended = evaluate("masks", "--reduce-labels", "yes");
    assertThat(ended.err()).isEmpty();
    isAsExpected(metrics().get("metrics"));
    assertThat(metrics().get("reduce_labels").asBoolean()).isTrue();
    assertThat(ended.out()).startsWith("masks");

    Ended unknown = evaluate("masks");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err())
        .contains(
            "Whether the truth counts its labels from 1, with 0 for none, is not known, since no"
                + " preprocessor_config.json of the model was found: say --reduce-labels yes");
    // A checkpoint says it itself.
    Path model = Files.createDirectories(folder.resolve("model"));
    String names =
        IntStream.range(0, LABELS)
            .mapToObj(i -> "\"" + i + "\": \"label " + i + "\"")
            .collect(Collectors.joining(","));
    Files.writeString(model.resolve("config.json"), "{\"id2label\": {" + names + "}}");
    Files.writeString(model.resolve("preprocessor_config.json"), "{\"do_reduce_labels\": true}");
    Files.delete(folder.resolve("labels.txt"));
    Files.move(model, folder.resolve("labels.txt"));
    assertThat(evaluate("masks", "--thumbnails", "none").exitCode()).isZero();
    isAsExpected(metrics().get("metrics"));
  }

  /** Masks of another size than the truth's are brought to it by the nearest pixel. */
  @Test
  void masksAreComparedAtTheSizeOfTheTruth() throws IOException {
    write("truth/a.png", Noise.blocks(4, 20, 30, LABELS, 2));
    write("masks/a.png", Noise.blocks(4, 20, 30, LABELS, 2).resized(90, 60));
    LabelMap wide = Noise.blocks(5, 20, 30, LABELS, 2);
    write("truth/b.png", wide);
    write("masks/b.png", wide.resized(20, 30));
    assertThat(evaluate("masks", "--reduce-labels", "no").exitCode()).isZero();
    List<Row> images = table("per_image");
    assertThat(images.get(0).<Double>getAs("aacc")).isEqualTo(1);
    assertThat(images.get(1).<String>getAs("outcome")).isEqualTo("turned");
    assertThat(metrics().get("notes").get(0).asText())
        .startsWith("1 label maps are as wide as their masks are high and the reverse, such as of ")
        .endsWith("segment with --orientation as-stored");
  }

  /** Cameras begin names with {@code _}, and folders on the way to the truth are not judged. */
  @Test
  void mapsAreHiddenByTheirNamesBelowTheTruth() throws IOException {
    LabelMap map = Noise.blocks(4, 20, 30, LABELS, 2);
    for (String name : List.of("_MG_1", "_x/_MG_2")) {
      write(".data/_set/truth/" + name + ".png", map);
      write(".data/_set/masks/" + name + ".png", map);
    }
    // The names would be ambiguous were these not passed over.
    for (String name : List.of("._MG_1", ".trash/_MG_1", "_labelmill/masks/run/_MG_1")) {
      write(".data/_set/truth/" + name + ".png", map);
    }
    String truth = folder.resolve(".data/_set/truth").toString();
    Ended ended = evaluate(".data/_set/masks", "--truth", truth, "--reduce-labels", "no");
    assertThat(ended.err()).isEmpty();
    assertThat(metrics().get("images").toString()).isEqualTo("{\"evaluated\":2,\"compared\":2}");
    assertThat(metrics().get("notes")).isEmpty();
  }

  /** Metrics of few of the images must not pass for metrics of all. */
  @Test
  void whatIsOnOneSideAloneIsNoted() throws IOException {
    LabelMap map = Noise.blocks(4, 20, 30, LABELS, 2);
    for (String name : List.of("truth/a", "truth/b", "truth/c", "masks/c", "masks/d")) {
      write(name + ".png", map);
    }
    Ended ended = evaluate("masks", "--reduce-labels", "no");
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out())
        .contains("2 label maps have no mask, such as ", "truth/a.png: no metric has them")
        .contains("1 masks have no label map, such as ", "masks/d.png: no metric has them");
    assertThat(metrics().get("notes")).hasSize(2);
  }

  /** Indices that are no labels, as when a mask is of another model or of colours. */
  @Test
  void masksOfLabelsThatTheModelHasNotAreRefused() throws IOException {
    write("truth/a.png", Noise.blocks(4, 20, 30, LABELS, 2));
    write("masks/a.png", Noise.blocks(4, 20, 30, 40, 2));
    Ended ended = evaluate("masks", "--reduce-labels", "no");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .contains(
            "1 masks of ", "masks/a.png holds label 21, and the model has 21 labels, 0 to 20");
  }

  /** Names of labels from a text file do not take from the model how it counts them. */
  @Test
  void theModelSaysHowTheTruthCountsWhoeverNamesLabels() throws IOException {
    Path model = Reference.golden().resolve("segmentation-models/base-4");
    Files.writeString(folder.resolve("labels.txt"), "a\nb\nc\nd");
    write("truth/picture.png", fromOne(Noise.blocks(4, 20, 30, 4, 2)));
    Files.createDirectories(folder.resolve("images"));
    Files.copy(Noise.FOLDER.resolve("picture.png"), folder.resolve("images/picture.png"));
    List<String> line = new ArrayList<>(List.of("evaluate", "--problem-type", "segmentation"));
    line.addAll(List.of("--model", model.toString()));
    line.addAll(List.of("--input", folder.resolve("images").toString()));
    line.addAll(List.of("--truth", folder.resolve("truth").toString()));
    line.addAll(List.of("--labels", folder.resolve("labels.txt").toString()));
    line.addAll(List.of("--output", folder.resolve("report").toString()));
    Ended ended = CapturedTerminal.run(line.toArray(String[]::new));
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(metrics().get("reduce_labels").asBoolean()).isTrue();
    assertThat(table("per_label").get(0).<String>getAs("label")).isEqualTo("a");
  }

  @Test
  void whatCannotBeComparedIsToldAtOnce() throws IOException {
    write("truth/a.png", Noise.blocks(4, 20, 30, 40, 2));
    ImageIO.write(
        new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB),
        "png",
        folder.resolve("truth/b.png").toFile());
    for (String name : List.of("a", "b", "c")) {
      write("masks/" + name + ".png", Noise.blocks(4, 20, 30, LABELS, 2));
    }
    Ended ended = evaluate("masks", "--reduce-labels", "no");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .contains(
            "2 label maps of the truth can't be used: ",
            "truth/a.png holds label 21, and the model has 21 labels, 0 to 20",
            "truth/b.png has 3 channels, and a label map has one, gray or palette, that holds"
                + " indices of labels");
    assertThat(folder.resolve("report/metrics.json")).doesNotExist();

    write("truth/deep/a.png", Noise.blocks(4, 20, 30, 20, 2));
    assertThat(evaluate("masks", "--reduce-labels", "no").err())
        .contains("has two label maps for a: ", "Name a folder that has one.");
    Files.delete(folder.resolve("truth/deep/a.png"));

    Files.createDirectories(folder.resolve("none"));
    assertThat(evaluate("none", "--reduce-labels", "no").err()).contains("hold no data file");
    write("other/z.png", Noise.blocks(4, 20, 30, LABELS, 2));
    Files.delete(folder.resolve("truth/b.png"));
    assertThat(evaluate("other", "--reduce-labels", "no").err())
        .contains("No image of the predictions ", " has a label map in ", " by its name");
    SparkFixture.spark().range(1).write().parquet(folder.resolve("numbers").toString());
    assertThat(evaluate("numbers", "--reduce-labels", "no").err())
        .contains("have no masks: they need the column path, and mask, a PNG's bytes, or mask_file")
        .contains("they have id.");
    Files.write(folder.resolve("masks/c.png"), new byte[] {1, 2});
    write("truth/c.png", Noise.blocks(4, 20, 30, 20, 2));
    Files.delete(folder.resolve("truth/a.png"));
    assertThat(evaluate("masks", "--reduce-labels", "no").err())
        .contains("1 masks of ", "masks/c.png can't be decoded as PNG");
    SparkFixture.spark()
        .sql("SELECT 'c.jpg' AS path, 'http://127.0.0.1:9/c.png' AS mask_file")
        .write()
        .parquet(folder.resolve("elsewhere").toString());
    assertThat(evaluate("elsewhere", "--reduce-labels", "no").err())
        .contains("c.jpg has a mask_file that is no place of a store");
    Files.writeString(
        folder.resolve("labels.txt"),
        IntStream.range(0, 256).mapToObj(i -> "label " + i).collect(Collectors.joining("\n")));
    assertThat(evaluate("masks", "--reduce-labels", "no").err())
        .contains("There are 256 labels, and masks tell 255 apart.");
  }

  private void isAsExpected(JsonNode metrics) {
    for (String name : List.of("miou", "macc", "aacc")) {
      assertThat(metrics.get(name).asDouble())
          .isCloseTo(expected.get(name).asDouble(), within(1e-12));
    }
  }

  private static LabelMap fromOne(LabelMap map) {
    byte[] indices = map.indices().clone();
    for (int i = 0; i < indices.length; i++) {
      indices[i] = (byte) (indices[i] + 1);
    }
    return new LabelMap(map.width(), map.height(), indices);
  }

  private void writeTruth(UnaryOperator<LabelMap> form, String ending) throws IOException {
    for (int i = 0; i < pairs.size(); i++) {
      write("truth/city_" + i + ending, form.apply(pairs.get(i).truth()));
    }
  }

  private void write(String name, LabelMap map) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, MaskPng.write(map));
  }

  private void picture(int image, int width, int height) throws IOException {
    Files.createDirectories(folder.resolve("images"));
    ImageIO.write(
        new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", path(image).toFile());
  }

  private Path path(int image) {
    return folder.resolve("images/city_" + image + "_leftImg8bit.png");
  }

  private Row row(int image, String status, byte[] mask, String run) {
    return RowFactory.create(path(image).toUri().toString(), status, mask, "tiny", run);
  }

  private List<Row> table(String name) {
    return SparkFixture.spark()
        .read()
        .parquet(folder.resolve("report/" + name + ".parquet").toString())
        .orderBy(name.equals("per_image") ? "truth" : name.equals("per_label") ? "index" : "pixels")
        .collectAsList();
  }

  private JsonNode json() throws IOException {
    return new ObjectMapper().readTree(folder.resolve("report/metrics.json").toFile());
  }

  private JsonNode metrics() throws IOException {
    return json().get("contenders").get(0);
  }

  private Ended evaluate(String predictions, String... more) {
    List<String> line = new ArrayList<>(List.of("evaluate", "--problem-type", "segmentation"));
    line.addAll(List.of("--predictions", folder.resolve(predictions).toString()));
    for (String name : List.of("--truth", "--labels")) {
      if (!Arrays.asList(more).contains(name)) {
        String file = name.equals("--truth") ? "truth" : "labels.txt";
        line.addAll(List.of(name, folder.resolve(file).toString()));
      }
    }
    line.addAll(List.of("--output", folder.resolve("report").toString()));
    line.addAll(Arrays.asList(more));
    return CapturedTerminal.run(line.toArray(String[]::new));
  }
}
