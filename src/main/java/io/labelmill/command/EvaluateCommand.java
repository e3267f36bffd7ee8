package io.labelmill.command;

import static io.labelmill.command.CommandOption.optional;
import static io.labelmill.command.CommandOption.repeatable;
import static io.labelmill.command.CommandOption.required;
import static io.labelmill.command.CommandOption.toggle;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.evaluate.Evaluation;
import io.labelmill.evaluate.EvaluationResult;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.metric.ThresholdRule;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.FailedImages;
import io.labelmill.evaluate.read.MetricLimits;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import io.labelmill.evaluate.read.truth.PathKey;
import io.labelmill.evaluate.read.truth.TruthOptions;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreOptions;
import io.labelmill.source.StoreProbe;
import io.labelmill.table.Location;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code jobs/evaluate}: score tables against truth, metrics and a report out. */
final class EvaluateCommand implements Command {
  private static final Logger log = LoggerFactory.getLogger(EvaluateCommand.class);

  static final CommandOption PREDICTIONS =
      repeatable(
          "--predictions",
          "URI",
          "score table: folder, file or table:NAME; for segmentation a table with masks, or a folder"
              + " of masks as PNG; several times to compare several");
  static final CommandOption RUN =
      repeatable("--run", "ID", "only the rows of this run; several times to compare several runs");
  static final CommandOption MODEL =
      optional("--model", "MODEL", "score --input with this checkpoint first, in the same job");
  static final CommandOption INPUT =
      repeatable("--input", "URI", "images to score first, as jobs/score takes them");
  static final CommandOption DEVICE =
      optional("--device", "DEVICE", "where --model runs, as jobs/score takes it")
          .withDefault("auto");
  static final CommandOption RESIZE_BACKEND = ScoreCommand.RESIZE_BACKEND;
  static final CommandOption POSITION_BIAS = ScoreCommand.POSITION_BIAS;

  /** What the truth of whole images may be. */
  static final String TRUTHS =
      "Parquet, ORC, CSV, TSV or JSON table, table:NAME, folder of a folder for each label,"
          + " Hugging Face's image folder, COCO, Pascal VOC, CVAT, YOLO, Label Studio,"
          + " fridgeObjects labels.csv, Azure ML JSON lines, MLTable folder, or archives with .cls,"
          + " .json or .txt beside each image (WebDataset)";

