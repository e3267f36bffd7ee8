package io.labelmill.command;

import static io.labelmill.command.CommandOption.optional;

import io.labelmill.evaluate.EvaluateOptions;
import io.labelmill.evaluate.FailedImages;
import io.labelmill.evaluate.segment.SegmentOptions;
import io.labelmill.evaluate.segment.SegmentOptions.Reduce;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

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
          EvaluateCommand.TRUTH,
          EvaluateCommand.LABELS,
          EvaluateCommand.PROBLEM_TYPE,
          REDUCE_LABELS,
          EvaluateCommand.FAILED,
          EvaluateCommand.FAIL_BELOW,
          EvaluateCommand.THUMBNAILS,
          EvaluateCommand.OUTPUT);

  private EvaluateSegments() {}

  /**
   * The options as the evaluation takes them.
   *
   * @throws io.labelmill.error.UsageException with everything that is wrong
   */
  static SegmentOptions options(Arguments arguments) {
    arguments.refuseOperands(0);
    for (CommandOption option : new EvaluateCommand().options()) {
      if (arguments.isGiven(option) && !TAKEN.contains(option)) {
        arguments.problem(
            option.name() + " changes nothing with --problem-type segmentation: leave it out");
      }
    }
    List<String> predictions = arguments.texts(EvaluateCommand.PREDICTIONS);
    if (predictions.isEmpty()) {
      arguments.problem(
          "--predictions is missing: a table with masks, or a folder of masks as PNG");
    }
    SortedMap<String, Double> failBelow =
        arguments.checked(() -> SegmentOptions.limits(arguments.texts(EvaluateCommand.FAIL_BELOW)));
    Optional<String> labels = arguments.text(EvaluateCommand.LABELS);
    SegmentOptions options =
        new SegmentOptions(
            predictions,
            arguments.texts(EvaluateCommand.RUN),
            arguments.text(EvaluateCommand.TRUTH).orElse(""),
            arguments.text(EvaluateCommand.OUTPUT).orElse(""),
            labels,
            arguments.choice(REDUCE_LABELS, Reduce.class, Reduce.AUTO),
            arguments.choice(EvaluateCommand.FAILED, FailedImages.class, FailedImages.WRONG),
            failBelow == null ? new TreeMap<>() : failBelow,
            arguments.choice(
                EvaluateCommand.THUMBNAILS,
                EvaluateOptions.Thumbnails.class,
                EvaluateOptions.Thumbnails.SHOW));
    arguments.throwIfWrong();
    return options;
  }
}
