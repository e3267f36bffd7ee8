package io.labelmill.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.checkpoint.OnnxModels;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.segment.LabelMap;
import io.labelmill.segment.MaskPng;
import io.labelmill.segment.Noise;
import io.labelmill.segment.Segment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code jobs/segment} from its command line to its masks, which PyTorch and Transformers made. */
class SegmentCommandIT {
  private static final List<String> LABELS = List.of("sky", "sea", "sand", "rock", "tree");

  @TempDir Path folder;
  private Path model;
  private Path images;

  @BeforeAll
  static void startSpark() {
    SparkFixture.spark();
  }

  @BeforeEach
  void prepare() throws IOException {
    model = segmenter(folder.resolve("model"));
    images = Files.createDirectories(folder.resolve("images"));
    for (String name : List.of("picture.png", "turned.png")) {
      Files.copy(Noise.FOLDER.resolve(name), images.resolve(name));
    }
    Files.write(images.resolve("broken.jpg"), new byte[] {1, 2, 3});
  }

  private static Path segmenter(Path folder) throws IOException {
    return OnnxModels.segmenter(folder, Noise.logits(900, 5, 3, 16).values());
  }

  private static byte[] indices(Path mask) throws Exception {
    return MaskPng.read(Files.readAllBytes(mask), Long.MAX_VALUE).indices();
  }

  /** From the picture's file to its mask, as Transformers does it. */
  @ParameterizedTest
  @CsvSource({
    "pillow,transformers",
    "pillow,authors",
    "torchvision,transformers",
    "torchvision,authors"
  })
  void aCheckpointGivesTheMaskOfTransformers(String library, String taps) throws Exception {
    model = Reference.golden().resolve("segmentation-models/base-4");
    assertThat(segment("segments", "--resize-backend", library, "--taps", taps).exitCode())
        .isZero();
    byte[] expected = indices(model.resolve("mask-" + library + "-" + taps + ".png"));
    byte[] mask = indices(file(rows("segments").get(1)));
    assertThat(mask).isEqualTo(expected);
  }

  @Test
  void aTableOfOtherTapsIsNotResumed() {
    model = Reference.golden().resolve("segmentation-models/base-4");
    assertThat(segment("segments").exitCode()).isZero();
    Ended other = segment("segments", "--taps", "authors", "--if-exists", "resume");
    assertThat(other.exitCode()).isEqualTo(2);
    assertThat(other.err()).contains("--taps was ", ", now it is authors");
  }

  /** Two pictures of one path, and pictures of none. */
  @Test
  void eachRowOfATableOfContentsHasAMaskOfItsOwn() throws Exception {
    byte[] picture = Files.readAllBytes(images.resolve("picture.png"));
    byte[] turned = Files.readAllBytes(images.resolve("turned.png"));
    images = folder.resolve("contents.parquet");
    List<Row> contents =
        List.of(
            RowFactory.create("shelf.png", picture),
            RowFactory.create("shelf.png", turned),
            RowFactory.create("other.png", picture));
    StructType columns =
        new StructType().add("path", DataTypes.StringType).add("content", DataTypes.BinaryType);
    Dataset<Row> table = SparkFixture.spark().createDataFrame(contents, columns);
    table.write().parquet(images.toString());
    Ended named = segment("named", "--content-column", "content", "--path-column", "path");
    assertThat(named.err()).isEmpty();
    areMasksOf(rows("named"), "picture-whole.png", "picture-whole.png", "turned-whole.png");
    Ended ofOneVersion =
        segment(
            "versions",
            "--content-column",
            "content",
            "--path-column",
            "path",
            "--version-column",
            "path");
    assertThat(ofOneVersion.err()).isEmpty();
    areMasksOf(rows("versions"), "picture-whole.png", "picture-whole.png", "turned-whole.png");

    images = folder.resolve("nameless.parquet");
    table.drop("path").write().parquet(images.toString());
    Ended nameless = segment("nameless", "--content-column", "content");
    assertThat(nameless.err()).isEmpty();
    areMasksOf(rows("nameless"), "picture-whole.png", "picture-whole.png", "turned-whole.png");
  }

  /** In any order; equal pictures without names have equal masks. */
  private void areMasksOf(List<Row> rows, String... golden) throws Exception {
    assertThat(rows).extracting(row -> row.<String>getAs("status")).containsOnly("OK");
    List<Row> byWidth = new ArrayList<>(rows);
    byWidth.sort(Comparator.comparingInt(row -> -row.<Integer>getAs("width")));
    assertThat(byWidth).hasSameSizeAs(golden);
    for (int i = 0; i < golden.length; i++) {
      isAsExpected(byWidth.get(i), golden[i]);
    }
  }