  static final CommandOption TRUTH =
      required(
          "--truth",
          "URI",
          TRUTHS + "; for segmentation a folder of label maps as PNG, named as the images");
  static final CommandOption TRUTH_FORMAT =
      optional(
              "--truth-format",
              "FORMAT",
              "auto, table, folders, fridge (labels separated by white space), azureml, mltable,"
                  + " imagefolder, coco, voc, cvat, yolo, label-studio, webdataset or json-map (an"
                  + " object of images)")
          .withDefault("auto: what it looks like");
  static final CommandOption TRUTH_PATH_COLUMN =
      optional(
              "--truth-path-column",
              "NAME",
              "column of the truth that holds image paths, or a field within one by a.b")
          .withDefault(
              "path, image_url, filename, image, file_name, image_path, image_name or image_id");
  static final CommandOption TRUTH_LABEL_COLUMN =
      optional(
              "--truth-label-column",
              "NAME",
              "column of the truth that holds labels: names, numbers, which are indices, or lists of"
                  + " either; or a field within one by a.b; of archives the ending, or json.FIELD")
          .withDefault("label_index, label or labels; else columns of 0 and 1");
  static final CommandOption LABEL_SEPARATOR =
      optional(
              "--label-separator",
              "TEXT",
              "what stands between several labels of a text in the truth")
          .withDefault("as the labels tell");
  static final CommandOption CSV_SEPARATOR =
      optional(
              "--csv-separator",
              "CHARACTER",
              "between the columns of CSV, such as ';', or tab, where a header has it")
          .withDefault("truth: ',', ';', tab or '|', as its header tells; input: ','");
  static final CommandOption LABEL_MAP =
      optional(
          "--label-map",
          "FILE",
          "what names of the truth stand for: a JSON object, lines NAME,LABEL, or a line for each"
              + " label in index order that begins with the name (ImageNet's wnids)");
  static final CommandOption LABELS =
      optional(
          "--labels",
          "MODEL|FILE",
          "the model's labels where no run record lies beside the predictions: checkpoint folder,"
              + " or file with a label a line in index order");
  static final CommandOption MATCH_BY =
      optional(
              "--match-by",
              "uri|name|stem",
              "compare whole paths, file names alone, or these without their extensions")
          .withDefault("uri");
  static final CommandOption REWRITE =
      repeatable(
          "--rewrite",
          "FROM=TO",
          "change the beginning of the truth's paths, such as"
              + " azureml://datastores/x/paths/=s3://bucket/");
  static final CommandOption PROBLEM_TYPE =
      optional(
              "--problem-type",
              "TYPE",
              "auto, multi-class (one label an image), multi-label, or segmentation (a label for each"
                  + " pixel)")
          .withDefault("auto: what the run record or the truth says; never segmentation");
  static final CommandOption THRESHOLD =
      optional(
              "--threshold",
              "T",
              "multi-label: number, label=value pairs, or JSON file such as thresholds.json")
          .withDefault("the run's own, else 0.5");
  static final CommandOption THRESHOLD_RULE =
      optional("--threshold-rule", "gt|ge", "a label is assigned above its threshold, or at it too")
          .withDefault("gt");
  static final CommandOption TOP_K =
      optional("--top-k", "K,K", "multi-class: the k for which top-k accuracy is given")
          .withDefault("1,5");
  static final CommandOption FAILED =
      optional("--failed", "wrong|leave-out", "what an image without a score counts as")
          .withDefault("wrong");
  static final CommandOption FIT_SHARE =
      optional(
          "--fit-share",
          "FRACTION",
          "multi-label: fit thresholds on this share of the images, and report on the others");
  static final CommandOption SEED =
      optional("--seed", "N", "another number, another share").withDefault("0");
  static final CommandOption RANK_METRICS =
      toggle(
          "--rank-metrics", "ROC AUC and average precision also of more than 100,000,000 scores");
  static final CommandOption TRAINING_LIST =
      optional(
          "--training-list",
          "URI",
          "warn when evaluated images are in this list: a table with sha256 or paths, or the output"
              + " of sha256sum");
  static final CommandOption EVALUATION_CONFIG =
      optional(
          "--evaluation-config",
          "FILE",
          "Azure ML's, {\"metrics\": [..], \"threshold\": 0.5}: which of its metrics are given");
  static final CommandOption POSITIVE_LABEL =
      optional(
              "--positive-label",
              "LABEL",
              "name or index of the class that Azure ML's binary metrics, such as f1_score_binary,"
                  + " hold against all others")
          .withDefault("the second of two classes");
  static final CommandOption FAIL_BELOW =
      repeatable(
          "--fail-below",
          "METRIC=VALUE",
          "end with exit code 2 when a metric is worse: below macro_f1=0.9, above log_loss=0.5");
  static final CommandOption THUMBNAILS =
      optional("--thumbnails", "show|none", "whether the report shows pictures")
          .withDefault("show");
  static final CommandOption OUTPUT =
      required(
          "--output",
          "DIR",
          "folder that receives metrics.json, report.html, per_label, confusion and per_image"
              + " tables; files of an earlier evaluation are replaced");

  private static final String SEGMENTATION = "segmentation";

  /** Those that are about scoring first, as {@code jobs/score} takes them. */
  private static final List<CommandOption> OF_SCORING =
      List.of(DEVICE, RESIZE_BACKEND, POSITION_BIAS);

  /** The options, and what is to be scored before. */
  record Plan(EvaluateOptions options, Optional<ScoreOptions> scoring) {}

  @Override
  public String name() {
    return "evaluate";
  }

  @Override
  public String purpose() {
    return "Compares score tables with truth: metrics, tables and a report";
  }

