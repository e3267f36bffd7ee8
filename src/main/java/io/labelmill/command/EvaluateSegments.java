package io.labelmill.command;

import static io.labelmill.command.CommandOption.optional;

import io.labelmill.evaluate.EvaluationResult;
import io.labelmill.evaluate.SegmentEvaluation;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.FailedImages;
import io.labelmill.evaluate.read.SegmentOptions;
import io.labelmill.evaluate.read.SegmentOptions.Reduce;
import io.labelmill.hub.DownloadProgress;
import io.labelmill.hub.Hub;
import io.labelmill.hub.HubName;
import io.labelmill.hub.HubSettings;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreOptions;
import io.labelmill.table.Location;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;

/** What {@code jobs/evaluate --problem-type segmentation} takes. */
final class EvaluateSegments {
  static final CommandOption REDUCE_LABELS =
      optional(
              "--reduce-labels",
              "auto|yes|no",
              "segmentation: whether 0 stands for no label in the truth, and 1 for the first, as in"
                  + " ADE20K")
          .withDefault("auto: as the model's preprocessor_config.json says");

  private static final List<CommandOption> TAKEN =
      List.of(
          EvaluateCommand.PREDICTIONS,
          EvaluateCommand.RUN,
          EvaluateCommand.MODEL,
          EvaluateCommand.INPUT,
          EvaluateCommand.DEVICE,
          EvaluateCommand.RESIZE_BACKEND,
          EvaluateCommand.POSITION_BIAS,
          ScoreCommand.TAPS,
          SegmentCommand.WINDOW,
          SegmentCommand.STRIDE,
          EvaluateCommand.CSV_SEPARATOR,
          EvaluateCommand.TRUTH,
          EvaluateCommand.LABELS,
          EvaluateCommand.PROBLEM_TYPE,
          REDUCE_LABELS,
          EvaluateCommand.FAILED,
          EvaluateCommand.FAIL_BELOW,
          EvaluateCommand.THUMBNAILS,
          EvaluateCommand.OUTPUT);

  /** Those that say how the model is run first, as {@code jobs/segment} takes them. */
  private static final List<CommandOption> OF_SEGMENTING =
      List.of(
          EvaluateCommand.DEVICE,
          EvaluateCommand.RESIZE_BACKEND,
          EvaluateCommand.POSITION_BIAS,
          ScoreCommand.TAPS,
          SegmentCommand.WINDOW,
          SegmentCommand.STRIDE,
          EvaluateCommand.CSV_SEPARATOR);

  /** Options that only segmentation takes here. */
  static final List<CommandOption> OWN =
      List.of(REDUCE_LABELS, ScoreCommand.TAPS, SegmentCommand.WINDOW, SegmentCommand.STRIDE);

  /** The options, and what is to be segmented before. */
  record Plan(SegmentOptions options, Optional<ScoreOptions> segmenting) {}

  private EvaluateSegments() {}

  /**
   * The options as the evaluation takes them.
   *
   * @throws io.labelmill.error.UsageException with everything that is wrong
   */
  static Plan plan(Arguments arguments) {
    arguments.refuseOperands(0);
    for (CommandOption option : new EvaluateCommand().options()) {
      if (arguments.isGiven(option) && !TAKEN.contains(option)) {
        arguments.problem(
            option.name() + " changes nothing with --problem-type segmentation: leave it out");
      }
    }
    List<String> predictions = new ArrayList<>(arguments.texts(EvaluateCommand.PREDICTIONS));
    Optional<String> model = arguments.text(EvaluateCommand.MODEL);
    Optional<ScoreOptions> segmenting = segmenting(arguments, predictions);
    SortedMap<String, Double> failBelow =
        arguments.checked(() -> SegmentOptions.limits(arguments.texts(EvaluateCommand.FAIL_BELOW)));
    SegmentOptions options =
        new SegmentOptions(
            predictions,
            arguments.texts(EvaluateCommand.RUN),
            arguments.text(EvaluateCommand.TRUTH).orElse(""),
            arguments.text(EvaluateCommand.OUTPUT).orElse(""),
            arguments.text(EvaluateCommand.LABELS).or(() -> model),
            model,
            arguments.choice(REDUCE_LABELS, Reduce.class, Reduce.AUTO),
            arguments.choice(EvaluateCommand.FAILED, FailedImages.class, FailedImages.WRONG),
            failBelow == null ? new TreeMap<>() : failBelow,
            arguments.choice(
                EvaluateCommand.THUMBNAILS,
                EvaluateOptions.Thumbnails.class,
                EvaluateOptions.Thumbnails.SHOW));
    arguments.throwIfWrong();
    return new Plan(options, segmenting);
  }

