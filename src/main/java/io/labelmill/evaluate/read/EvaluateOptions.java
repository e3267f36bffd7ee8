package io.labelmill.evaluate.read;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.error.UsageException;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.metric.ThresholdRule;
import io.labelmill.evaluate.read.truth.PathKey;
import io.labelmill.evaluate.read.truth.TruthOptions;
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
    Optional<ProblemType> kind,
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
  public EvaluateOptions {
    kind.ifPresent(ProblemType::checkedOfLabels);
  }

  /** Scores ranked at most unless the user asks for more. */
  public static final long DEFAULT_RANKS = 100_000_000;

  /** The k for which top-k accuracy is given unless the user names others. */
  public static final List<Integer> DEFAULT_TOP_K = List.of(1, 5);

  /** Whether the report shows pictures. */
  public enum Thumbnails {
    SHOW,
    NONE
  }

  /** Starts with everything at its default. */
  public static Builder builder(String predictions, TruthOptions truth, String output) {
    return builder(List.of(predictions), truth, output);
  }

  /** Starts with everything at its default. */
  public static Builder builder(List<String> predictions, TruthOptions truth, String output) {
    return new Builder(predictions, truth, output);
  }

  /** Starts with everything as it is here. */
  public Builder toBuilder() {
    Builder builder = new Builder(predictions, truth, output);
    builder.runs = runs;
    builder.labels = labels;
    builder.kind = kind;
    builder.threshold = threshold;
    builder.rule = rule;
    builder.topK = topK;
    builder.failed = failed;
    builder.key = key;
    builder.ranks = ranks;
    builder.fitShare = fitShare;
    builder.seed = seed;
    builder.failBelow = failBelow;
    builder.trainingList = trainingList;
    builder.evaluationConfig = evaluationConfig;
    builder.positiveLabel = positiveLabel;
    builder.thumbnails = thumbnails;
    return builder;
  }

  /** Collects options. Used by one thread. */
  public static final class Builder {
    private List<String> predictions;
    private List<String> runs = List.of();
    private TruthOptions truth;
    private final String output;
    private Optional<String> labels = Optional.empty();
    private Optional<ProblemType> kind = Optional.empty();
    private Optional<Threshold> threshold = Optional.empty();
    private ThresholdRule rule = ThresholdRule.GT;
    private List<Integer> topK = DEFAULT_TOP_K;
    private FailedImages failed = FailedImages.WRONG;
    private PathKey key = new PathKey(PathKey.By.URI, Map.of());
    private long ranks = DEFAULT_RANKS;
    private double fitShare;
    private long seed;
    private SortedMap<String, Double> failBelow = new TreeMap<>();
    private Optional<String> trainingList = Optional.empty();
    private Optional<String> evaluationConfig = Optional.empty();
    private Optional<String> positiveLabel = Optional.empty();
    private Thumbnails thumbnails = Thumbnails.SHOW;

    private Builder(List<String> predictions, TruthOptions truth, String output) {
      this.predictions = predictions;
      this.truth = truth;
      this.output = output;
    }

    public Builder predictions(List<String> locations) {
      this.predictions = locations;
      return this;
    }

    public Builder runs(List<String> ids) {
      this.runs = ids;
      return this;
    }

    public Builder truth(TruthOptions options) {
      this.truth = options;
      return this;
    }

    public Builder labels(String location) {
      this.labels = Optional.of(location);
      return this;
    }

    public Builder kind(ProblemType problem) {
      this.kind = Optional.of(problem);
      return this;
    }

    public Builder threshold(Threshold limits) {
      this.threshold = Optional.of(limits);
      return this;
    }

    public Builder rule(ThresholdRule assigns) {
      this.rule = assigns;
      return this;
    }

    public Builder topK(List<Integer> ks) {
      this.topK = ks;
      return this;
    }

    public Builder failed(FailedImages countsAs) {
      this.failed = countsAs;
      return this;
    }

    public Builder key(PathKey comparison) {
      this.key = comparison;
      return this;
    }

    public Builder ranks(long scores) {
      this.ranks = scores;
      return this;
    }

    public Builder fitShare(double fraction) {
      this.fitShare = fraction;
      return this;
    }

    public Builder seed(long number) {
      this.seed = number;
      return this;
    }

    public Builder failBelow(SortedMap<String, Double> limits) {
      this.failBelow = limits;
      return this;
    }

    public Builder trainingList(String location) {
      this.trainingList = Optional.of(location);
      return this;
    }

    public Builder evaluationConfig(String location) {
      this.evaluationConfig = Optional.of(location);
      return this;
    }

    public Builder positiveLabel(String nameOrIndex) {
      this.positiveLabel = Optional.of(nameOrIndex);
      return this;
    }

    public Builder thumbnails(Thumbnails pictures) {
      this.thumbnails = pictures;
      return this;
    }

    public EvaluateOptions build() {
      return new EvaluateOptions(
          predictions,
          runs,
          truth,
          output,
          labels,
          kind,
          threshold,
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
          positiveLabel,
          thumbnails);
    }
  }

  /**
   * @throws UsageException when a limit is for a metric that an evaluation of this kind does not
   *     have
   */
  public void checkLimits(ProblemType problem) {
    MetricLimits.check(failBelow, Metrics.names(problem, topK));
  }

  /** A new map that keeps the order in which prefixes were given. */
  public static Map<String, String> rewrites(List<String> given) {
    Map<String, String> rewrites = new LinkedHashMap<>();
    for (String one : given) {
      int equals = one.indexOf('=');
      if (equals < 0) {
        throw new UsageException(
            "--rewrite is " + one + ": write FROM=TO, two prefixes of paths with = between them");
      }
      rewrites.put(one.substring(0, equals), one.substring(equals + 1));
    }
    return rewrites;
  }
}