  /** Records of several tables may lie in one folder, and masks with them. */
  @Test
  void overwritingATableLeavesMasksOfOtherTables() throws Exception {
    String records = folder.resolve("records").toString();
    assertThat(segment("one", "--run-dir", records).err()).isEmpty();
    assertThat(segment("two", "--run-dir", records).err()).isEmpty();
    Path replaced = file(rows("one").get(1));
    assertThat(replaced).startsWith(folder.resolve("records")).exists();
    assertThat(segment("one", "--run-dir", records, "--if-exists", "overwrite").err()).isEmpty();
    assertThat(replaced).doesNotExist();
    isAsExpected(rows("one").get(1), "picture-whole.png");
    isAsExpected(rows("two").get(1), "picture-whole.png");
  }

  private static Path file(Row row) {
    return Path.of(java.net.URI.create(row.getAs("mask_file")));
  }

  @Test
  void masksLieInFilesAndARowSaysWhatIsInThem() throws Exception {
    Ended ended = segment("segments");
    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
    List<Row> rows = rows("segments");
    assertThat(rows).hasSize(3);
    assertThat(List.of(rows.get(0).schema().fieldNames()))
        .containsSubsequence("path", "status", "error", "segments", "mask_file", "width", "model")
        .doesNotContain("label", "scores", "embedding", "mask");
    assertThat(rows.get(0).<String>getAs("status")).isEqualTo("NOT_AN_IMAGE");
    assertThat(rows.get(0).<Object>getAs("segments")).isNull();
    assertThat(rows.get(0).<Object>getAs("mask_file")).isNull();
    isAsExpected(rows.get(1), "picture-whole.png");
    isAsExpected(rows.get(2), "turned-whole.png");
    assertThat(rows.get(2).<Integer>getAs("width")).isEqualTo(80);
    String file = rows.get(1).getAs("mask_file");
    assertThat(file).contains("/_labelmill/masks/").matches(".*/picture-[0-9a-f]{16}\\.png");
    assertThat(Files.readString(record("segments"), UTF_8))
        .contains("\"command\" : \"segment\"", "\"masks\" : \"files\"");

    // Nothing is left to do; then everything is replaced, the masks with it.
    assertThat(segment("segments", "--if-exists", "resume").out()).contains("nothing to score");
    assertThat(segment("segments", "--if-exists", "overwrite").exitCode()).isZero();
    assertThat(Path.of(java.net.URI.create(file))).doesNotExist();
    isAsExpected(rows("segments").get(1), "picture-whole.png");
    Ended other = segment("segments", "--if-exists", "resume", "--masks", "none");
    assertThat(other.exitCode()).isEqualTo(2);
    assertThat(other.err()).contains("its column mask_file would be missing");
  }

  @Test
  void masksLieInAColumn() throws Exception {
    assertThat(segment("segments", "--masks", "column").exitCode()).isZero();
    isAsExpected(rows("segments").get(1), "picture-whole.png");
    assertThat(segment("none", "--masks", "none").exitCode()).isZero();
    assertThat(List.of(rows("none").get(0).schema().fieldNames()))
        .contains("segments")
        .doesNotContain("mask", "mask_file");
    assertThat(rows("none").get(1).<Row>getList(3))
        .isEqualTo(rows("segments").get(1).<Row>getList(3));

    // As truth and as predictions, masks agree with themselves.
    Ended evaluated =
        CapturedTerminal.run(
            "evaluate",
            "--problem-type",
            "segmentation",
            "--predictions",
            folder.resolve("segments").toString(),
            "--truth",
            truth().toString(),
            "--output",
            folder.resolve("report").toString());
    assertThat(evaluated.err()).isEmpty();
    assertThat(evaluated.out()).contains("miou ", "1.000000");
  }