  /** Masks in files below the output, which a second evaluation replaces. */
  private static Optional<ScoreOptions> segmenting(Arguments arguments, List<String> predictions) {
    boolean hasModel = arguments.isGiven(EvaluateCommand.MODEL);
    boolean hasInput = arguments.isGiven(EvaluateCommand.INPUT);
    if (!hasModel && !hasInput) {
      if (predictions.isEmpty()) {
        arguments.problem(
            "--predictions is missing: a table with masks, or a folder of masks as PNG");
      }
      OF_SEGMENTING.stream()
          .filter(arguments::isGiven)
          .forEach(
              option ->
                  arguments.problem(
                      option.name() + " changes nothing without --model: add it, or leave it out"));
      return Optional.empty();
    }
    if (!predictions.isEmpty()) {
      arguments.problem("--predictions and --model with --input are two ways: give one of them");
    }
    if (arguments.isGiven(EvaluateCommand.RUN)) {
      arguments.problem("--run changes nothing with --model, whose run is new: leave it out");
    }
    if (!hasModel || !hasInput) {
      arguments.problem("--model and --input belong together: give both");
      return Optional.empty();
    }
    Optional<String> output = arguments.text(EvaluateCommand.OUTPUT);
    if (output.isEmpty()) {
      return Optional.empty();
    }
    String table = Location.of(output.get()).below("predictions").toString();
    predictions.add(table);
    List<String> line = new ArrayList<>();
    line.addAll(List.of("--model", arguments.text(EvaluateCommand.MODEL).orElseThrow()));
    arguments.texts(EvaluateCommand.INPUT).forEach(input -> line.addAll(List.of("--input", input)));
    for (CommandOption option : OF_SEGMENTING) {
      arguments.text(option).ifPresent(value -> line.addAll(List.of(option.name(), value)));
    }
    line.addAll(List.of("--output", table, "--if-exists", "overwrite"));
    return Optional.ofNullable(
        arguments.checked(
            () -> SegmentCommand.options(Arguments.read(new SegmentCommand(), line))));
  }

  /** Segments first where that is asked for, and evaluates. */
  static EvaluationResult run(Plan plan, SparkSession spark, Terminal terminal) throws IOException {
    if (plan.segmenting.isEmpty()) {
      return new SegmentEvaluation(spark, plan.options).run();
    }
    SegmentEvaluation evaluation = new SegmentEvaluation(spark, onDisk(plan.options));
    // Before hours go into masks that nothing is compared with.
    evaluation.lookAtTruth();
    try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
      ScoreJob.run(spark, plan.segmenting.get(), progress);
    }
    return evaluation.run();
  }

  /** With what is read of a model of the hub read from where it was downloaded to. */
  private static SegmentOptions onDisk(SegmentOptions options) throws IOException {
    return options.at(onDisk(options.labels()), onDisk(options.model()));
  }

  private static Optional<String> onDisk(Optional<String> place) throws IOException {
    return place.isPresent() && HubName.isHubName(place.get())
        ? Optional.of(
            new Hub(HubSettings.ofProcess())
                .download(HubName.parse(place.get()), DownloadProgress.NONE)
                .folder()
                .toString())
        : place;
  }
}
