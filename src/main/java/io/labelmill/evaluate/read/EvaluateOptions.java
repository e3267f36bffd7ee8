package io.labelmill.evaluate.read;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.error.UsageException;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.metric.ThresholdRule;
import io.labelmill.evaluate.read.truth.PathKey;
import io.labelmill.evaluate.read.truth.TruthOptions;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.option.Values;
import io.labelmill.score.JobOptions;
import io.labelmill.score.Threshold;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is to be evaluated, and how.
 *
 * @param predictions score tables: folders, files or {@code table:NAME}; one or more
 * @param runs run ids to choose, each a contender of its own; none: the current rows
 * @param output folder that receives the results
 * @param labels a checkpoint folder or file that names the labels; empty: the run record does
 * @param problemType how many labels an image may have; empty: what the run record or the truth
 *     says
 * @param threshold for several labels; empty: the run's own, or 0.5
 * @param rule when a score assigns its label
 * @param topK the k for which top-k accuracy is given
 * @param failed what an image without a score counts as
 * @param key how paths are compared
 * @param ranks how many scores are ranked at most for ROC AUC and average precision
 * @param fitShare share of images that thresholds are fitted on, apart from those reported; 0: all
 *     are used for both
 * @param seed chooses the images of that share
 * @param failBelow metrics with the value that they may not fall below
 * @param trainingList images that the evaluation must not hold
 * @param evaluationConfig Azure ML's evaluation configuration
 * @param positiveLabel name or index of the class that Azure ML's binary metrics are of; empty: the
 *     second of two, none of more
 * @param thumbnails whether the report shows pictures
 */
