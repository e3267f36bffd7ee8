package io.labelmill.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Documentation;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.pass.Contender;
import io.labelmill.evaluate.pass.Evaluated;
import io.labelmill.evaluate.pass.FittedThresholds;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.FailedImages;
import io.labelmill.evaluate.read.PredictionTable;
import io.labelmill.evaluate.read.truth.PathKey;
import io.labelmill.evaluate.read.truth.Truth;
import io.labelmill.evaluate.read.truth.TruthOptions;
import io.labelmill.option.Settings;
import io.labelmill.score.ScoreTable;
import io.labelmill.score.Threshold;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Truth in all its forms, and everything that may be wrong with it or with predictions. */
class EvaluationIT {
  private static final SparkSession SPARK = TestTables.spark(2);
  private static final List<String> LABELS = List.of("can", "carton", "milk", "water");

  /** Of four images, the third is taken for another class. */
  private static final double[][] SCORES = {
    {0.7, 0.1, 0.1, 0.1}, {0.1, 0.7, 0.1, 0.1}, {0.6, 0.1, 0.2, 0.1}, {0.1, 0.2, 0.1, 0.6}
  };

  @TempDir private Path folder;
  private String predictions;

  @BeforeEach
  void writeLabels() {
    predictions = folder.resolve("predictions").toString();
    TestTables.text(folder.resolve("labels.txt"), String.join("\n", LABELS) + "\n");
  }

  // --- forms of truth ---------------------------------------------------------------------

  @Test
  void csvOfNames() {
    predictions("/p/a.jpg", "/p/b.jpg", "/p/c.jpg", "/p/d.jpg");
    truth(
        "truth.csv",
        "path,label\nfile:/p/a.jpg,can\n/p/b.jpg,carton\n/p/c.jpg,milk\n/p/d.jpg,water\n");
    assertThat(accuracy(evaluate("truth.csv"))).hasValue(0.75);
  }

  @Test
  void parquetOfIndices() {
    predictions("/p/a.jpg", "/p/b.jpg");
    StructType schema =
        new StructType()
            .add("path", DataTypes.StringType)
            .add("label_index", DataTypes.IntegerType);
    TestTables.write(
        SPARK,
        folder.resolve("truth.parquet"),
        schema,
        List.of(RowFactory.create("/p/a.jpg", 0), RowFactory.create("/p/b.jpg", 3)));
    assertThat(accuracy(evaluate("truth.parquet"))).hasValue(0.5);
  }

  @Test
  void foldersForLabels() throws IOException {
    for (String file : List.of("can/a.jpg", "carton/b.jpg", "milk/deep/c.jpg", "water/.hidden")) {
      TestTables.text(folder.resolve("images").resolve(file), "x");
    }
    Files.createDirectories(folder.resolve("images/empty"));
    predictions(
        folder.resolve("images/can/a.jpg").toString(),
        folder.resolve("images/carton/b.jpg").toUri().toString(),
        folder.resolve("images/milk/deep/c.jpg").toString());
    Evaluated evaluated = evaluate("images");
    assertThat(evaluated.state().matched).isEqualTo(3);
    assertThat(accuracy(evaluated))
        .hasValueCloseTo(2.0 / 3, org.assertj.core.data.Offset.offset(1e-15));
    assertThat(evaluated.state().truthOnly.count()).isZero();
  }

  @Test
  void fridgeObjectsLabels() {
    predictions("/p/1.jpg", "/p/2.jpg", "/p/3.jpg", "/p/4.jpg");
    truth(
        "labels.csv", "filename,labels\n1.jpg,can\n2.jpg,carton water\n3.jpg,milk  can\n4.jpg,\n");
    Evaluated evaluated = evaluate("labels.csv", options -> byName(options));
    assertThat(evaluated.judgement().problemType()).isEqualTo(ProblemType.MULTI_LABEL);
    assertThat(evaluated.state().counts.labelCounts().support(0)).isEqualTo(2);
    assertThat(evaluated.state().counts.labelCounts().support(3)).isEqualTo(1);
    assertThat(evaluated.metrics().get("exact_match").optional()).hasValue(0.25);
  }

  @Test
  void azureJsonLinesOfStringsAndLists() {
    predictions("/p/a.jpg", "/p/b.jpg", "/p/c.jpg");
    truth(
        "azure.jsonl",
        """
        {"image_url": "azureml://subscriptions/x/paths/a.jpg", "label": "can", "image_details": {"format": "jpg", "width": "40px"}}
        {"image_url": "azureml://subscriptions/x/paths/b.jpg", "label": ["carton", "milk"]}
        {"image_url": "azureml://subscriptions/x/paths/c.jpg", "label": []}
        """);
    Evaluated evaluated =
        evaluate(
            "azure.jsonl",
            options ->
                with(
                    options,
                    ProblemType.MULTI_LABEL,
                    PathKey.By.URI,
                    "azureml://subscriptions/x/paths/=/p/"));
    assertThat(evaluated.state().matched).isEqualTo(3);
    assertThat(evaluated.state().counts.labelCounts().support(2)).isEqualTo(1);
    assertThat(evaluated.metrics().get("exact_match").optional().getAsDouble()).isEqualTo(1.0 / 3);
  }

  @Test
  void mlTableFolder() {
    predictions("/p/a.jpg", "/p/b.jpg");
    truth(
        "table/train.jsonl",
        """
        {"image_url": "azureml://x/paths/a.jpg", "label": "can"}
        {"image_url": "azureml://x/paths/b.jpg", "label": "milk"}
        """);
    truth(
        "table/MLTable",
        """
        paths:
          - file: ./train.jsonl
        transformations:
          - read_json_lines:
              encoding: utf8
        """);
    Evaluated evaluated =
        evaluate(
            "table",
            options ->
                with(options, ProblemType.MULTI_CLASS, PathKey.By.URI, "azureml://x/paths/=/p/"));
    assertThat(accuracy(evaluated)).hasValue(0.5);
  }

