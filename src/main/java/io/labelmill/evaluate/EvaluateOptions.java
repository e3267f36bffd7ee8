package io.labelmill.evaluate;

import io.labelmill.evaluate.metric.ThresholdRule;
import io.labelmill.score.Threshold;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is to be evaluated, and how.
 *
 * @param predictions score tables: folders, files or {@code table:NAME}; one or more
 * @param runs run ids to choose, each a contender of its own; none: the current rows
 * @param truth what is right
 * @param output folder that receives the results
 * @param labels a checkpoint folder or file that names the labels; empty: the run record does
 * @param kind how many labels an image may have; empty: what the run record or the truth says
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
 * @param thumbnails whether the report shows pictures
 */
public record EvaluateOptions(
    List<String> predictions,
    List<String> runs,
    TruthOptions truth,
    String output,
    Optional<String> labels,
    Optional<ProblemKind> kind,
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
    Thumbnails thumbnails) {

  /** Scores ranked at most unless the user asks for more. */
  public static final long DEFAULT_RANKS = 100_000_000;

  /** Whether the report shows pictures. */
  public enum Thumbnails {
    SHOW,
    NONE
  }

  /** Everything at its default. */
  public static EvaluateOptions of(String predictions, TruthOptions truth, String output) {
    return new EvaluateOptions(
        List.of(predictions),
        List.of(),
        truth,
        output,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        ThresholdRule.GT,
        List.of(1, 5),
        FailedImages.WRONG,
        new PathKey(PathKey.By.URI, Map.of()),
        DEFAULT_RANKS,
        0,
        0,
        new TreeMap<>(),
        Optional.empty(),
        Optional.empty(),
        Thumbnails.SHOW);
  }

  /** The same with another threshold. */
  EvaluateOptions withThreshold(Threshold other) {
    return new EvaluateOptions(
        predictions,
        runs,
        truth,
        output,
        labels,
        kind,
        Optional.of(other),
        rule,
        topK,
        failed,
        key,
        ranks,
        fitShare,
        seed,
        failBelow,
        trainingList,
        evaluationConfig,
        thumbnails);
  }

  /** A new map that keeps the order in which prefixes were given. */
  public static Map<String, String> rewrites(List<String> given) {
    Map<String, String> rewrites = new LinkedHashMap<>();
    for (String one : given) {
      int equals = one.indexOf('=');
      if (equals < 0) {
        throw TruthTable.badRewrite(one);
      }
      rewrites.put(one.substring(0, equals), one.substring(equals + 1));
    }
    return rewrites;
  }
}