  /** A model of eight labels whose truth counts from 1, run and evaluated in one go. */
  @Test
  void oneCommandSegmentsAndEvaluates() throws Exception {
    assertThat(segment("segments", "--masks", "column").exitCode()).isZero();
    Files.writeString(
        model.resolve("preprocessor_config.json"),
        Files.readString(model.resolve("preprocessor_config.json"))
            .replaceFirst("\\{", "{\"do_reduce_labels\": true,"));
    Path truth = truth();
    for (String name : List.of("picture.png", "turned.png")) {
      byte[] indices = indices(truth.resolve(name));
      LabelMap map = MaskPng.read(Files.readAllBytes(truth.resolve(name)), Long.MAX_VALUE);
      for (int i = 0; i < indices.length; i++) {
        indices[i]++;
      }
      Files.write(
          truth.resolve(name), MaskPng.write(new LabelMap(map.width(), map.height(), indices)));
    }
    List<String> line =
        new ArrayList<>(
            List.of(
                "evaluate",
                "--problem-type",
                "segmentation",
                "--model",
                model.toString(),
                "--input",
                images.toString(),
                "--truth",
                folder.resolve("nowhere").toString(),
                "--output",
                folder.resolve("report").toString()));
    Ended early = CapturedTerminal.run(line.toArray(String[]::new));
    assertThat(early.exitCode()).isEqualTo(2);
    assertThat(early.err()).contains("The truth ", " does not exist");
    assertThat(folder.resolve("report")).doesNotExist();
    line.set(line.indexOf("--truth") + 1, truth.toString());
    for (int run = 0; run < 2; run++) {
      Ended evaluated = CapturedTerminal.run(line.toArray(String[]::new));
      assertThat(evaluated.err()).isEmpty();
      assertThat(evaluated.out()).contains("miou ", "1.000000");
    }
    assertThat(folder.resolve("report/predictions/_labelmill/masks")).isDirectory();
  }

  private Path truth() throws IOException {
    Path truth = Files.createDirectories(folder.resolve("truth"));
    for (Row row : rows("segments")) {
      if (row.<byte[]>getAs("mask") != null) {
        String path = row.getAs("path");
        Files.write(
            truth.resolve(path.substring(path.lastIndexOf('/') + 1)), row.<byte[]>getAs("mask"));
      }
    }
    return truth;
  }

  @Test
  void windowsSlideOverPictures() throws Exception {
    Files.write(
        images.resolve("long.png"), MaskPng.write(new LabelMap(4000, 40, new byte[160_000])));
    Ended ended = segment("segments", "--window", "64", "--stride", "42", "--masks", "column");
    assertThat(ended.err()).isEmpty();
    List<Row> rows = rows("segments");
    assertThat(rows.get(1).<String>getAs("status")).isEqualTo("TOO_LARGE");
    assertThat(rows.get(1).<String>getAs("error"))
        .isEqualTo(
            "The picture has 4000 x 40 pixels, which are 152 windows of 64 pixels in steps of 42,"
                + " more than 64.");
    assertThat(rows.get(1).<Integer>getAs("width")).isEqualTo(4000);
    isAsExpected(rows.get(2), "picture-windows.png");
    isAsExpected(rows.get(3), "turned-windows.png");
    String hash = rows.get(2).getAs("settings_sha256");
    segment("whole", "--masks", "column");
    assertThat(rows("whole").get(0).<String>getAs("settings_sha256")).isNotEqualTo(hash);
  }

  /** A checkpoint of weights, of which the two readings of its taps give masks of their own. */
  @Test
  void checkpointsOfBeitWithUperNetGiveMasks() throws Exception {
    model = Path.of("src/test/resources/golden/segmentation-models/base-4").toAbsolutePath();
    assertThat(segment("segments", "--masks", "column").err()).isEmpty();
    Row row = rows("segments").get(1);
    assertThat(row.<String>getAs("status")).isEqualTo("OK");
    LabelMap mask = MaskPng.read(row.getAs("mask"), Long.MAX_VALUE);
    assertThat(mask.width()).isEqualTo(150);
    assertThat(mask.height()).isEqualTo(90);
    assertThat(segment("authors", "--masks", "column", "--taps", "authors").err()).isEmpty();
    Row other = rows("authors").get(1);
    assertThat(other.<byte[]>getAs("mask")).isNotEqualTo(row.<byte[]>getAs("mask"));
    assertThat(other.<String>getAs("settings_sha256"))
        .isNotEqualTo(row.<String>getAs("settings_sha256"));
    assertThat(Files.readString(record("authors"), UTF_8)).contains("\"taps\" : \"authors\"");
  }