  @Test
  void tablesOfTheCatalogue() {
    predictions("/p/a.jpg", "/p/b.jpg");
    SPARK.table("predictions").drop("model").createOrReplaceTempView("shelf_scores");
    SPARK
        .createDataFrame(
            List.of(TestTables.truth("/p/a.jpg", "can"), TestTables.truth("/p/b.jpg", "milk")),
            TestTables.TRUTH)
        .createOrReplaceTempView("shelf_truth");
    Settings options =
        new Settings()
            .with(EvaluateOptions.PREDICTIONS, List.of("table:shelf_scores"))
            .with(TruthOptions.TRUTH, "table:shelf_truth")
            .with(EvaluateOptions.OUTPUT, folder.resolve("report").toString())
            .with(EvaluateOptions.LABELS, Optional.of(folder.resolve("labels.txt").toString()))
            .with(EvaluateOptions.PROBLEM_TYPE, Optional.of(ProblemType.MULTI_CLASS));
    Evaluated evaluated = contender(options, Optional.empty());
    assertThat(accuracy(evaluated)).hasValue(0.5);
    assertThat(evaluated.name()).isEqualTo("table:shelf_scores");
    assertThatThrownBy(
            () -> contender(options.with(TruthOptions.TRUTH, "table:nowhere"), Optional.empty()))
        .isInstanceOf(InputException.class)
        .hasMessage("The truth table:nowhere is no table of Spark's catalog.");
    assertThatThrownBy(() -> PredictionTable.open(SPARK, "table:nowhere"))
        .isInstanceOf(InputException.class)
        .hasMessage("The predictions table:nowhere are no table of Spark's catalog.");
  }