public record EvaluateOptions(
    List<String> predictions,
    List<String> runs,
    TruthOptions truth,
    String output,
    Optional<String> labels,
    Optional<ProblemType> problemType,
    Optional<Threshold> threshold,
    ThresholdRule rule,
    List<Integer> topK,
    FailedImages failed,
    PathKey key,
    long ranks,
    double fitShare,
    long seed,
    SortedMap<String, Double> failBelow,
    Optional<String> trainingList,
    Optional<String> evaluationConfig,
    Optional<String> positiveLabel,
    Thumbnails thumbnails) {
  /** Scores ranked at most unless the user asks for more. */
  private static final long MOST_RANKED = 100_000_000;

  public static final Option<List<String>> PREDICTIONS =
      Option.repeatable(
          "--predictions",
          "URI",
          "score table: folder, file or table:NAME; for segmentation a table with masks, or a folder"
              + " of masks as PNG; several times to compare several");
  public static final Option<List<String>> RUN =
      Option.repeatable(
          "--run", "ID", "only the rows of this run; several times to compare several runs");

  /** That of segmentation, too. */
  public static final Option<String> TRUTH =
      TruthOptions.TRUTH.meaning(
          TruthOptions.TRUTH.meaning()
              + "; for segmentation a folder of label maps as PNG, named as the images");

  public static final Option<String> OUTPUT =
      Option.required(
          "--output",
          "DIR",
          "folder that receives metrics.json, report.html, per_label, confusion and per_image"
              + " tables; files of an earlier evaluation are replaced");
  public static final Option<Optional<String>> LABELS =
      Option.optional(
          "--labels",
          "MODEL|FILE",
          "the model's labels where no run record lies beside the predictions: checkpoint folder,"
              + " or file with a label a line in index order",
          Reader.text());

  /** None where a run record or the truth says it, or where masks are evaluated. */
  public static final Option<Optional<ProblemType>> PROBLEM_TYPE =
      problemType(
          "auto, multi-class (one label an image), multi-label, or segmentation (a label for each"
              + " pixel)",
          "auto: what the run record or the truth says; never segmentation",
          SegmentOptions.SEGMENTATION);

  public static final Option<Optional<Threshold>> THRESHOLD =
      JobOptions.THRESHOLD
          .meaning("multi-label: number, label=value pairs, or JSON file such as thresholds.json")
          .orElse("the run's own, else " + Threshold.DEFAULT_VALUE);
  public static final Option<ThresholdRule> THRESHOLD_RULE =
      Option.choice(
          "--threshold-rule",
          "a label is assigned above its threshold, or at it too",
          ThresholdRule.GT);
  public static final Option<List<Integer>> TOP_K =
      Option.withDefault(
          "--top-k",
          "K,K",
          "multi-class: the k for which top-k accuracy is given",
          Reader.text().map(EvaluateOptions::ranks),
          "1,5");
  public static final Option<FailedImages> FAILED =
      Option.choice("--failed", "what an image without a score counts as", FailedImages.WRONG);
  public static final Option<Double> FIT_SHARE =
      Option.optional(
          "--fit-share",
          "FRACTION",
          "multi-label: fit thresholds on this share of the images, and report on the others",
          Reader.fraction(),
          0.0);
  public static final Option<Long> SEED =
      Option.withDefault(
          "--seed",
          "N",
          "another number, another share",
          Reader.wholeNumber(Long.MIN_VALUE, Long.MAX_VALUE),
          "0");

  public static final Option<Long> RANK_METRICS =
      Option.toggle(
          "--rank-metrics",
          String.format(
              Locale.ROOT,
              "ROC AUC and average precision also of more than %,d scores",
              MOST_RANKED),
          Long.MAX_VALUE,
          MOST_RANKED);

  public static final Option<Optional<String>> TRAINING_LIST =
      Option.optional(
          "--training-list",
          "URI",
          "warn when evaluated images are in this list: a table with sha256 or paths, or the output"
              + " of sha256sum",
          Reader.text());
  public static final Option<Optional<String>> EVALUATION_CONFIG =
      Option.optional(
          "--evaluation-config",
          "FILE",
          "Azure ML's, {\"metrics\": [..], \"threshold\": 0.5}: which of its metrics are given",
          Reader.text());
  public static final Option<Optional<String>> POSITIVE_LABEL =
      Option.optional(
              "--positive-label",
              "LABEL",
              "name or index of the class that Azure ML's binary metrics, such as f1_score_binary,"
                  + " hold against all others",
              Reader.text())
          .orElse("the second of two classes");
  public static final Option<List<String>> FAIL_BELOW =
      Option.repeatable(
          "--fail-below",
          "METRIC=VALUE",
          "end with exit code 2 when a metric is worse: below macro_f1=0.9, above log_loss=0.5");
  public static final Option<Thumbnails> THUMBNAILS =
      Option.choice("--thumbnails", "whether the report shows pictures", Thumbnails.SHOW);

  public EvaluateOptions {
    problemType.ifPresent(ProblemType::checkedOfLabels);
  }

  /** Whether the report shows pictures. */
  public enum Thumbnails {
    SHOW,
    NONE
  }

  public static EvaluateOptions read(Values values) {
    return read(values, values.get(PREDICTIONS));
  }

  /** The same for tables of which other options know. */
  public static EvaluateOptions read(Values values, List<String> predictions) {
    if (!values.isGiven(FIT_SHARE)) {
      values.refuse(List.of(SEED), "without --fit-share: add --fit-share or leave it out");
    }
    List<Integer> topK = values.get(TOP_K);
    Optional<ProblemType> problemType = values.get(PROBLEM_TYPE);
    return new EvaluateOptions(
        predictions,
        values.get(RUN),
        TruthOptions.read(values),
        values.get(OUTPUT),
        values.get(LABELS),
        problemType,
        values.get(THRESHOLD),
        values.get(THRESHOLD_RULE),
        topK,
        values.get(FAILED),
        TruthOptions.key(values),
        values.get(RANK_METRICS),
        values.get(FIT_SHARE),
        values.get(SEED),
        values.checked(() -> limits(values.get(FAIL_BELOW), problemType, topK), new TreeMap<>()),
        values.get(TRAINING_LIST),
        values.get(EVALUATION_CONFIG),
        values.get(POSITIVE_LABEL),
        values.get(THUMBNAILS));
  }

  /**
   * The option that says how many labels an image has.
   *
   * @param others words that it has for what is none of labels for whole images
   */
  public static Option<Optional<ProblemType>> problemType(
      String meaning, String otherwise, String... others) {
    List<String> words = new ArrayList<>(List.of("auto"));
    ProblemType.OF_LABELS.forEach(type -> words.add(Reader.word(type)));
    words.addAll(List.of(others));
    return Option.optional(
            "--problem-type",
            "TYPE",
            meaning,
            Reader.choice(words)
                .map(
                    word ->
                        ProblemType.OF_LABELS.stream()
                            .filter(type -> word.equals(Reader.word(type)))
                            .findFirst()),
            Optional.<ProblemType>empty())
        .orElse(otherwise);
  }

  private static SortedMap<String, Double> limits(
      List<String> given, Optional<ProblemType> problemType, List<Integer> topK) {
    List<String> names =
        problemType.map(List::of).orElse(ProblemType.OF_LABELS).stream()
            .flatMap(one -> Metrics.names(one, topK).stream())
            .distinct()
            .toList();
    return MetricLimits.parse(given, names, "macro_f1=0.9");
  }

  private static List<Integer> ranks(String given) {
    List<String> problems = new ArrayList<>();
    List<Integer> ranks = new ArrayList<>();
    for (String text : given.split(",", -1)) {
      if (!text.strip().matches("[1-9][0-9]{0,5}")) {
        problems.add("--top-k is " + text + ": it must be whole numbers from 1 up, such as 1,5");
      } else if (!ranks.contains(Integer.valueOf(text.strip()))) {
        ranks.add(Integer.valueOf(text.strip()));
      }
    }
    UsageException.throwIfAny(problems);
    return ranks;
  }

  /**
   * @throws UsageException when a limit is for a metric that an evaluation of this kind does not
   *     have
   */
  public void checkLimits(ProblemType problem) {
    MetricLimits.check(failBelow, Metrics.names(problem, topK));
  }
}
