package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.command.CapturedTerminal.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jobs/evaluate} from its command line to its report. */
class EvaluateCommandIT {
  private static final Path MULTI_LABEL =
      Reference.golden().resolve("models").resolve("e-beit-multilabel-containers");

  @TempDir Path folder;

  @BeforeAll
  static void startSpark() {
    SparkFixture.spark();
  }

  @Test
  void scoresAndEvaluatesTheTrainedModel() throws IOException {
    Optional<Path> reference = Reference.folder();
    if (reference.isEmpty()) {
      return;
    }
    Path trained = reference.get().resolve("trained");
    List<String> line =
        List.of(
            "--model", trained.resolve("model").toString(),
            "--input", trained.resolve("images").toString(),
            "--truth", trained.resolve("truth.csv").toString(),
            "--match-by", "name",
            "--top-k", "1,3",
            "--output", folder.resolve("report").toString());
    Ended ended = evaluate(line);
    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out()).contains("accuracy                                   0.812000");
    JsonNode metrics = contender().get("metrics");
    assertThat(metrics.get("accuracy").asDouble()).isEqualTo(0.812);
    assertThat(metrics.get("top_1_accuracy").asDouble()).isEqualTo(0.812);
    assertThat(contender().get("images").get("evaluated").asInt()).isEqualTo(500);
    assertThat(Files.readString(folder.resolve("report/report.html"))).contains("data:image/jpeg");