  @Override
  public List<OptionSection> sections() {
    return List.of(
        OptionSection.of("What it needs", TRUTH, OUTPUT),
        OptionSection.of(
            "What is compared",
            PREDICTIONS,
            RUN,
            MODEL,
            INPUT,
            DEVICE,
            RESIZE_BACKEND,
            POSITION_BIAS,
            ScoreCommand.TAPS,
            SegmentCommand.WINDOW,
            SegmentCommand.STRIDE),
        OptionSection.of(
            "The truth",
            TRUTH_FORMAT,
            TRUTH_PATH_COLUMN,
            TRUTH_LABEL_COLUMN,
            CSV_SEPARATOR,
            LABEL_SEPARATOR,
            LABEL_MAP,
            LABELS,
            MATCH_BY,
            REWRITE),
        OptionSection.of(
            "Metrics",
            PROBLEM_TYPE,
            EvaluateSegments.REDUCE_LABELS,
            THRESHOLD,
            THRESHOLD_RULE,
            TOP_K,
            FAILED,
            FIT_SHARE,
            SEED,
            RANK_METRICS,
            EVALUATION_CONFIG,
            POSITIVE_LABEL,
            FAIL_BELOW),
        OptionSection.of("The report", TRAINING_LIST, THUMBNAILS));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "jobs/evaluate --predictions labels/ --truth truth.csv --output report/",
        "jobs/evaluate --model fridge --input images/ --truth labels.csv --match-by name"
            + " --output report/ --fail-below macro_f1=0.9",
        "jobs/evaluate --problem-type segmentation --predictions masks/ --truth annotations/ --output"
            + " report/",
        "jobs/evaluate --problem-type segmentation --model segmenter --input images/ --truth"
            + " annotations/ --output report/",
        "jobs/evaluate --predictions monday/ --predictions tuesday/ --truth truth.csv --output"
            + " both/");
  }

  private static SparkRun start(Arguments arguments) {
    return SparkRun.start(
        "labelmill evaluate",
        SparkRun.places(arguments, MODEL, INPUT, PREDICTIONS, TRUTH, LABELS, TRAINING_LIST));
  }

  private static List<StoreProbe.Place> places(Arguments arguments) {
    return SparkRun.places(arguments, PREDICTIONS, INPUT, MODEL, TRUTH, LABELS, OUTPUT);
  }

  @Override
  public void run(Arguments arguments, Terminal terminal) throws IOException {
    if (arguments.text(PROBLEM_TYPE).equals(Optional.of(SEGMENTATION))) {
      segmentation(arguments, terminal);
      return;
    }
    Plan plan = plan(arguments);
    log.info("Options: {}", arguments.effective());
    try (SparkRun run = start(arguments)) {
      SparkSession spark = run.session();
      StoreProbe.check(places(arguments), spark.sparkContext().hadoopConfiguration());
      Evaluation evaluation =
          new Evaluation(spark, plan.options(), line -> terminal.out().println("truth: " + line));
      if (plan.scoring().isPresent()) {
        // Before hours go into scores that nothing is compared with.
        evaluation.lookAtTruth(labels(plan.scoring().get().model().folder(), spark));
        try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
          ScoreJob.run(spark, plan.scoring().get(), progress);
        }
      }
      EvaluationResult result = evaluation.run();
      terminal.leaves(metrics(result));
      print(result, terminal.out());
      result.leakage().ifPresent(sentence -> terminal.err().println("labelmill: " + sentence));
      result.checkAtLeast(plan.options().failBelow());
    }
  }

  private static void segmentation(Arguments arguments, Terminal terminal) throws IOException {
    EvaluateSegments.Plan plan = EvaluateSegments.plan(arguments);
    log.info("Options: {}", arguments.effective());
    try (SparkRun run = start(arguments)) {
      StoreProbe.check(places(arguments), run.session().sparkContext().hadoopConfiguration());
      EvaluationResult result = EvaluateSegments.run(plan, run.session(), terminal);
      terminal.leaves(metrics(result));
      print(result, terminal.out());
      result.checkAtLeast(plan.options().failBelow());
    }
  }

  private static String metrics(EvaluationResult result) {
    return new Path(result.output(), "metrics.json").toString();
  }

  /** The labels of a checkpoint that lies where Hadoop can read it. */
  private static Optional<LabelUniverse> labels(String model, SparkSession spark) {
    try {
      return Optional.of(LabelUniverse.read(model, spark.sparkContext().hadoopConfiguration()));
    } catch (InputException | IllegalArgumentException e) {
      // Its own reader knows other forms, and says what is wrong.
      return Optional.empty();
    }
  }

  /**
   * The options as the evaluation takes them.
   *
   * @throws UsageException with everything that is wrong
   */
  static Plan plan(Arguments arguments) {
    arguments.refuseOperands(0);
    Optional<String> output = arguments.text(OUTPUT);
    List<String> predictions = new ArrayList<>(arguments.texts(PREDICTIONS));
    boolean scores = arguments.isGiven(MODEL) || arguments.isGiven(INPUT);
    if (scores == arguments.isGiven(PREDICTIONS)) {
      arguments.problem(
          scores
              ? "--predictions and --model with --input are two ways: give one of them"
              : "what to evaluate is missing: --predictions, or --model with --input");
    } else if (scores && !(arguments.isGiven(MODEL) && arguments.isGiven(INPUT))) {
      arguments.problem("--model and --input belong together: give both");
    } else if (!scores) {
      OF_SCORING.stream()
          .filter(arguments::isGiven)
          .forEach(
              option ->
                  arguments.problem(
                      option.name() + " changes nothing without --model: add it, or leave it out"));
    }
    Optional<ScoreOptions> scoring =
        scores && arguments.isGiven(MODEL) && arguments.isGiven(INPUT) && output.isPresent()
            ? Optional.ofNullable(scoring(arguments, output.get(), predictions))
            : Optional.empty();
    EvaluateOptions.Builder options =
        EvaluateOptions.builder(
                predictions, truth(arguments, arguments.text(LABEL_MAP)), output.orElse(""))
            .runs(arguments.texts(RUN))
            .rule(arguments.choice(THRESHOLD_RULE, ThresholdRule.class, ThresholdRule.GT))
            .failed(arguments.choice(FAILED, FailedImages.class, FailedImages.WRONG))
            .key(key(arguments))
            .fitShare(arguments.fraction(FIT_SHARE).orElse(0))
            .seed(arguments.wholeNumber(SEED, Long.MIN_VALUE, Long.MAX_VALUE).orElse(0))
            .thumbnails(
                arguments.choice(
                    THUMBNAILS, EvaluateOptions.Thumbnails.class, EvaluateOptions.Thumbnails.SHOW));
    if (arguments.isGiven(SEED) && !arguments.isGiven(FIT_SHARE)) {
      arguments.problem(
          "--seed changes nothing without --fit-share: add --fit-share or leave it out");
    }
    for (CommandOption option : EvaluateSegments.OWN) {
      if (arguments.isGiven(option)) {
        arguments.problem(
            option.name()
                + " changes nothing without --problem-type segmentation: add it, or leave it out");
      }
    }
    if (arguments.isOn(RANK_METRICS)) {
      options.ranks(Long.MAX_VALUE);
    }
    List<Integer> topK = topK(arguments);
    List<ProblemType> kinds = problemTypes(arguments, PROBLEM_TYPE, SEGMENTATION);
    options.topK(topK).failBelow(limits(arguments, kinds, topK));
    if (kinds.size() == 1) {
      options.kind(kinds.get(0));
    }
    ThresholdOption.read(arguments, THRESHOLD).ifPresent(options::threshold);
    arguments.text(LABELS).ifPresent(options::labels);
    arguments.text(TRAINING_LIST).ifPresent(options::trainingList);
    arguments.text(EVALUATION_CONFIG).ifPresent(options::evaluationConfig);
    arguments.text(POSITIVE_LABEL).ifPresent(options::positiveLabel);
    arguments.throwIfWrong();
    return new Plan(options.build(), scoring);
  }

  /** All scores, into a table below the output that a second evaluation replaces. */
  private static ScoreOptions scoring(
      Arguments arguments, String output, List<String> predictions) {
    String table = Location.of(output).below("predictions").toString();
    predictions.add(table);
    List<String> line = new ArrayList<>();
    line.addAll(List.of("--model", arguments.text(MODEL).orElseThrow()));
    arguments.texts(INPUT).forEach(input -> line.addAll(List.of("--input", input)));
    for (CommandOption option : OF_SCORING) {
      arguments.text(option).ifPresent(value -> line.addAll(List.of(option.name(), value)));
    }
    arguments
        .texts(CSV_SEPARATOR)
        .forEach(separator -> line.addAll(List.of("--csv-separator", separator)));
    line.addAll(List.of("--output", table, "--if-exists", "overwrite", "--scores", "all"));
    return arguments.checked(() -> ScoreCommand.options(line));
  }

  static TruthOptions truth(Arguments arguments, Optional<String> labelMap) {
    return new TruthOptions(
        arguments.text(TRUTH).orElse(""),
        arguments.choice(TRUTH_FORMAT, TruthOptions.Format.class, TruthOptions.Format.AUTO),
        arguments.text(TRUTH_PATH_COLUMN),
        arguments.text(TRUTH_LABEL_COLUMN),
        separator(arguments),
        csvSeparator(arguments),
        labelMap);
  }

  static PathKey key(Arguments arguments) {
    return new PathKey(
        arguments.choice(MATCH_BY, PathKey.By.class, PathKey.By.URI), rewrites(arguments));
  }

  /**
   * The types that it may turn out to be of.
   *
   * @param others words that the option has for what is none of labels for whole images
   */
  static List<ProblemType> problemTypes(
      Arguments arguments, CommandOption option, String... others) {
    List<String> words = new ArrayList<>(List.of("auto"));
    ProblemType.OF_LABELS.forEach(type -> words.add(Arguments.word(type)));
    words.addAll(List.of(others));
    String word = arguments.choice(option, words, "auto");
    return ProblemType.OF_LABELS.stream()
        .filter(type -> word.equals("auto") || word.equals(Arguments.word(type)))
        .toList();
  }

  private static Optional<String> separator(Arguments arguments) {
    // A blank is a separator like any other, where other values may not be blank.
    List<String> given = arguments.texts(LABEL_SEPARATOR);
    if (given.stream().anyMatch(String::isEmpty)) {
      arguments.problem("--label-separator is empty");
    }
    return given.isEmpty() ? Optional.empty() : Optional.of(given.get(0));
  }

  private static Optional<String> csvSeparator(Arguments arguments) {
    for (String given : arguments.texts(CSV_SEPARATOR)) {
      String separator = given.equals("tab") ? "\t" : given;
      if (separator.length() == 1) {
        return Optional.of(separator);
      }
      arguments.problem(
          "--csv-separator is " + given + ": it must be one character, such as ';', or tab.");
    }
    return Optional.empty();
  }

  private static List<Integer> topK(Arguments arguments) {
    if (!arguments.isGiven(TOP_K)) {
      return EvaluateOptions.DEFAULT_TOP_K;
    }
    List<Integer> ranks = new ArrayList<>();
    for (String text : arguments.text(TOP_K).orElse("").split(",", -1)) {
      if (!text.strip().matches("[1-9][0-9]{0,5}")) {
        arguments.problem(
            "--top-k is " + text + ": it must be whole numbers from 1 up, such as 1,5");
      } else if (!ranks.contains(Integer.valueOf(text.strip()))) {
        ranks.add(Integer.valueOf(text.strip()));
      }
    }
    return ranks;
  }

  private static Map<String, String> rewrites(Arguments arguments) {
    Map<String, String> rewrites =
        arguments.checked(() -> EvaluateOptions.rewrites(arguments.texts(REWRITE)));
    return rewrites == null ? Map.of() : rewrites;
  }

  private static SortedMap<String, Double> limits(
      Arguments arguments, List<ProblemType> kinds, List<Integer> topK) {
    List<String> names =
        kinds.stream().flatMap(kind -> Metrics.names(kind, topK).stream()).distinct().toList();
    SortedMap<String, Double> limits =
        arguments.checked(
            () -> MetricLimits.parse(arguments.texts(FAIL_BELOW), names, "macro_f1=0.9"));
    return limits == null ? new TreeMap<>() : limits;
  }

  private static void print(EvaluationResult result, PrintStream out) {
    for (EvaluationResult.Contender contender : result.contenders()) {
      out.println(contender.name());
      contender.notes().forEach(note -> out.println("  note: " + note));
      // Most lack the same thing, and for one reason.
      Map<String, List<String>> undefined = new LinkedHashMap<>();
      contender
          .metrics()
          .asMap()
          .forEach(
              (name, metric) -> {
                if (metric instanceof Metric.Value value) {
                  out.printf(Locale.ROOT, "  %-42s %.6f%n", name, value.number());
                } else if (metric instanceof Metric.Undefined without) {
                  undefined.computeIfAbsent(without.reason(), r -> new ArrayList<>()).add(name);
                }
              });
      undefined.forEach(
          (reason, names) ->
              out.printf("  not defined, since %s:%n    %s%n", reason, String.join(", ", names)));
    }
    out.println("report: " + new Path(result.output(), "report.html"));
  }
}