  @Test
  void formatsThatAreNamed() {
    predictions("/p/1.jpg", "/p/2.jpg", "/p/3.jpg");
    // The contents decide nothing then: neither the file's name nor its columns are those expected.
    truth("shelf.dat", "filename,labels,note\n1.jpg,can water,x\n2.jpg,,y\n3.jpg,milk,z\n");
    Evaluated fridge =
        evaluate("shelf.dat", options -> byName(named(options, TruthOptions.Format.FRIDGE)));
    assertThat(fridge.judgement().problemType()).isEqualTo(ProblemType.MULTI_LABEL);
    assertThat(fridge.state().counts.labelCounts().support(0)).isEqualTo(1);
    assertThat(fridge.state().counts.labelCounts().support(3)).isEqualTo(1);

    truth(
        "lines.txt",
        """
        {"image_url": "/p/1.jpg", "label": "can"}
        {"image_url": "/p/2.jpg", "label": "milk"}
        """);
    assertThat(
            accuracy(evaluate("lines.txt", options -> named(options, TruthOptions.Format.AZUREML))))
        .hasValue(0.5);

    truth("one.csv", "filename,labels\n/p/1.jpg,can\n/p/2.jpg,can\n");
    Evaluated table = evaluate("one.csv", options -> named(options, TruthOptions.Format.TABLE));
    assertThat(table.judgement().problemType()).isEqualTo(ProblemType.MULTI_CLASS);
    assertThat(accuracy(table)).hasValue(0.5);

    assertThatThrownBy(
            () -> evaluate("one.csv", options -> named(options, TruthOptions.Format.FOLDERS)))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The truth "
                + folder.resolve("one.csv")
                + " is a file, where a folder with a folder for each label is wanted.");
    assertThatThrownBy(
            () -> evaluate("one.csv", options -> named(options, TruthOptions.Format.MLTABLE)))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The truth "
                + folder.resolve("one.csv")
                + " is no MLTable: no file of that name lies in "
                + folder
                + ".");
  }

  @Test
  void imageNetFoldersThroughALabelMap() {
    for (String file : List.of("n01440764/a.JPEG", "n01443537/b.JPEG")) {
      TestTables.text(folder.resolve("val").resolve(file), "x");
    }
    truth(
        "synsets.txt",
        "n01440764 tench, Tinca tinca\nn01443537 goldfish\nn01484850 great white\nn01491361 x\n");
    predictions(
        folder.resolve("val/n01440764/a.JPEG").toString(),
        folder.resolve("val/n01443537/b.JPEG").toString());
    assertThat(accuracy(evaluate("val", options -> mapped(options, "synsets.txt")))).hasValue(1);
    truth("map.json", "{\"n01440764\": \"carton\", \"n01443537\": 1}");
    assertThat(accuracy(evaluate("val", options -> mapped(options, "map.json")))).hasValue(0.5);
    truth("map.csv", "n01440764,can\nn01443537,milk\n");
    assertThat(accuracy(evaluate("val", options -> mapped(options, "map.csv")))).hasValue(0.5);
    truth("bad.csv", "n01440764,tench\nn01443537,milk\n");
    assertThatThrownBy(() -> evaluate("val", options -> mapped(options, "bad.csv")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("1 entries of the label map")
        .hasMessageContaining("lead to no label of the model: n01440764");
  }

  // --- what is counted --------------------------------------------------------------------

  @Test
  void nothingIsDroppedSilently() throws IOException {
    List<Row> rows = new ArrayList<>();
    rows.add(TestTables.scored("/p/a.jpg", "run-1", SCORES[0]));
    rows.add(TestTables.scored("/p/a.jpg", "run-1", SCORES[0]));
    rows.add(TestTables.scored("/p/b.jpg", "run-1", SCORES[1]));
    rows.add(TestTables.failed("/p/broken.jpg", "run-1"));
    rows.add(TestTables.scored("/p/only.jpg", "run-1", SCORES[1]));
    rows.add(TestTables.scored("/p/strange.jpg", "run-1", SCORES[1]));
    rows.add(TestTables.scored("/p/torn.jpg", "run-1", SCORES[1]));
    TestTables.write(SPARK, folder.resolve("predictions"), TestTables.FULL_SCORES, rows);
    truth(
        "truth.csv",
        """
        path,label
        /p/a.jpg,can
        /p/b.jpg,carton
        /p/b.jpg,carton
        /p/broken.jpg,milk
        /p/unseen.jpg,can
        /p/strange.jpg,bottle
        /p/torn.jpg,can
        /p/torn.jpg,milk
        """);
    for (FailedImages failed : FailedImages.values()) {
      Settings options = options("truth.csv").with(EvaluateOptions.FAILED, failed);
      new Evaluation(SPARK, options.as(EvaluateOptions::read)).run();
      JsonNode json =
          new ObjectMapper()
              .readTree(folder.resolve("report/metrics.json").toFile())
              .get("contenders")
              .get(0);
      JsonNode images = json.get("images");
      assertThat(images.get("matched").asInt()).isEqualTo(4);
      assertThat(images.get("predictions_only").asInt()).isEqualTo(1);
      assertThat(images.get("truth_only").asInt()).isEqualTo(1);
      assertThat(images.get("conflicting_truth").asInt()).isEqualTo(1);
      assertThat(images.get("duplicate_predictions").asInt()).isEqualTo(1);
      assertThat(images.get("duplicate_truth").asInt()).isEqualTo(2);
      assertThat(images.get("unknown_labels").asInt()).isEqualTo(1);
      assertThat(images.get("without_exactly_one_label").asInt()).isEqualTo(1);
      assertThat(images.get("failed").get("UNDECODABLE").asInt()).isEqualTo(1);
      assertThat(json.get("listed").get("unknown_labels").get(0).asText()).isEqualTo("bottle");
      assertThat(json.get("listed").get("truth_only").get(0).asText()).isEqualTo("/p/unseen.jpg");
      boolean wrong = failed == FailedImages.WRONG;
      assertThat(images.get("evaluated").asInt()).isEqualTo(wrong ? 3 : 2);
      assertThat(json.get("metrics").get("accuracy").asDouble()).isEqualTo(wrong ? 2.0 / 3 : 1);
      assertThat(json.get("metrics").get("macro_roc_auc").isNull()).isTrue();
      assertThat(json.get("undefined").get("macro_roc_auc").asText())
          .isEqualTo("2 of 4 labels have no ROC AUC: no image, or every image, has them");
      assertThat(json.get("averaged_over").get("macro_roc_auc_present").asInt()).isEqualTo(2);
      assertThat(json.get("azureml").size()).isEqualTo(28);
    }
    List<Row> perImage =
        SPARK.read().parquet(folder.resolve("report/per_image.parquet").toString()).collectAsList();
    assertThat(perImage).hasSize(7);
    assertThat(SPARK.read().parquet(folder.resolve("report/per_label.parquet").toString()).count())
        .isEqualTo(4);
    assertThat(SPARK.read().parquet(folder.resolve("report/confusion.parquet").toString()).count())
        .isEqualTo(2);
  }

  @Test
  void onlyCurrentRowsCount() {
    TestTables.write(
        SPARK,
        folder.resolve("predictions"),
        TestTables.FULL_SCORES,
        List.of(
            TestTables.failed("/p/a.jpg", "run-1"),
            TestTables.scored("/p/a.jpg", "run-2", SCORES[0]),
            TestTables.scored("/p/b.jpg", "run-1", SCORES[1])));
    truth("truth.csv", "path,label\n/p/a.jpg,can\n/p/b.jpg,carton\n");
    Evaluated evaluated = evaluate("truth.csv");
    assertThat(accuracy(evaluated)).hasValue(1);
    assertThat(evaluated.state().duplicatePredictions.count()).isZero();
    assertThat(evaluated.state().runs)
        .containsExactly(Map.entry("run-1", 1L), Map.entry("run-2", 1L));
  }

  @Test
  void severalModelsNeedAChoice() {
    List<Row> rows = new ArrayList<>();
    rows.add(TestTables.scored("/p/a.jpg", "run-1", SCORES[0]));
    Row other = TestTables.scored("/p/b.jpg", "run-2", SCORES[1]);
    Object[] values = new Object[other.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i == 4 ? "another" : other.get(i);
    }
    rows.add(RowFactory.create(values));
    TestTables.write(SPARK, folder.resolve("predictions"), TestTables.FULL_SCORES, rows);
    truth("truth.csv", "path,label\n/p/a.jpg,can\n/p/b.jpg,carton\n");
    assertThatThrownBy(() -> evaluate("truth.csv"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("are of several models: another (1 rows), model (1 rows).")
        .hasMessageContaining("Choose one run with --run: run-1 (1 rows), run-2 (1 rows).");
    assertThat(evaluate("truth.csv", Optional.of("run-2")).state().matched).isEqualTo(1);
    assertThatThrownBy(() -> evaluate("truth.csv", Optional.of("run-9")))
        .hasMessageContaining("have no row of the run run-9");
  }

  @Test
  void listsOfTheBestAreNotFilledUp() {
    StructType schema =
        new StructType()
            .add("path", DataTypes.StringType)
            .add("predictions", DataTypes.createArrayType(ScoreTable.PREDICTION));
    Row[] best = {RowFactory.create("can", 0.6f, 0), RowFactory.create("milk", 0.2f, 2)};
    Row[] tied = {RowFactory.create("can", 0.4f, 0), RowFactory.create("carton", 0.2f, 1)};
    TestTables.write(
        SPARK,
        folder.resolve("predictions"),
        schema,
        List.of(RowFactory.create("/p/a.jpg", best), RowFactory.create("/p/b.jpg", tied)));
    truth("truth.csv", "path,label\n/p/a.jpg,can\n/p/b.jpg,water\n");
    Evaluated evaluated = evaluate("truth.csv");
    assertThat(accuracy(evaluated)).hasValue(0.5);
    assertThat(evaluated.metrics().get("top_1_accuracy").optional()).hasValue(0.5);
    // The second of each list may equal scores that are not listed.
    assertThat(
            evaluate("truth.csv", options -> options.with(EvaluateOptions.TOP_K, List.of(2)))
                .metrics()
                .get("top_2_accuracy"))
        .hasToString(
            "Undefined[reason=the predictions of 1 images list too few scores to decide it, since"
                + " others may equal the last: score with --top-k 3 or --scores all]");
    for (String name :
        List.of("log_loss", "brier_score", "macro_roc_auc", "micro_average_precision")) {
      assertThat(evaluated.metrics().get(name))
          .hasToString(
              "Undefined[reason=the predictions of 2 images hold fewer scores than there are"
                  + " labels: score with --scores all]");
    }
  }

  // --- bad input --------------------------------------------------------------------------

  @Test
  void badNumbersAreCountedByKind() {
    TestTables.write(
        SPARK,
        folder.resolve("predictions"),
        TestTables.FULL_SCORES,
        List.of(
            TestTables.scored("/p/a.jpg", "run-1", 0.5, 0.5, 0, 1.5),
            TestTables.scored("/p/b.jpg", "run-1", 0.5, Double.NaN, 0, 0.5),
            TestTables.scored("/p/c.jpg", "run-1", 0.5, 0.5, 0),
            TestTables.scored("/p/d.jpg", "run-1", 0.5, 0.5, 0)));
    truth("truth.csv", "path,label\n/p/a.jpg,can\n/p/b.jpg,carton\n");
    assertThatThrownBy(() -> evaluate("truth.csv"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("a score is not a number in 1 rows: /p/b.jpg.")
        .hasMessageContaining(
            "a score is not between 0 and 1 in 1 rows: /p/a.jpg (1.5). If they are raw logits")
        .hasMessageContaining(
            "the number of scores is not the number of labels in 2 rows: /p/c.jpg (3 scores, 4"
                + " labels), /p/d.jpg (3 scores, 4 labels). Name the labels");
  }

  @Test
  void emptyTruthAndNoCommonImages() {
    predictions("/p/a.jpg");
    truth("empty.csv", "path,label\n");
    assertThatThrownBy(() -> evaluate("empty.csv"))
        .isInstanceOf(InputException.class)
        .hasMessage("The truth " + folder.resolve("empty.csv") + " is empty.");
    truth("other.csv", "path,label\n/q/a.jpg,can\n");
    assertThatThrownBy(() -> evaluate("other.csv"))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(
            "No image is both in the predictions (1, such as /p/a.jpg) and in the truth (1, such as"
                + " /q/a.jpg). Compare file names with --match-by name");
    truth("unknown.csv", "path,label\n/p/a.jpg,bottle\n");
    assertThatThrownBy(() -> evaluate("unknown.csv"))
        .hasMessageContaining(
            "None of the 1 images with truth and prediction can be counted: 0 failed, 1 do not have"
                + " exactly one label of the model (unknown labels: bottle; map them with"
                + " --label-map).");
    assertThatThrownBy(() -> evaluate("nowhere.csv"))
        .hasMessage("The truth " + folder.resolve("nowhere.csv") + " does not exist.");
    truth("columns.csv", "picture,species\n1,can\n");
    assertThatThrownBy(() -> evaluate("columns.csv"))
        .hasMessageContaining(
            "has no column path or image_url or filename or image or file_name or image_path or"
                + " image_name or image_id (name one with --truth-path-column); it has picture,"
                + " species.")
        .hasMessageContaining(
            "has no column label_index or label or labels (name one with"
                + " --truth-label-column)");
  }

  @Test
  void aTruthOfWhichNoLabelIsKnown() {
    predictions("/p/a.jpg", "/p/b.jpg");
    truth("unknown.csv", "path,labels\n/p/a.jpg,bottle|jar\n/p/b.jpg,jar\n");
    assertThatThrownBy(() -> evaluate("unknown.csv", options -> several(options)))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "None of the labels of the 2 images with truth and prediction is one of the model's."
                + " The truth has bottle, jar; the model has can, carton, milk, water. Map names"
                + " with --label-map.");
    truth("one.csv", "path,label\n/p/a.jpg,bottle\n/p/b.jpg,jar\n");
    assertThatThrownBy(() -> evaluate("one.csv"))
        .isInstanceOf(InputException.class)
        .hasMessageEndingWith(
            "(unknown labels: bottle, jar; map them with --label-map). The truth has bottle, jar; the"
                + " model has can, carton, milk, water.");
    // Some that are known make an evaluation, which says what was not.
    truth("some.csv", "path,labels\n/p/a.jpg,can|jar\n/p/b.jpg,jar\n");
    Evaluated some = evaluate("some.csv", options -> several(options));
    assertThat(some.notes()).contains("2 labels of the truth are none of the model's: jar");
  }

  @Test
  void labelsInOtherLettersAreRefused() {
    predictions("/p/a.jpg", "/p/b.jpg");
    truth("case.csv", "path,labels\n/p/a.jpg,Can|Carton\n/p/b.jpg,WATER\n");
    for (UnaryOperator<Settings> kind :
        List.<UnaryOperator<Settings>>of(options -> several(options), UnaryOperator.identity())) {
      assertThatThrownBy(() -> evaluate("case.csv", kind))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "3 labels of the truth "
                  + folder.resolve("case.csv")
                  + " are spelt otherwise than the model's: Can for can, Carton for carton, WATER for"
                  + " water. Spell them alike, or map names with --label-map.");
    }
    truth("map.csv", "Can,can\nCarton,carton\nWATER,water\n");
    Evaluated mapped =
        evaluate(
            "case.csv",
            options -> several(mapped(options, "map.csv", options.get(TruthOptions.TRUTH_FORMAT))));
    assertThat(mapped.state().counts.labelCounts().support(3)).isEqualTo(1);
  }

  @Test
  void namesOfLabelsMeetHoweverAccentsAreEncoded() {
    TestTables.text(folder.resolve("labels.txt"), "caf\u00e9\ncan\nmilk\nwater\n");
    predictions("/p/a.jpg", "/p/b.jpg");
    truth("truth.csv", "path,label\n/p/a.jpg,cafe\u0301\n/p/b.jpg,can\n");
    assertThat(accuracy(evaluate("truth.csv"))).hasValue(1);
  }

  @Test
  void imagesMeetByNameWithoutExtensionsWhereTheTruthHasNone() {
    predictions("/p/Train_0.jpg", "/p/Train_1.jpg");
    truth("train.csv", "image_id,can,carton,milk,water\nTrain_0,1,0,0,0\nTrain_1,0,1,0,0\n");
    Evaluated evaluated = evaluate("train.csv", options -> byName(options));
    assertThat(evaluated.state().matched).isEqualTo(2);
    assertThat(accuracy(evaluated)).hasValue(1);
    assertThat(evaluated.judgement().problemType()).isEqualTo(ProblemType.MULTI_CLASS);
    assertThat(evaluated.understood())
        .containsExactly(
            "2 images, 2 labels, one label each, from one-hot columns",
            "paths of the truth have no extensions: names are compared without them");
    Evaluated stems =
        evaluate("train.csv", options -> options.with(TruthOptions.MATCH_BY, PathKey.By.STEM));
    assertThat(stems.state().matched).isEqualTo(2);
  }

  @Test
  void ambiguousNames() {
    predictions("/p/a.jpg", "/q/a.jpg");
    truth("truth.csv", "path,label\na.jpg,can\n");
    assertThatThrownBy(() -> evaluate("truth.csv", options -> byName(options)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("1 images cannot be told apart by file name: /p/a.jpg.");
    TestTables.text(folder.resolve("labels.txt"), "can\ncrane\ncrane\nwater\n");
    truth("crane.csv", "path,label\n/p/a.jpg,crane\n");
    assertThatThrownBy(() -> evaluate("crane.csv"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            "1 labels of the truth "
                + folder.resolve("crane.csv")
                + " are names of several of the model's labels: crane (indices 1, 2).");
  }

  @Test
  void predictionsWithoutLabelsOrColumns() throws IOException {
    predictions("/p/a.jpg");
    truth("truth.csv", "path,label\n/p/a.jpg,can\n");
    Files.delete(folder.resolve("labels.txt"));
    assertThatThrownBy(() -> evaluate("truth.csv")).hasMessageContaining("do not exist.");
    assertThatThrownBy(() -> PredictionTable.open(SPARK, folder.resolve("none").toString()))
        .isInstanceOf(InputException.class)
        .hasMessage("The predictions " + folder.resolve("none") + " do not exist.");
    TestTables.write(
        SPARK,
        folder.resolve("columns"),
        new StructType().add("path", DataTypes.StringType),
        List.of(RowFactory.create("x")));
    assertThatThrownBy(() -> PredictionTable.open(SPARK, folder.resolve("columns").toString()))
        .hasMessageContaining("have none of the columns scores, predictions, label_index, label");
  }

  // --- thresholds, comparison, leakage ----------------------------------------------------

  @Test
  void fittedThresholdsSeparateAndFeedBack() throws IOException {
    float below = 0.3f;
    float above = Math.nextUp(below);
    StructType schema =
        new StructType()
            .add("path", DataTypes.StringType)
            .add("scores", DataTypes.createArrayType(DataTypes.FloatType));
    List<Row> rows = new ArrayList<>();
    List<Row> truths = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      boolean can = i < 4;
      rows.add(
          RowFactory.create(
              "/p/" + i, new Float[] {can ? above : below, can ? 0.9f : 0.2f, 0.1f, i / 8f}));
      truths.add(can ? TestTables.truth("/p/" + i, "can", "carton") : TestTables.truth("/p/" + i));
    }
    TestTables.write(SPARK, folder.resolve("predictions"), schema, rows);
    TestTables.write(SPARK, folder.resolve("truth"), TestTables.TRUTH, truths);
    Settings options = with(options("truth"), ProblemType.MULTI_LABEL, PathKey.By.URI);
    new Evaluation(SPARK, options.as(EvaluateOptions::read)).run();
    String json = Files.readString(folder.resolve("report/thresholds.json"));
    Threshold threshold = Threshold.parseJson(json, "thresholds.json");
    assertThat(threshold.perLabel(LABELS).exceededBy(0, above)).isTrue();
    assertThat(threshold.perLabel(LABELS).exceededBy(0, below)).isFalse();
    assertThat(threshold.perLabel(LABELS).value(1)).isEqualTo(0.55f);
    Evaluated fitted =
        contender(
            options.with(EvaluateOptions.THRESHOLD, Optional.of(threshold)), Optional.empty());
    assertThat(fitted.metrics().get("micro_f1").optional().getAsDouble()).isBetween(0.8, 1.0);
    assertThat(fitted.fitted().orElseThrow().perLabelMetrics().get("micro_f1"))
        .isEqualTo(fitted.metrics().get("micro_f1"));
    assertThat(new ObjectMapper().readTree(json).get("thresholds").get(2).get("fitted").asBoolean())
        .isFalse();
  }

  @Test
  void fittedOnOnePartReportedOnAnother() {
    List<Row> rows = new ArrayList<>();
    List<Row> truths = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rows.add(TestTables.scored("/p/" + i, "run-1", (i % 10) / 10.0, 0.5, 0.1, 0.9));
      truths.add(i % 10 > 3 ? TestTables.truth("/p/" + i, "can") : TestTables.truth("/p/" + i));
    }
    TestTables.write(SPARK, folder.resolve("predictions"), TestTables.FULL_SCORES, rows);
    TestTables.write(SPARK, folder.resolve("truth"), TestTables.TRUTH, truths);
    Evaluated evaluated =
        evaluate(
            "truth",
            options ->
                options
                    .with(EvaluateOptions.PROBLEM_TYPE, Optional.of(ProblemType.MULTI_LABEL))
                    .with(EvaluateOptions.FIT_SHARE, 0.3));
    assertThat(evaluated.state().fitted).isBetween(40L, 80L);
    assertThat(evaluated.state().evaluated()).isEqualTo(200 - evaluated.state().fitted);
    FittedThresholds fitted = evaluated.fitted().orElseThrow();
    assertThat(fitted.fittedOn()).isEqualTo(evaluated.state().fitted);
    assertThat(fitted.perLabel()[0]).isBetween(0.3, 0.4);
    assertThat(evaluated.ranks().orElseThrow().positives(0)).isBetween(60L, 119L);
  }

  @Test
  void anotherSeedAnotherShare() {
    List<Row> rows = new ArrayList<>();
    List<Row> truths = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rows.add(TestTables.scored("/p/" + i, "run-1", i / 200.0, 0.5, 0.1, 0.9));
      truths.add(i > 90 ? TestTables.truth("/p/" + i, "can") : TestTables.truth("/p/" + i));
    }
    TestTables.write(SPARK, folder.resolve("predictions"), TestTables.FULL_SCORES, rows);
    TestTables.write(SPARK, folder.resolve("truth"), TestTables.TRUTH, truths);
    List<List<Boolean>> shares = new ArrayList<>();
    for (long seed : new long[] {1, 1, 2}) {
      Evaluated evaluated =
          evaluate(
              "truth",
              options ->
                  options
                      .with(EvaluateOptions.PROBLEM_TYPE, Optional.of(ProblemType.MULTI_LABEL))
                      .with(EvaluateOptions.FIT_SHARE, 0.3)
                      .with(EvaluateOptions.SEED, seed));
      shares.add(
          IntStream.range(0, 200)
              .mapToObj(i -> evaluated.judgement().isSetAside("/p/" + i))
              .toList());
      assertThat(evaluated.state().fitted)
          .isEqualTo(shares.get(shares.size() - 1).stream().filter(fitted -> fitted).count());
    }
    assertThat(shares.get(1)).isEqualTo(shares.get(0));
    assertThat(shares.get(2)).isNotEqualTo(shares.get(0));
  }

  @Test
  void theDocumentationShowsWhatIsWritten() throws IOException {
    String documentation = Documentation.text();
    Matcher example =
        Pattern.compile(
                "<!-- example: metrics.json -->\\n```json\\n(.*?)```\\n<!-- end of example -->",
                Pattern.DOTALL)
            .matcher(documentation);
    assertThat(example.find()).isTrue();
    JsonNode shown = new ObjectMapper().readTree(example.group(1));
    predictions("/p/a.jpg", "/p/b.jpg", "/p/c.jpg", "/p/d.jpg");
    truth("labels.csv", "filename,labels\n/p/a.jpg,can\n/p/b.jpg,carton can\n/p/c.jpg,\n");
    truth("sums.txt", sha256("content of nothing here") + "  some/file.jpg\n");
    Settings options = training(options("labels.csv"), "sums.txt");
    new Evaluation(
            SPARK,
            options
                .with(
                    EvaluateOptions.PREDICTIONS,
                    List.of(
                        options.get(EvaluateOptions.PREDICTIONS).get(0),
                        options.get(EvaluateOptions.PREDICTIONS).get(0)))
                .as(EvaluateOptions::read))
        .run();
    JsonNode written = new ObjectMapper().readTree(folder.resolve("report/metrics.json").toFile());
    assertThat(shown.get("schema")).isEqualTo(written.get("schema"));
    for (String part :
        List.of(
            "",
            "/contenders/0",
            "/contenders/0/images",
            "/contenders/0/fitted",
            "/contenders/0/fitted/exact_match",
            "/disagreements",
            "/leakage")) {
      assertThat(names(shown.at(part))).as(part).isEqualTo(names(written.at(part)));
    }
    for (String part : List.of("metrics", "azureml", "averaged_over", "fitted/per_label_f1")) {
      assertThat(names(written.at("/contenders/0/" + part)))
          .as(part)
          .containsAll(names(shown.at("/contenders/0/" + part)));
    }
  }

  private static List<String> names(JsonNode node) {
    return node.properties().stream().map(Map.Entry::getKey).toList();
  }

  // --- Azure ML's names -------------------------------------------------------------------

  @Test
  void azureNamesOfTwoClasses() throws IOException {
    TestTables.text(folder.resolve("labels.txt"), "empty\nfull\n");
    double[] full = {0.9, 0.6, 0.4, 0.7, 0.2};
    String[] truth = {"full", "full", "full", "empty", "empty"};
    List<Row> rows = new ArrayList<>();
    StringBuilder csv = new StringBuilder("path,label\n");
    for (int i = 0; i < full.length; i++) {
      rows.add(TestTables.scored("/p/" + i, "run-1", 1 - full[i], full[i]));
      csv.append("/p/" + i + "," + truth[i] + "\n");
    }
    TestTables.write(SPARK, folder.resolve("predictions"), TestTables.FULL_SCORES, rows);
    truth("truth.csv", csv.toString());
    JsonNode azure = azure(options("truth.csv"));
    assertThat(azure.size()).isEqualTo(28);
    // Full is taken for full twice, for empty once; empty for full once.
    assertThat(azure.get("precision_score_binary").asDouble()).isEqualTo(2 / 3.0);
    assertThat(azure.get("recall_score_binary").asDouble()).isEqualTo(2 / 3.0);
    assertThat(azure.get("f1_score_binary").asDouble()).isEqualTo(2 / 3.0);
    // Of the six pairs, 0.6 and 0.4 lie below 0.7.
    assertThat(azure.get("AUC_binary").asDouble()).isEqualTo(4 / 6.0);
    assertThat(azure.get("average_precision_score_binary").asDouble())
        .isCloseTo((1 + 2 / 3.0 + 3 / 4.0) / 3, within(1e-15));
    assertThat(azure.get("norm_macro_recall").asDouble())
        .isCloseTo(((2 / 3.0 + 1 / 2.0) / 2 - 0.5) / 0.5, within(1e-15));
    assertThat(azure.get("confusion_matrix").get("data").get("matrix").toString())
        .isEqualTo("[[1,1],[1,2]]");
    JsonNode table = azure.get("accuracy_table").get("data");
    assertThat(table.get("class_labels").toString()).isEqualTo("[\"empty\",\"full\"]");
    assertThat(table.get("probability_thresholds")).hasSize(101);
    // True and false positives, true and false negatives of "full" from 0 and from 0.65 up.
    assertThat(table.get("probability_tables").get(1).get(0).toString()).isEqualTo("[3,2,0,0]");
    assertThat(table.get("probability_tables").get(1).get(65).toString()).isEqualTo("[1,1,1,2]");

    JsonNode empty =
        azure(options("truth.csv").with(EvaluateOptions.POSITIVE_LABEL, Optional.of("empty")));
    assertThat(empty.get("precision_score_binary").asDouble()).isEqualTo(0.5);
    assertThat(azure(options("truth.csv").with(EvaluateOptions.POSITIVE_LABEL, Optional.of("0"))))
        .isEqualTo(empty);
    assertThatThrownBy(
            () ->
                azure(
                    options("truth.csv").with(EvaluateOptions.POSITIVE_LABEL, Optional.of("ful"))))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--positive-label is ful: the model has no such label, and its indices are 0 to 1. Did"
                + " you mean full?");
    TestTables.text(folder.resolve("labels.txt"), "full\nfull\n");
    assertThatThrownBy(
            () ->
                azure(
                    options("truth.csv").with(EvaluateOptions.POSITIVE_LABEL, Optional.of("full"))))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--positive-label is full, which is the name of several labels: give one of the"
                + " indices 0, 1");
  }

  @Test
  void azureNamesOfSeveralLabels() throws IOException {
    predictions("/p/a.jpg", "/p/b.jpg", "/p/c.jpg", "/p/d.jpg");
    TestTables.write(
        SPARK,
        folder.resolve("truth"),
        TestTables.TRUTH,
        List.of(
            TestTables.truth("/p/a.jpg", "can"),
            TestTables.truth("/p/b.jpg", "carton", "milk"),
            TestTables.truth("/p/c.jpg"),
            TestTables.truth("/p/d.jpg", "water")));
    JsonNode azure = azure(options("truth"));
    assertThat(azure.size()).isEqualTo(32);
    assertThat(azure.get("accuracy").asDouble()).isEqualTo(0.5);
    assertThat(azure.get("balanced_accuracy").asDouble()).isEqualTo(0.75);
    assertThat(azure.get("f1_score_binary").isNull()).isTrue();
    assertThat(azure.get("confusion_matrix").isNull()).isTrue();
    assertThat(azure.get("accuracy_table").get("data").get("probability_tables")).hasSize(4);
    JsonNode reasons = contenderJson().get("azureml_undefined");
    assertThat(reasons.properties().stream().map(Map.Entry::getKey))
        .containsExactlyInAnyOrder(
            "weighted_accuracy",
            "norm_macro_recall",
            "matthews_correlation",
            "average_precision_score_binary",
            "AUC_binary",
            "f1_score_binary",
            "precision_score_binary",
            "recall_score_binary",
            "confusion_matrix",
            "accuracy_table.percentile_thresholds",
            "accuracy_table.percentile_tables");
    JsonNode can = azure(options("truth").with(EvaluateOptions.POSITIVE_LABEL, Optional.of("can")));
    assertThat(can.get("precision_score_binary").asDouble()).isEqualTo(0.5);
    assertThat(can.get("recall_score_binary").asDouble()).isEqualTo(1);
    assertThat(can.get("AUC_binary").asDouble()).isEqualTo(1);
  }

  private JsonNode azure(Settings options) throws IOException {
    new Evaluation(SPARK, options.as(EvaluateOptions::read)).run();
    JsonNode contender = contenderJson();
    // Every null has its reason, and nothing else has.
    contender
        .get("azureml")
        .properties()
        .forEach(
            entry ->
                assertThat(contender.get("azureml_undefined").has(entry.getKey()))
                    .as(entry.getKey())
                    .isEqualTo(entry.getValue().isNull()));
    return contender.get("azureml");
  }

  private JsonNode contenderJson() throws IOException {
    return new ObjectMapper()
        .readTree(folder.resolve("report/metrics.json").toFile())
        .get("contenders")
        .get(0);
  }

  @Test
  void namesOfMetricsAreKnownBeforehand() {
    predictions("/p/a.jpg", "/p/b.jpg");
    truth("truth.csv", "path,label\n/p/a.jpg,can\n/p/b.jpg,carton\n");
    for (ProblemType kind : ProblemType.OF_LABELS) {
      Evaluated evaluated =
          evaluate(
              "truth.csv",
              options ->
                  options
                      .with(EvaluateOptions.PROBLEM_TYPE, Optional.of(kind))
                      .with(EvaluateOptions.TOP_K, List.of(1, 9)));
      assertThat(List.copyOf(evaluated.metrics().asMap().keySet()))
          .isEqualTo(Metrics.names(kind, List.of(1, 9)));
    }
  }

  @Test
  void contendersDisagree() throws IOException {
    TestTables.write(
        SPARK,
        folder.resolve("predictions"),
        TestTables.FULL_SCORES,
        scored("/p/a.jpg", "/p/b.jpg", "/p/c.jpg", "/p/d.jpg"));
    double[][] others = {SCORES[0], SCORES[0], {0.1, 0.1, 0.7, 0.1}, SCORES[3]};
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      rows.add(TestTables.scored("/p/" + "abcd".charAt(i) + ".jpg", "run-2", others[i]));
    }
    TestTables.write(SPARK, folder.resolve("second"), TestTables.FULL_SCORES, rows);
    truth(
        "truth.csv", "path,label\n/p/a.jpg,can\n/p/b.jpg,carton\n/p/c.jpg,milk\n/p/d.jpg,water\n");
    Settings one = options("truth.csv");
    EvaluationResult result =
        new Evaluation(
                SPARK,
                one.with(
                        EvaluateOptions.PREDICTIONS,
                        List.of(
                            one.get(EvaluateOptions.PREDICTIONS).get(0),
                            folder.resolve("second").toString()))
                    .as(EvaluateOptions::read))
            .run();
    assertThat(result.contenders().stream().map(EvaluationResult.Contender::name))
        .containsExactly("model · predictions", "model · second");
    JsonNode json = new ObjectMapper().readTree(folder.resolve("report/metrics.json").toFile());
    assertThat(json.get("disagreements").get("images").asInt()).isEqualTo(2);
    assertThat(json.get("disagreements").get("of").asInt()).isEqualTo(4);
    List<Row> disagreements =
        SPARK
            .read()
            .parquet(folder.resolve("report/disagreements.parquet").toString())
            .orderBy("path")
            .collectAsList();
    assertThat(disagreements.get(0).<String>getList(2)).containsExactly("carton");
    assertThat(disagreements.get(0).<String>getList(5)).containsExactly("can");
    assertThat(Files.readString(folder.resolve("report/report.html"))).contains("disagreements");
  }

  @Test
  void runsOfOneTableAreCompared() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      String path = "/p/" + i + ".jpg";
      rows.add(TestTables.scored(path, "run-1", SCORES[i]));
      rows.add(TestTables.scored(path, "run-2", SCORES[i == 2 ? 1 : i]));
    }
    TestTables.write(SPARK, folder.resolve("predictions"), TestTables.FULL_SCORES, rows);
    truth(
        "truth.csv", "path,label\n/p/0.jpg,can\n/p/1.jpg,carton\n/p/2.jpg,milk\n/p/3.jpg,water\n");
    EvaluationResult result =
        new Evaluation(
                SPARK,
                options("truth.csv")
                    .with(EvaluateOptions.RUN, List.of("run-1", "run-2"))
                    .as(EvaluateOptions::read))
            .run();
    assertThat(result.contenders().stream().map(EvaluationResult.Contender::name))
        .containsExactly("model · run-1", "model · run-2");
    assertThat(result.contenders().stream().map(one -> one.metrics().get("accuracy").optional()))
        .containsExactly(OptionalDouble.of(0.75), OptionalDouble.of(0.75));
    JsonNode json = new ObjectMapper().readTree(folder.resolve("report/metrics.json").toFile());
    assertThat(json.get("disagreements").get("images").asInt()).isEqualTo(1);
    assertThat(json.get("contenders").get(1).get("runs").get("run-2").asInt()).isEqualTo(4);
  }

  @Test
  void trainingImagesAreFoundByContent() {
    for (String name : List.of("a", "b", "c")) {
      TestTables.text(folder.resolve("images/" + name + ".jpg"), "content of " + name);
    }
    TestTables.text(folder.resolve("train/renamed.jpg"), "content of b");
    predictions(
        folder.resolve("images/a.jpg").toString(),
        folder.resolve("images/b.jpg").toString(),
        folder.resolve("images/c.jpg").toString());
    truth("truth.csv", "path,label\na.jpg,can\nb.jpg,carton\nc.jpg,can\n");
    truth(
        "training.csv",
        "path\n" + folder.resolve("train/renamed.jpg") + "\n/nowhere.jpg\n/neither.jpg\n");
    truth(
        "sums.txt",
        // Of "content of c".
        sha256("content of c") + "  some/file.jpg\n");
    EvaluationResult byPath =
        new Evaluation(
                SPARK,
                training(byName(options("truth.csv")), "training.csv").as(EvaluateOptions::read))
            .run();
    assertThat(byPath.leakage())
        .hasValue(
            "1 images of the evaluation are in the training list: "
                + folder.resolve("images/b.jpg")
                + "; 2 images of the evaluation or of the training list cannot be read, and were"
                + " not compared");
    EvaluationResult bySum =
        new Evaluation(
                SPARK, training(byName(options("truth.csv")), "sums.txt").as(EvaluateOptions::read))
            .run();
    assertThat(bySum.leakage().orElseThrow()).endsWith("c.jpg");
    truth("others.txt", sha256("content of nothing here") + "  some/file.jpg\n");
    assertThat(
            new Evaluation(
                    SPARK,
                    training(byName(options("truth.csv")), "others.txt").as(EvaluateOptions::read))
                .run()
                .leakage())
        .isEmpty();
  }

  private static String sha256(String text) {
    try {
      return java.util.HexFormat.of()
          .formatHex(
              java.security.MessageDigest.getInstance("SHA-256")
                  .digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void scoresAboveTheLimitAreNotRanked() {
    predictions("/p/a.jpg", "/p/b.jpg");
    truth("truth.csv", "path,label\n/p/a.jpg,can\n/p/b.jpg,carton\n");
    Evaluated evaluated =
        evaluate("truth.csv", options -> options.with(EvaluateOptions.RANK_METRICS, 7L));
    assertThat(evaluated.metrics().get("micro_roc_auc"))
        .hasToString(
            "Undefined[reason=8 scores are more than the 7 that are ranked unless --rank-metrics is"
                + " given]");
    assertThat(evaluated.metrics().get("log_loss").optional()).isPresent();
  }

  // --- options ----------------------------------------------------------------------------

  /** In a view of the session, which costs less than files do. */
  private void predictions(String... paths) {
    SPARK
        .createDataFrame(
            new JavaSparkContext(SPARK.sparkContext()).parallelize(scored(paths), 3),
            TestTables.FULL_SCORES)
        .createOrReplaceTempView("predictions");
    predictions = "table:predictions";
  }

  private static List<Row> scored(String... paths) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < paths.length; i++) {
      rows.add(TestTables.scored(paths[i], "run-1", SCORES[i]));
    }
    return rows;
  }

  private void truth(String name, String content) {
    TestTables.text(folder.resolve(name), content);
  }

  private static OptionalDouble accuracy(Evaluated evaluated) {
    return evaluated.metrics().get("accuracy").optional();
  }

  private Settings options(String truth) {
    return new Settings()
        .with(EvaluateOptions.PREDICTIONS, List.of(predictions))
        .with(TruthOptions.TRUTH, folder.resolve(truth).toString())
        .with(EvaluateOptions.OUTPUT, folder.resolve("report").toString())
        .with(EvaluateOptions.LABELS, Optional.of(folder.resolve("labels.txt").toString()))
        .with(EvaluateOptions.TOP_K, List.of(1))
        .with(EvaluateOptions.THUMBNAILS, EvaluateOptions.Thumbnails.NONE);
  }

  private Evaluated evaluate(String truth) {
    return evaluate(truth, UnaryOperator.identity());
  }

  private Evaluated evaluate(String truth, UnaryOperator<Settings> change) {
    return contender(change.apply(options(truth)), Optional.empty());
  }

  private Evaluated evaluate(String truth, Optional<String> run) {
    return contender(options(truth), run);
  }

  private static Evaluated contender(Settings options, Optional<String> run) {
    EvaluateOptions read = options.as(EvaluateOptions::read);
    PredictionTable table = PredictionTable.open(SPARK, read.predictions().get(0));
    Evaluated evaluated =
        new Contender(SPARK, read, read.threshold(), table, run)
            .evaluate(Truth.open(SPARK, read.truth()));
    evaluated.examples().unpersist();
    return evaluated;
  }

  private static Settings byName(Settings options) {
    return options.with(TruthOptions.MATCH_BY, PathKey.By.NAME);
  }

  private static Settings with(
      Settings options, ProblemType kind, PathKey.By key, String... rewrites) {
    return options
        .with(EvaluateOptions.PROBLEM_TYPE, Optional.of(kind))
        .with(TruthOptions.MATCH_BY, key)
        .with(TruthOptions.REWRITE, List.of(rewrites));
  }

  private static Settings named(Settings options, TruthOptions.Format format) {
    return options.with(TruthOptions.TRUTH_FORMAT, format);
  }

  private static Settings several(Settings options) {
    return options.with(EvaluateOptions.PROBLEM_TYPE, Optional.of(ProblemType.MULTI_LABEL));
  }

  private Settings mapped(Settings options, String map) {
    return mapped(options, map, TruthOptions.Format.FOLDERS);
  }

  private Settings mapped(Settings options, String map, TruthOptions.Format format) {
    return options
        .with(TruthOptions.TRUTH_FORMAT, format)
        .with(TruthOptions.LABEL_MAP, Optional.of(folder.resolve(map).toString()));
  }

  private Settings training(Settings options, String list) {
    return options.with(
        EvaluateOptions.TRAINING_LIST, Optional.of(folder.resolve(list).toString()));
  }
}
