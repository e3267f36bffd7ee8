package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.checkpoint.Taps;
import io.labelmill.decode.Orientation;
import io.labelmill.error.UsageException;
import io.labelmill.evaluate.metric.ThresholdRule;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.FailedImages;
import io.labelmill.evaluate.read.SegmentOptions;
import io.labelmill.evaluate.read.truth.PathKey;
import io.labelmill.evaluate.read.truth.TruthOptions;
import io.labelmill.model.DeviceChoice;
import io.labelmill.option.Option;
import io.labelmill.preprocess.ResizeBackend;
import io.labelmill.score.JobOptions;
import io.labelmill.score.Masks;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.Threshold;
import io.labelmill.score.Windowing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EvaluateCommandTest {
  @TempDir Path folder;

  /**
   * An option with a value, and where that must arrive.
   *
   * @param otherwise what is there without the option
   */
  record Case(
      Option<?> option,
      String text,
      Function<EvaluateOptions, Object> arrives,
      Object value,
      Object otherwise) {
    @Override
    public String toString() {
      return option.name();
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case(
            EvaluateOptions.PREDICTIONS,
            "s3://p",
            EvaluateOptions::predictions,
            List.of("s3://p"),
            List.of("p")),
        new Case(EvaluateOptions.RUN, "r1", EvaluateOptions::runs, List.of("r1"), List.of()),
        new Case(EvaluateOptions.TRUTH, "s3://t", o -> o.truth().location(), "s3://t", "t"),
        new Case(
            TruthOptions.TRUTH_FORMAT,
            "azureml",
            o -> o.truth().format(),
            TruthOptions.Format.AZUREML,
            TruthOptions.Format.AUTO),
        new Case(
            TruthOptions.TRUTH_PATH_COLUMN,
            "uri",
            o -> o.truth().pathColumn(),
            Optional.of("uri"),
            Optional.empty()),
        new Case(
            TruthOptions.TRUTH_LABEL_COLUMN,
            "species",
            o -> o.truth().labelColumn(),
            Optional.of("species"),
            Optional.empty()),
        new Case(
            TruthOptions.LABEL_SEPARATOR,
            ";",
            o -> o.truth().labelSeparator(),
            Optional.of(";"),
            Optional.empty()),
        new Case(
            TruthOptions.CSV_SEPARATOR,
            "tab",
            o -> o.truth().csvSeparator(),
            Optional.of("\t"),
            Optional.empty()),
        new Case(
            TruthOptions.LABEL_MAP,
            "m.csv",
            o -> o.truth().labelMap(),
            Optional.of("m.csv"),
            Optional.empty()),
        new Case(
            EvaluateOptions.LABELS,
            "l.txt",
            EvaluateOptions::labels,
            Optional.of("l.txt"),
            Optional.empty()),
        new Case(TruthOptions.MATCH_BY, "name", o -> o.key().by(), PathKey.By.NAME, PathKey.By.URI),
        new Case(TruthOptions.REWRITE, "a=b", o -> o.key().rewrites(), Map.of("a", "b"), Map.of()),
        new Case(
            EvaluateOptions.PROBLEM_TYPE,
            "multi-label",
            EvaluateOptions::problemType,
            Optional.of(ProblemType.MULTI_LABEL),
            Optional.empty()),
        new Case(
            EvaluateOptions.THRESHOLD,
            "0.25",
            EvaluateOptions::threshold,
            Optional.of(Threshold.of(0.25)),
            Optional.empty()),
        new Case(
            EvaluateOptions.THRESHOLD_RULE,
            "ge",
            EvaluateOptions::rule,
            ThresholdRule.GE,
            ThresholdRule.GT),
        new Case(EvaluateOptions.TOP_K, "3,1", EvaluateOptions::topK, List.of(3, 1), List.of(1, 5)),
        new Case(
            EvaluateOptions.FAILED,
            "leave-out",
            EvaluateOptions::failed,
            FailedImages.LEAVE_OUT,
            FailedImages.WRONG),
        new Case(EvaluateOptions.FIT_SHARE, "0.25", EvaluateOptions::fitShare, 0.25, 0.0),
        new Case(EvaluateOptions.SEED, "7", EvaluateOptions::seed, 7L, 0L),
        new Case(
            EvaluateOptions.RANK_METRICS,
            "true",
            EvaluateOptions::ranks,
            Long.MAX_VALUE,
            100_000_000L),
        new Case(
            EvaluateOptions.TRAINING_LIST,
            "train.txt",
            EvaluateOptions::trainingList,
            Optional.of("train.txt"),
            Optional.empty()),
        new Case(
            EvaluateOptions.EVALUATION_CONFIG,
            "c.json",
            EvaluateOptions::evaluationConfig,
            Optional.of("c.json"),
            Optional.empty()),
        new Case(
            EvaluateOptions.POSITIVE_LABEL,
            "can",
            EvaluateOptions::positiveLabel,
            Optional.of("can"),
            Optional.empty()),
        new Case(
            EvaluateOptions.FAIL_BELOW,
            "macro_f1=0.9, exact_match=0.5",
            EvaluateOptions::failBelow,
            Map.of("macro_f1", 0.9, "exact_match", 0.5),
            Map.of()),
        new Case(
            EvaluateOptions.THUMBNAILS,
            "none",
            EvaluateOptions::thumbnails,
            EvaluateOptions.Thumbnails.NONE,
            EvaluateOptions.Thumbnails.SHOW),
        new Case(EvaluateOptions.OUTPUT, "s3://o", EvaluateOptions::output, "s3://o", "o"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void anOptionArrivesFromTheCommandLineAndFromAFile(Case c) throws IOException {
    Map<String, String> line = new TreeMap<>();
    line.put("--predictions", "p");
    line.put("--truth", "t");
    line.put("--output", "o");
    if (c.option().equals(EvaluateOptions.SEED)) {
      line.put("--fit-share", "0.5");
    }
    assertThat(c.arrives().apply(plan(line, "").options())).as("without").isEqualTo(c.otherwise());

    line.put(c.option().name(), c.text());
    assertThat(c.arrives().apply(plan(line, "").options())).as("flag").isEqualTo(c.value());

    line.remove(c.option().name());
    String file = c.option().key() + " = " + c.text();
    assertThat(c.arrives().apply(plan(line, file).options())).as("key").isEqualTo(c.value());
  }

  @Test
  void everyOptionHasACase() {
    List<Option<?>> tested = new ArrayList<>(cases().map(Case::option).toList());
    tested.addAll(
        List.of(
            EvaluateCommand.MODEL,
            EvaluateCommand.INPUT,
            EvaluateCommand.DEVICE,
            JobOptions.RESIZE_BACKEND,
            JobOptions.POSITION_BIAS));
    tested.addAll(EvaluateSegments.OWN);
    assertThat(tested).containsExactlyInAnyOrderElementsOf(new EvaluateCommand().options());
  }

  @Test
  void aModelAndItsInputAreScoredBeforeWithAllScores() {
    EvaluateCommand.Plan plan =
        parsed("--model", "m", "--input", "i", "--input", "j", "--truth", "t", "--output", "o");
    assertThat(plan.options().predictions()).containsExactly("o/predictions");
    assertThat(plan.scoring().orElseThrow().model().folder()).isEqualTo("m");
    assertThat(plan.scoring().orElseThrow().source().inputs()).containsExactly("i", "j");
    assertThat(plan.scoring().orElseThrow().output().output()).isEqualTo("o/predictions");
    assertThat(plan.scoring().orElseThrow().effective())
        .containsEntry("scores", "all")
        .containsEntry("if-exists", "overwrite");
  }

  @Test
  void theDeviceIsThatOfTheScoringBefore() {
    assertThat(
            parsed(
                    "--model",
                    "m",
                    "--input",
                    "i",
                    "--truth",
                    "t",
                    "--output",
                    "o",
                    "--device",
                    "gpu")
                .scoring()
                .orElseThrow()
                .execution()
                .device())
        .isEqualTo(DeviceChoice.GPU);
    assertThat(problems("--device", "gpu"))
        .containsExactly("--device changes nothing without --model: add it, or leave it out");
    assertThatThrownBy(
            () ->
                parsed(
                    "--model",
                    "m",
                    "--input",
                    "i",
                    "--truth",
                    "t",
                    "--output",
                    "o",
                    "--device",
                    "tpu"))
        .hasMessageStartingWith("--device is tpu: it must be auto, cpu, gpu, or gpu:N");
  }

  @Test
  void theOriginalsAreThoseOfTheScoringBefore() {
    assertThat(
            parsed(
                    "--model",
                    "m",
                    "--input",
                    "i",
                    "--truth",
                    "t",
                    "--output",
                    "o",
                    "--resize-backend",
                    "pillow-12",
                    "--position-bias",
                    "authors")
                .scoring()
                .orElseThrow()
                .model()
                .originals())
        .isEqualTo(new Originals(ResizeBackend.PILLOW_12, PositionBias.AUTHORS));
    assertThat(problems("--resize-backend", "pillow", "--position-bias", "authors"))
        .containsExactly(
            "--resize-backend changes nothing without --model: add it, or leave it out",
            "--position-bias changes nothing without --model: add it, or leave it out");
    assertThatThrownBy(
            () ->
                parsed(
                    "--model",
                    "m",
                    "--input",
                    "i",
                    "--truth",
                    "t",
                    "--output",
                    "o",
                    "--resize-backend",
                    "pil"))
        .hasMessage("--resize-backend is pil: it must be auto, pillow, pillow-12 or torchvision.");
  }

  @Test
  void metricsThatThereAreNotAreToldAtOnce() {
    assertThat(problems("--fail-below", "acuracy=0.8"))
        .singleElement()
        .asString()
        .startsWith(
            "--fail-below names acuracy, which is none of the metrics. Did you mean accuracy?"
                + " They are accuracy, balanced_accuracy, ")
        .contains("top_5_accuracy", "exact_match", "coverage_error");
    assertThat(problems("--fail-below", "top_3_accuracy=0.8")).hasSize(1);
    assertThat(problems("--fail-below", "top_3_accuracy=0.8", "--top-k", "3")).isEmpty();
    assertThat(problems("--fail-below", "exact_match=0.8", "--problem-type", "multi-class"))
        .singleElement()
        .asString()
        .startsWith("--fail-below names exact_match, which is none of the metrics.");
    assertThat(problems("--fail-below", "accuracy=0.8", "--problem-type", "multi-label"))
        .hasSize(1);
  }

  @Test
  void wrongValuesAreAllTold() {
    assertThat(
            problems(
                "--top-k",
                "0",
                "--rewrite",
                "nothing",
                "--fail-below",
                "accuracy",
                "--threshold",
                "1.5",
                "--threshold-rule",
                "lt",
                "--problem-type",
                "regression",
                "--fit-share",
                "2",
                "--seed",
                "x",
                "--truth-format",
                "excel",
                "--match-by",
                "hash",
                "--failed",
                "drop",
                "--thumbnails",
                "all",
                "--label-separator",
                "",
                "--csv-separator",
                ";;"))
        .containsExactlyInAnyOrder(
            "--top-k is 0: it must be whole numbers from 1 up, such as 1,5",
            "--rewrite is nothing: write FROM=TO, two prefixes of paths with = between them",
            "--fail-below is accuracy: write METRIC=VALUE, such as macro_f1=0.9",
            "threshold is 1.5, not between 0 and 1",
            "--threshold-rule is lt: it must be gt or ge. Did you mean gt?",
            "--problem-type is regression: it must be auto, multi-class, multi-label or"
                + " segmentation.",
            "--fit-share is 2: it must be 0 to 1",
            "--seed is x, not a whole number",
            "--truth-format is excel: it must be auto, mltable, imagefolder, coco, voc, cvat, yolo,"
                + " label-studio, webdataset, json-map, table, fridge, azureml or folders.",
            "--match-by is hash: it must be uri, name or stem.",
            "--failed is drop: it must be wrong or leave-out.",
            "--thumbnails is all: it must be show or none.",
            "--label-separator is empty",
            "--csv-separator is ;;: it must be one character, such as ';', or tab.");
  }

  @Test
  void aSeedNeedsAShare() {
    assertThat(problems("--seed", "7"))
        .containsExactly(
            "--seed changes nothing without --fit-share: add --fit-share or leave it out");
  }

  @Test
  void thereIsOneWayToPredictions() {
    assertThatThrownBy(() -> parsed("--truth", "t", "--output", "o"))
        .hasMessage("what to evaluate is missing: --predictions, or --model with --input");
    assertThatThrownBy(
            () -> parsed("--predictions", "p", "--model", "m", "--truth", "t", "--output", "o"))
        .hasMessage("--predictions and --model with --input are two ways: give one of them");
    assertThatThrownBy(() -> parsed("--model", "m", "--truth", "t", "--output", "o"))
        .hasMessage("--model and --input belong together: give both");
  }

  @Test
  void optionsOfSegmentationArriveFromTheCommandLineAndFromAFile() throws IOException {
    Map<String, String> line = new TreeMap<>();
    line.put("--problem-type", "segmentation");
    line.put("--predictions", "p");
    line.put("--truth", "t");
    line.put("--output", "o");
    SegmentOptions plain = segmentation(line, "");
    assertThat(plain.predictions()).containsExactly("p");
    assertThat(plain.truth()).isEqualTo("t");
    assertThat(plain.output()).isEqualTo("o");
    assertThat(plain.runs()).isEmpty();
    assertThat(plain.labels()).isEmpty();
    assertThat(plain.reduce()).isEqualTo(SegmentOptions.Reduce.AUTO);
    assertThat(plain.failed()).isEqualTo(FailedImages.WRONG);
    assertThat(plain.failBelow()).isEmpty();
    assertThat(plain.thumbnails()).isEqualTo(EvaluateOptions.Thumbnails.SHOW);
    SegmentOptions full =
        segmentation(
            line,
            """
            run = r1
            labels = l.txt
            reduce-labels = yes
            failed = leave-out
            fail-below = miou=0.5,aacc=0.9
            thumbnails = none
            """);
    assertThat(full.runs()).containsExactly("r1");
    assertThat(full.labels()).hasValue("l.txt");
    assertThat(full.reduce()).isEqualTo(SegmentOptions.Reduce.YES);
    assertThat(full.failed()).isEqualTo(FailedImages.LEAVE_OUT);
    assertThat(full.failBelow()).isEqualTo(Map.of("miou", 0.5, "aacc", 0.9));
    assertThat(full.thumbnails()).isEqualTo(EvaluateOptions.Thumbnails.NONE);
    line.put("--reduce-labels", "no");
    assertThat(segmentation(line, "").reduce()).isEqualTo(SegmentOptions.Reduce.NO);
  }

  @Test
  void wrongValuesOfSegmentationAreAllTold() {
    Map<String, String> line = new TreeMap<>();
    line.put("--problem-type", "segmentation");
    line.put("--truth", "t");
    line.put("--output", "o");
    line.put("--reduce-labels", "maybe");
    line.put("--fail-below", "mIoU=0.5,macc");
    line.put("--threshold", "0.5");
    line.put("--match-by", "name");
    assertThatThrownBy(() -> segmentation(line, ""))
        .isInstanceOfSatisfying(
            UsageException.class,
            e ->
                assertThat(e.problems())
                    .containsExactlyInAnyOrder(
                        "--threshold changes nothing with --problem-type segmentation: leave it out",
                        "--match-by changes nothing with --problem-type segmentation: leave it out",
                        "--predictions is missing: a table with masks, or a folder of masks as PNG",
                        "--fail-below names mIoU, which is none of the metrics. Did you mean miou?"
                            + " They are miou, macc, aacc",
                        "--fail-below is macc: write METRIC=VALUE, such as miou=0.4",
                        "--reduce-labels is maybe: it must be auto, yes or no."));
    assertThat(problems("--reduce-labels", "yes", "--taps", "authors", "--window", "64"))
        .containsExactlyInAnyOrder(
            "--reduce-labels changes nothing without --problem-type segmentation: add it, or leave"
                + " it out",
            "--taps changes nothing without --problem-type segmentation: add it, or leave it out",
            "--window changes nothing without --problem-type segmentation: add it, or leave it"
                + " out");
  }

  @Test
  void aSegmentationModelIsRunBeforeItIsEvaluated() throws IOException {
    Map<String, String> line = new TreeMap<>();
    line.put("--problem-type", "segmentation");
    line.put("--model", "m");
    line.put("--input", "i");
    line.put("--truth", "t");
    line.put("--output", "/o");
    EvaluateSegments.Plan plain = EvaluateSegments.plan(arguments(line, ""));
    assertThat(plain.options().predictions()).containsExactly("/o/predictions");
    assertThat(plain.options().labels()).hasValue("m");
    assertThat(plain.options().model()).hasValue("m");
    line.put("--labels", "l");
    line.put("--taps", "authors");
    line.put("--window", "64");
    line.put("--stride", "40");
    line.put("--resize-backend", "pillow");
    EvaluateSegments.Plan full = EvaluateSegments.plan(arguments(line, ""));
    assertThat(full.options().labels()).hasValue("l");
    assertThat(full.options().model()).hasValue("m");
    ScoreOptions segmenting = full.segmenting().orElseThrow();
    assertThat(segmenting.model().folder()).isEqualTo("m");
    assertThat(segmenting.model().originals().taps()).isEqualTo(Taps.AUTHORS);
    assertThat(segmenting.model().originals().resizeBackend()).isEqualTo(ResizeBackend.PILLOW);
    assertThat(segmenting.rows())
        .isEqualTo(
            new ScoreOptions.Segmentation(
                Masks.FILES,
                Optional.of(new Windowing(64, 40)),
                Orientation.UPRIGHT,
                ScoreOptions.Scoring.DEFAULT_MAX_PIXELS));

    line.put("--predictions", "p");
    line.put("--run", "r");
    line.put("--stride", "4");
    line.remove("--input");
    assertThatThrownBy(() -> EvaluateSegments.plan(arguments(line, "")))
        .isInstanceOfSatisfying(
            UsageException.class,
            e ->
                assertThat(e.problems())
                    .containsExactlyInAnyOrder(
                        "--predictions and --model with --input are two ways: give one of them",
                        "--run changes nothing with --model, whose run is new: leave it out",
                        "--model and --input belong together: give both"));
    line.remove("--model");
    line.remove("--run");
    assertThatThrownBy(() -> EvaluateSegments.plan(arguments(line, "")))
        .hasMessageContaining("--taps changes nothing without --model: add it, or leave it out")
        .hasMessageContaining("--stride changes nothing without --model: add it, or leave it out");
  }

  private SegmentOptions segmentation(Map<String, String> line, String file) throws IOException {
    return EvaluateSegments.plan(arguments(line, file)).options();
  }

  private static List<String> problems(String... more) {
    List<String> line = new ArrayList<>(List.of("--predictions", "p", "--truth", "t"));
    line.addAll(List.of("--output", "o"));
    line.addAll(List.of(more));
    try {
      parsed(line.toArray(String[]::new));
      return List.of();
    } catch (UsageException e) {
      return e.problems();
    }
  }

  private EvaluateCommand.Plan plan(Map<String, String> line, String file) throws IOException {
    return EvaluateCommand.plan(arguments(line, file));
  }

  private Arguments arguments(Map<String, String> line, String file) throws IOException {
    List<String> words = new ArrayList<>();
    line.forEach(
        (name, text) -> {
          words.add(name);
          if (!name.equals(EvaluateOptions.RANK_METRICS.name())) {
            words.add(text);
          }
        });
    if (!file.isEmpty()) {
      Path properties = Files.writeString(folder.resolve("some.properties"), file);
      words.addAll(List.of("--config", properties.toString()));
    }
    return Arguments.read(new EvaluateCommand(), words);
  }

  private static EvaluateCommand.Plan parsed(String... words) {
    return EvaluateCommand.plan(Arguments.read(new EvaluateCommand(), List.of(words)));
  }
}