  @Test
  void modelsAndOptionsThatDoNotFitAreToldOf() throws IOException {
    assertThat(segment("x", "--window", "640").err())
        .contains(
            "--window is 640, and the model takes pictures of [h=64,w=64]: windows must be as");
    assertThat(CapturedTerminal.score(model, images.toString(), folder.resolve("y")).err())
        .contains(
            "The model model gives labels of pixels, not of whole images: run it with jobs/segment");
    Path whole = OnnxModels.folder(folder.resolve("whole-model"));
    OnnxModels.dynamic(whole.resolve("model.onnx"));
    assertThat(
            CapturedTerminal.run(
                    "segment",
                    "--model",
                    whole.toString(),
                    "--input",
                    images.toString(),
                    "--output",
                    folder.resolve("z").toString())
                .err())
        .contains(
            "The model whole-model gives labels of whole images, not of pixels: run it with jobs/score");
    float[] kernel = new float[240];
    kernel[3] = Float.NaN;
    model = OnnxModels.segmenter(folder.resolve("damaged"), kernel);
    assertThat(segment("nan").err())
        .contains("the model damaged gives NaN for label index 0 at a pixel, on the image ");
  }

  /** Masks of the centre would be stretched over the picture. */
  @Test
  void aProcessorThatCropsIsRefusedUnlessWindowsSlide() throws Exception {
    String crops =
        "{\"feature_extractor_type\": \"BeitFeatureExtractor\", \"size\": %d, \"do_center_crop\":"
            + " true, \"crop_size\": 64, \"resample\": 3}";
    Path processor = Files.writeString(folder.resolve("crops.json"), crops.formatted(73));
    Ended ended = segment("x", "--processor", processor.toString());
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .contains("does not show the model whole pictures (resized to 73x73 (bicubic), centre of")
        .contains(": give one with do_center_crop false by --processor, or let windows slide");
    Files.delete(images.resolve("turned.png"));
    assertThat(segment("windows", "--processor", processor.toString(), "--window", "64").exitCode())
        .isZero();
    Files.writeString(processor, crops.formatted(64));
    assertThat(segment("whole", "--processor", processor.toString()).exitCode()).isZero();
  }

  private void isAsExpected(Row row, String golden) throws Exception {
    LabelMap expected =
        MaskPng.read(Files.readAllBytes(Noise.FOLDER.resolve(golden)), Long.MAX_VALUE);
    String[] columns = row.schema().fieldNames();
    byte[] png =
        List.of(columns).contains("mask")
            ? row.getAs("mask")
            : Files.readAllBytes(Path.of(java.net.URI.create(row.getAs("mask_file"))));
    LabelMap mask = MaskPng.read(png, Long.MAX_VALUE);
    assertThat(mask.width()).isEqualTo(expected.width()).isEqualTo(row.<Integer>getAs("width"));
    assertThat(mask.height()).isEqualTo(expected.height()).isEqualTo(row.<Integer>getAs("height"));
    int differ = 0;
    for (int i = 0; i < mask.indices().length; i++) {
      differ += mask.indices()[i] == expected.indices()[i] ? 0 : 1;
    }
    // Both convolutions sum in orders of their own.
    assertThat(differ).isLessThanOrEqualTo(mask.indices().length / 5_000);
    List<Segment> segments = Segment.of(mask);
    List<Row> told = row.getList(row.fieldIndex("segments"));
    assertThat(told).hasSameSizeAs(segments);
    double shares = 0;
    for (int i = 0; i < told.size(); i++) {
      assertThat(told.get(i).getInt(1)).isEqualTo(segments.get(i).index());
      assertThat(told.get(i).getString(0)).isEqualTo(LABELS.get(segments.get(i).index()));
      assertThat(told.get(i).getLong(2)).isEqualTo(segments.get(i).pixels());
      shares += told.get(i).getFloat(3);
    }
    assertThat(shares).isCloseTo(1, within(1e-6));
  }

  private List<Row> rows(String table) {
    return SparkFixture.spark()
        .read()
        .parquet(folder.resolve(table).toString())
        .orderBy("path")
        .collectAsList();
  }

  private Path record(String table) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve(table).resolve("_labelmill"))) {
      return files
          .filter(file -> file.getFileName().toString().matches("run-.*\\.json"))
          .findFirst()
          .orElseThrow();
    }
  }

  private Ended segment(String table, String... more) {
    List<String> line =
        new ArrayList<>(
            List.of(
                "segment",
                "--model",
                model.toString(),
                "--input",
                images.toString(),
                "--output",
                folder.resolve(table).toString(),
                "--max-failed-fraction",
                "1"));
    line.addAll(List.of(more));
    return CapturedTerminal.run(line.toArray(String[]::new));
  }
}
