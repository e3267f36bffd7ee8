package io.labelmill.train;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.Metrics;
import java.util.List;
import java.util.Optional;

/**
 * What a training made.
 *
 * @param output folder of the checkpoint
 * @param problemType classes that exclude each other, or any number of labels
 * @param labels in output order
 * @param onTrained metrics of the model that was written on the former, which flatter
 * @param onTested its metrics on the latter; empty where there are none
 * @param tuned what came of tuning; empty where a head was fitted and nothing else
 * @param notes what was left out
 */
public record TrainResult(
    String output,
    ProblemType problemType,
    List<String> labels,
    long trained,
    long tested,
    Metrics onTrained,
    Optional<Metrics> onTested,
    Optional<TuneResult> tuned,
    List<String> notes) {

  /** Files that are written into the checkpoint's folder beside the checkpoint. */
  public static final String TRAIN_LIST = "training/train.csv";

  /** Images that were tested on, with their labels; see {@link #TRAIN_LIST}. */
  public static final String TEST_LIST = "training/test.csv";

  /** What was trained, on what, and how well it does. */
  public static final String RECORD = "training/training.json";

  /** The head alone. */
  public static final String HEAD = "head";

  public TrainResult {
    labels = List.copyOf(labels);
    notes = List.copyOf(notes);
  }

  /** The metrics that say most, in the order in which they are shown. */
  public static List<MetricName> headlines(ProblemType problemType) {
    return problemType == ProblemType.MULTI_LABEL
        ? List.of(
            MetricName.EXACT_MATCH,
            MetricName.MACRO_F1,
            MetricName.MICRO_F1,
            MetricName.HAMMING_LOSS,
            MetricName.BINARY_CROSS_ENTROPY)
        : List.of(
            MetricName.ACCURACY,
            MetricName.BALANCED_ACCURACY,
            MetricName.MACRO_F1,
            MetricName.WEIGHTED_F1,
            MetricName.LOG_LOSS);
  }
}
