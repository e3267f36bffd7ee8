package io.labelmill.evaluate.read;

import io.labelmill.evaluate.metric.PixelCounts;
import io.labelmill.option.Option;
import io.labelmill.option.Values;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Which masks are held against which truth.
 *
 * @param predictions tables of {@code jobs/segment}, or folders of masks as PNG; one or more
 * @param runs run ids to choose, each a contender of its own; none: the current rows
 * @param truth folder of label maps as PNG
 * @param output folder that receives the results
 * @param labels a checkpoint folder or file that names the labels; empty: the run record does
 * @param model the checkpoint that makes the masks; empty: the run record names it
 * @param reduce whether the truth counts its labels from 1
 * @param failed what an image without a mask counts as
 * @param failBelow metrics with the value that they may not fall below
 * @param thumbnails whether the report shows pictures
 */
public record SegmentOptions(
    List<String> predictions,
    List<String> runs,
    String truth,
    String output,
    Optional<String> labels,
    Optional<String> model,
    Reduce reduce,
    FailedImages failed,
    SortedMap<String, Double> failBelow,
    EvaluateOptions.Thumbnails thumbnails) {

  /** The word of {@code --problem-type} for it. */
  public static final String SEGMENTATION = "segmentation";

  public static final Option<Reduce> REDUCE_LABELS =
      Option.choice(
              "--reduce-labels",
              "segmentation: whether 0 stands for no label in the truth, and 1 for the first, as in"
                  + " ADE20K",
              Reduce.AUTO)
          .orElse("auto: as the model's preprocessor_config.json says");

  /** Whether 0 stands for no label in the truth, and 1 for the model's first. */
  public enum Reduce {
    /** As the model's own image processor has it. */
    AUTO,
    YES,
    NO
  }

  public SegmentOptions {
    predictions = List.copyOf(predictions);
    runs = List.copyOf(runs);
    failBelow = Collections.unmodifiableSortedMap(new TreeMap<>(failBelow));
  }

  /** Where it may be said how the truth counts its labels, apart from run records. */
  public List<String> models() {
    return Stream.concat(labels.stream(), model.stream()).distinct().toList();
  }

  /** These with labels and model of other places. */
  public SegmentOptions at(Optional<String> labelsPlace, Optional<String> modelPlace) {
    return new SegmentOptions(
        predictions,
        runs,
        truth,
        output,
        labelsPlace,
        modelPlace,
        reduce,
        failed,
        failBelow,
        thumbnails);
  }

  /**
   * What options say of the evaluation.
   *
   * @param predictions tables, of which other options may know
   * @param model the checkpoint that makes them, where options name it
   */
  public static SegmentOptions read(
      Values values, List<String> predictions, Optional<String> model) {
    return new SegmentOptions(
        predictions,
        values.get(EvaluateOptions.RUN),
        values.get(EvaluateOptions.TRUTH),
        values.get(EvaluateOptions.OUTPUT),
        values.get(EvaluateOptions.LABELS).or(() -> model),
        model,
        values.get(REDUCE_LABELS),
        values.get(EvaluateOptions.FAILED),
        values.checked(() -> limits(values.get(EvaluateOptions.FAIL_BELOW)), new TreeMap<>()),
        values.get(EvaluateOptions.THUMBNAILS));
  }

  /**
   * Limits of {@code --fail-below}.
   *
   * @param given {@code METRIC=VALUE}, several with commas between them
   * @throws io.labelmill.error.UsageException with all that is wrong
   */
  public static SortedMap<String, Double> limits(List<String> given) {
    return MetricLimits.parse(given, PixelCounts.NAMES, "miou=0.4");
  }
}
