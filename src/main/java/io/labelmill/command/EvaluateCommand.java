package io.labelmill.command;

import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.evaluate.Evaluation;
import io.labelmill.evaluate.EvaluationResult;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.SegmentOptions;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import io.labelmill.evaluate.read.truth.TruthOptions;
import io.labelmill.model.DeviceChoice;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.score.JobOptions;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreOptions;
import io.labelmill.source.StoreProbe;
import io.labelmill.table.Location;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code jobs/evaluate}: score tables against truth, metrics and a report out. */
final class EvaluateCommand extends Command {
  private static final Logger log = LoggerFactory.getLogger(EvaluateCommand.class);

  static final Option<Optional<String>> MODEL =
      Option.optional(
          "--model",
          "MODEL",
          "score --input with this checkpoint first, in the same job",
          Reader.text());
  static final Option<List<String>> INPUT =
      Option.repeatable("--input", "URI", "images to score first, as jobs/score takes them");
  static final Option<DeviceChoice> DEVICE =
      JobOptions.DEVICE.meaning("where --model runs, as jobs/score takes it");

  /** Those that are about scoring first, as {@code jobs/score} takes them. */
  private static final List<Option<?>> OF_SCORING =
      List.of(DEVICE, JobOptions.RESIZE_BACKEND, JobOptions.POSITION_BIAS);

  /** The options, and what is to be scored before. */
  record Plan(EvaluateOptions options, Optional<ScoreOptions> scoring) {}

  EvaluateCommand() {
    super(
        "evaluate",
        "",
        "Compares score tables with truth: metrics, tables and a report",
        List.of(
            OptionSection.of("What it needs", EvaluateOptions.TRUTH, EvaluateOptions.OUTPUT),
            OptionSection.of(
                "What is compared",
                EvaluateOptions.PREDICTIONS,
                EvaluateOptions.RUN,
                MODEL,
                INPUT,
                DEVICE,
                JobOptions.RESIZE_BACKEND,
                JobOptions.POSITION_BIAS,
                JobOptions.TAPS,
                JobOptions.WINDOW,
                JobOptions.STRIDE),
            OptionSection.of(
                "The truth",
                TruthOptions.TRUTH_FORMAT,
                TruthOptions.TRUTH_PATH_COLUMN,
                TruthOptions.TRUTH_LABEL_COLUMN,
                TruthOptions.CSV_SEPARATOR,
                TruthOptions.LABEL_SEPARATOR,
                TruthOptions.LABEL_MAP,
                EvaluateOptions.LABELS,
                TruthOptions.MATCH_BY,
                TruthOptions.REWRITE),
            OptionSection.of(
                "Metrics",
                EvaluateOptions.PROBLEM_TYPE,
                SegmentOptions.REDUCE_LABELS,
                EvaluateOptions.THRESHOLD,
                EvaluateOptions.THRESHOLD_RULE,
                EvaluateOptions.TOP_K,
                EvaluateOptions.FAILED,
                EvaluateOptions.FIT_SHARE,
                EvaluateOptions.SEED,
                EvaluateOptions.RANK_METRICS,
                EvaluateOptions.EVALUATION_CONFIG,
                EvaluateOptions.POSITIVE_LABEL,
                EvaluateOptions.FAIL_BELOW),
            OptionSection.of(
                "The report", EvaluateOptions.TRAINING_LIST, EvaluateOptions.THUMBNAILS)),
        List.of(
            "jobs/evaluate --predictions labels/ --truth truth.csv --output report/",
            "jobs/evaluate --model fridge --input images/ --truth labels.csv --match-by name"
                + " --output report/ --fail-below macro_f1=0.9",
            "jobs/evaluate --problem-type segmentation --predictions masks/ --truth annotations/ --output"
                + " report/",
            "jobs/evaluate --problem-type segmentation --model segmenter --input images/ --truth"
                + " annotations/ --output report/",
            "jobs/evaluate --predictions monday/ --predictions tuesday/ --truth truth.csv --output"
                + " both/"));
  }

  private static SparkRun start(Arguments arguments) {
    return SparkRun.start(
        "labelmill evaluate",
        SparkRun.places(
            arguments,
            MODEL,
            INPUT,
            EvaluateOptions.PREDICTIONS,
            EvaluateOptions.TRUTH,
            EvaluateOptions.LABELS,
            EvaluateOptions.TRAINING_LIST));
  }

  private static List<StoreProbe.Place> places(Arguments arguments) {
    return SparkRun.places(
        arguments,
        EvaluateOptions.PREDICTIONS,
        INPUT,
        MODEL,
        EvaluateOptions.TRUTH,
        EvaluateOptions.LABELS,
        EvaluateOptions.OUTPUT);
  }

  @Override
  void run(Arguments arguments, Terminal terminal) throws IOException {
    if (EvaluateSegments.isWanted(arguments)) {
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
    List<String> predictions = new ArrayList<>(arguments.get(EvaluateOptions.PREDICTIONS));
    boolean scores = arguments.isGiven(MODEL) || arguments.isGiven(INPUT);
    if (scores == arguments.isGiven(EvaluateOptions.PREDICTIONS)) {
      arguments.problem(
          scores
              ? "--predictions and --model with --input are two ways: give one of them"
              : "what to evaluate is missing: --predictions, or --model with --input");
    } else if (scores && !(arguments.isGiven(MODEL) && arguments.isGiven(INPUT))) {
      arguments.problem("--model and --input belong together: give both");
    } else if (!scores) {
      arguments.refuse(OF_SCORING, "without --model: add it, or leave it out");
    }
    Optional<ScoreOptions> scoring =
        scoresBefore(arguments, predictions, OF_SCORING)
            .map(
                line -> {
                  line.addAll(List.of("--scores", "all"));
                  return arguments.checked(() -> ScoreCommand.options(line), null);
                });
    arguments.refuse(
        EvaluateSegments.OWN, "without --problem-type segmentation: add it, or leave it out");
    return new Plan(arguments.as(values -> EvaluateOptions.read(values, predictions)), scoring);
  }

  /**
   * The options of the job that labels first, into a table below the output that a second
   * evaluation replaces; empty where there is none, or not all that it needs.
   *
   * @param predictions get the table
   * @param passed options that are handed on
   */
  static Optional<List<String>> scoresBefore(
      Arguments arguments, List<String> predictions, List<Option<?>> passed) {
    String output = arguments.get(EvaluateOptions.OUTPUT);
    Optional<String> model = arguments.get(MODEL);
    if (model.isEmpty() || !arguments.isGiven(INPUT) || output.isEmpty()) {
      return Optional.empty();
    }
    String table = Location.of(output).below("predictions").toString();
    predictions.add(table);
    List<String> line = new ArrayList<>(List.of("--model", model.get()));
    Set<Option<?>> options = new LinkedHashSet<>(passed);
    options.addAll(List.of(INPUT, TruthOptions.CSV_SEPARATOR));
    for (Option<?> option : options) {
      arguments
          .given(option)
          .ifPresent(
              given -> given.texts().forEach(text -> line.addAll(List.of(option.name(), text))));
    }
    line.addAll(List.of("--output", table, "--if-exists", "overwrite"));
    return Optional.of(line);
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