    // A nightly gate over the same predictions.
    List<String> gate =
        List.of(
            "--predictions",
            folder.resolve("report/predictions").toString(),
            "--truth",
            trained.resolve("truth.csv").toString(),
            "--match-by",
            "name",
            "--thumbnails",
            "none",
            "--fail-below",
            "accuracy=0.8,macro_f1=0.9",
            "--output",
            folder.resolve("gate").toString());
    Ended below = evaluate(gate);
    assertThat(below.exitCode()).isEqualTo(2);
    assertThat(below.problems()).hasSize(1);
    assertThat(below.problems().get(0))
        .startsWith("macro_f1 is 0.81")
        .endsWith(", below the limit 0.9");
  }

  @Test
  void evaluatesPhotographsWithSeveralLabelsAndFeedsThresholdsBack() throws IOException {
    Optional<Path> reference = Reference.folder();
    if (reference.isEmpty()) {
      return;
    }
    Path photos = reference.get().resolve("photos");
    Ended ended =
        evaluate(
            List.of(
                "--model",
                MULTI_LABEL.toString(),
                "--input",
                photos + "/*.jpg",
                "--truth",
                photos.resolve("multilabel_fridge_labels.csv").toString(),
                "--match-by",
                "name",
                // The photographs have a prefix that the labels do not.
                "--rewrite",
                "=fridge_",
                "--output",
                folder.resolve("report").toString()));
    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
    JsonNode images = contender().get("images");
    assertThat(images.get("evaluated").asInt()).isEqualTo(6);
    assertThat(images.get("truth_only").asInt()).isEqualTo(122);
    assertThat(contender().get("azureml").size()).isEqualTo(32);
    Ended scored =
        CapturedTerminal.run(
            "score",
            "--model",
            MULTI_LABEL.toString(),
            "--input",
            photos.toString(),
            "--include",
            "*.jpg",
            "--threshold",
            folder.resolve("report/thresholds.json").toString(),
            "--scores",
            "all",
            "--output",
            folder.resolve("again").toString());
    assertThat(scored.exitCode()).as(scored.err()).isZero();
    Ended again =
        evaluate(
            List.of(
                "--predictions", folder.resolve("again").toString(),
                "--truth", photos.resolve("multilabel_fridge_labels.csv").toString(),
                "--match-by", "name",
                "--rewrite", "=fridge_",
                "--output", folder.resolve("second").toString()));
    assertThat(again.exitCode()).as(again.err()).isZero();
    // The table's own thresholds are the fitted ones now.
    assertThat(contender(folder.resolve("second")).get("metrics").get("micro_f1"))
        .isEqualTo(contender().get("fitted").get("per_label_f1").get("micro_f1"));
  }

  @Test
  void tablesInCsvAndJsonEvaluateAlike() throws IOException {
    Path images = Reference.golden().resolve("preprocessing").resolve("images");
    StringBuilder truth = new StringBuilder("path,label\n");
    try (var files = Files.list(images)) {
      files
          .filter(file -> file.toString().endsWith(".png"))
          .forEach(file -> truth.append(file.getFileName()).append(",can;carton\n"));
    }
    Files.writeString(folder.resolve("truth.csv"), truth.toString());
    List<JsonNode> metrics = new ArrayList<>();
    for (String format : List.of("parquet", "csv", "json")) {
      Ended scored =
          CapturedTerminal.run(
              "score",
              "--model",
              MULTI_LABEL.toString(),
              "--input",
              images.toString(),
              "--include",
              "*.png",
              "--scores",
              "all",
              "--output-format",
              format,
              "--output",
              folder.resolve(format).toString());
      assertThat(scored.exitCode()).as(scored.err()).isZero();
      Ended ended =
          evaluate(
              List.of(
                  "--predictions",
                  folder.resolve(format).toString(),
                  "--truth",
                  folder.resolve("truth.csv").toString(),
                  "--label-separator",
                  ";",
                  "--match-by",
                  "name",
                  "--thumbnails",
                  "none",
                  "--output",
                  folder.resolve("report-" + format).toString()));
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      JsonNode contender = contender(folder.resolve("report-" + format));
      assertThat(contender.get("images").get("evaluated").asInt()).isGreaterThan(10);
      metrics.add(contender.get("metrics"));
    }
    assertThat(metrics.get(1)).isEqualTo(metrics.get(0));
    assertThat(metrics.get(2)).isEqualTo(metrics.get(0));
  }

  @Test
  void azureConfigurationChoosesMetricsAndThreshold() throws IOException {
    Path images = Reference.golden().resolve("preprocessing").resolve("images");
    Files.writeString(
        folder.resolve("config.json"),
        "{\"metrics\": [\"iou\", \"AUC_micro\"], \"threshold\": 0.4}");
    Files.writeString(folder.resolve("truth.csv"), "filename,labels\nrgb.png,can carton\n");
    try (var files = Files.list(images)) {
      String name =
          files
              .map(file -> file.getFileName().toString())
              .filter(file -> file.endsWith(".png"))
              .findFirst()
              .orElseThrow();
      Files.writeString(folder.resolve("truth.csv"), "filename,labels\n" + name + ",can carton\n");
    }
    Ended ended =
        evaluate(
            List.of(
                "--model", MULTI_LABEL.toString(),
                "--input", images + "/*.png",
                "--truth", folder.resolve("truth.csv").toString(),
                "--match-by", "name",
                "--evaluation-config", folder.resolve("config.json").toString(),
                "--output", folder.resolve("report").toString()));
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(contender().get("azureml").size()).isEqualTo(2);
    assertThat(contender().get("thresholds").floatValue()).isEqualTo(0.4f);
  }

  @Test
  void aMetricOfTheOtherKindIsToldBeforeAnythingIsWritten() throws IOException {
    Files.writeString(folder.resolve("truth.csv"), "path,label\na.jpg,can\n");
    Files.writeString(folder.resolve("scores.csv"), "path,label\na.jpg,can\n");
    Files.writeString(folder.resolve("labels.txt"), "can\ncarton\n");
    Ended ended =
        evaluate(
            List.of(
                "--predictions", folder.resolve("scores.csv").toString(),
                "--truth", folder.resolve("truth.csv").toString(),
                "--labels", folder.resolve("labels.txt").toString(),
                "--fail-below", "exact_match=0.8",
                "--output", folder.resolve("report").toString()));
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
    assertThat(ended.problems().get(0))
        .startsWith("--fail-below names exact_match, which is none of the metrics.");
    assertThat(folder.resolve("report")).doesNotExist();
  }

  /** Seven images of four labels, the names of which the forms of the truth have. */
  static void writeScores(String folder, String table) {
    StructType schema =
        new StructType()
            .add("path", DataTypes.StringType)
            .add("scores", DataTypes.createArrayType(DataTypes.FloatType));
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      Float[] scores = new Float[4];
      for (int j = 0; j < 4; j++) {
        scores[j] = ((i * 13 + j * 7) % 17) / 17f;
      }
      rows.add(RowFactory.create(folder + (i == 6 ? "caf\u00e9" : "img_0" + i) + ".jpg", scores));
    }
    SparkFixture.spark().createDataFrame(rows, schema).write().parquet(table);
  }

  private static final Path FORMS = Path.of("src/test/resources/truth");

  @Test
  void everyFormOfTheTruthGivesTheSameMetrics() throws IOException {
    evaluateForms(
        Map.of(
            "base.csv", "fridgeObjects labels.csv, labels separated by white space",
            "one-hot-stems.csv", "one-hot columns",
            "voc_detection", "Pascal VOC annotations"));
  }

  /** As do the others, of which the labels are compared where they are read. */
  @Tag("stress")
  @Test
  void moreFormsOfTheTruthGiveTheSameMetrics() throws IOException {
    evaluateForms(
        Map.of(
            "base.csv", "fridgeObjects labels.csv, labels separated by white space",
            "bits.parquet", "parquet, a 0 or 1 for each label (multi-hot)",
            "class-labels.parquet", "parquet, the names of classes from its own features",
            "windows.csv", "csv, labels separated by ;",
            "python-lists.csv", "csv",
            "coco_instances/annotations/instances_train.json", "COCO annotations"));
  }

  private String predictionsOfFour() throws IOException {
    Files.writeString(folder.resolve("labels.txt"), "can\ncarton\nmilk_bottle\nwater_bottle\n");
    String predictions = folder.resolve("scores").toString();
    writeScores("/p/", predictions);
    return predictions;
  }

  private void evaluateForms(Map<String, String> told) throws IOException {
    String predictions = predictionsOfFour();
    Set<JsonNode> metrics = new HashSet<>();
    for (Map.Entry<String, String> form : told.entrySet()) {
      Ended ended = evaluateNamed(predictions, FORMS.resolve(form.getKey()));
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(ended.out())
          .startsWith("truth: 7 images, 4 labels, multi-label, from " + form.getValue() + "\n");
      assertThat(contender().get("truth").get(0).asText())
          .isEqualTo("7 images, 4 labels, multi-label, from " + form.getValue());
      assertThat(contender().get("images").get("evaluated").asInt()).isEqualTo(7);
      metrics.add(contender().get("metrics"));
    }
    assertThat(metrics).hasSize(1);
  }

  @Test
  void labelsThatTheModelHasNotAreRefused() throws IOException {
    String predictions = predictionsOfFour();
    Path letters = folder.resolve("case.csv");
    Files.writeString(letters, Files.readString(FORMS.resolve("bars.csv")).replace("can", "Can"));
    Ended refused = evaluateNamed(predictions, letters);
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.problems())
        .containsExactly(
            "3 labels of the truth "
                + letters
                + " are spelt otherwise than the model's: Can for can. Spell them alike, or map names"
                + " with --label-map.");
    Files.writeString(letters, "path,label\nimg_00.jpg,1\nimg_01.jpg,4\n");
    Ended counted = evaluateNamed(predictions, letters);
    assertThat(counted.exitCode()).isEqualTo(2);
    assertThat(counted.problems().get(0))
        .contains(
            "label indices that the model does not have: 4. Its indices are 0 to 3, not from 1");
  }

  private Ended evaluateNamed(String predictions, Path truth) {
    return evaluate(
        List.of(
            "--predictions",
            predictions,
            "--truth",
            truth.toString(),
            "--labels",
            folder.resolve("labels.txt").toString(),
            "--match-by",
            "name",
            "--problem-type",
            "multi-label",
            "--thumbnails",
            "none",
            "--output",
            folder.resolve("report").toString()));
  }

  private Ended evaluate(List<String> options) {
    List<String> line = new ArrayList<>(List.of("evaluate"));
    line.addAll(options);
    return CapturedTerminal.run(line.toArray(String[]::new));
  }

  private JsonNode contender() throws IOException {
    return contender(folder.resolve("report"));
  }

  private static JsonNode contender(Path report) throws IOException {
    return new ObjectMapper()
        .readTree(report.resolve("metrics.json").toFile())
        .get("contenders")
        .get(0);
  }
}
