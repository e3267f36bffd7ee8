package io.labelmill.command;

import io.labelmill.evaluate.EvaluationResult;
import io.labelmill.evaluate.SegmentEvaluation;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.SegmentOptions;
import io.labelmill.evaluate.read.truth.TruthOptions;
import io.labelmill.hub.DownloadProgress;
import io.labelmill.hub.Hub;
import io.labelmill.hub.HubName;
import io.labelmill.hub.HubSettings;
import io.labelmill.option.Option;
import io.labelmill.score.JobOptions;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** What {@code jobs/evaluate --problem-type segmentation} takes. */
final class EvaluateSegments {
  private static final List<Option<?>> TAKEN =
      List.of(
          EvaluateOptions.PREDICTIONS,
          EvaluateOptions.RUN,
          EvaluateCommand.MODEL,
          EvaluateCommand.INPUT,
          EvaluateCommand.DEVICE,
          JobOptions.RESIZE_BACKEND,
          JobOptions.POSITION_BIAS,
          JobOptions.TAPS,
          JobOptions.WINDOW,
          JobOptions.STRIDE,
          TruthOptions.CSV_SEPARATOR,
          EvaluateOptions.TRUTH,
          EvaluateOptions.LABELS,
          EvaluateOptions.PROBLEM_TYPE,
          SegmentOptions.REDUCE_LABELS,
          EvaluateOptions.FAILED,
          EvaluateOptions.FAIL_BELOW,
          EvaluateOptions.THUMBNAILS,
          EvaluateOptions.OUTPUT);

  /** Those that say how the model is run first, as {@code jobs/segment} takes them. */
  private static final List<Option<?>> OF_SEGMENTING =
      List.of(
          EvaluateCommand.DEVICE,
          JobOptions.RESIZE_BACKEND,
          JobOptions.POSITION_BIAS,
          JobOptions.TAPS,
          JobOptions.WINDOW,
          JobOptions.STRIDE,
          TruthOptions.CSV_SEPARATOR);

  /** Options that only segmentation takes here. */
  static final List<Option<?>> OWN =
      List.of(SegmentOptions.REDUCE_LABELS, JobOptions.TAPS, JobOptions.WINDOW, JobOptions.STRIDE);

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
    List<Option<?>> others = new ArrayList<>(new EvaluateCommand().options());
    others.removeAll(TAKEN);
    arguments.refuse(others, "with --problem-type segmentation: leave it out");
    List<String> predictions = new ArrayList<>(arguments.get(EvaluateOptions.PREDICTIONS));
    Optional<ScoreOptions> segmenting = segmenting(arguments, predictions);
    SegmentOptions options =
        arguments.as(
            values -> SegmentOptions.read(values, predictions, values.get(EvaluateCommand.MODEL)));
    return new Plan(options, segmenting);
  }

  static boolean isWanted(Arguments arguments) {
    return arguments
        .given(EvaluateOptions.PROBLEM_TYPE)
        .filter(given -> given.text().strip().equals(SegmentOptions.SEGMENTATION))
        .isPresent();
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
      arguments.refuse(OF_SEGMENTING, "without --model: add it, or leave it out");
      return Optional.empty();
    }
    if (!predictions.isEmpty()) {
      arguments.problem("--predictions and --model with --input are two ways: give one of them");
    }
    arguments.refuse(List.of(EvaluateOptions.RUN), "with --model, whose run is new: leave it out");
    if (!hasModel || !hasInput) {
      arguments.problem("--model and --input belong together: give both");
    }
    return EvaluateCommand.scoresBefore(arguments, predictions, OF_SEGMENTING)
        .map(
            line ->
                arguments.checked(
                    () -> SegmentCommand.options(Arguments.read(new SegmentCommand(), line)),
                    null));
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
