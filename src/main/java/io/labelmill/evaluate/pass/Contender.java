package io.labelmill.evaluate.pass;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.evaluate.metric.RankMetrics;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.PredictionTable;
import io.labelmill.evaluate.read.ReadPredictions;
import io.labelmill.evaluate.read.ReadTruth;
import io.labelmill.evaluate.read.ResultTable;
import io.labelmill.evaluate.read.truth.KnownLabels;
import io.labelmill.evaluate.read.truth.LabelCoding;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import io.labelmill.evaluate.read.truth.PathKey;
import io.labelmill.evaluate.read.truth.Truth;
import io.labelmill.score.Threshold;
import io.labelmill.score.Thresholds;
import io.labelmill.sink.RunRecord;
import io.labelmill.source.JobDescriptions;
import io.labelmill.table.Location;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * One score table, or one run of it, on its way to its metrics. The passes over the images are few
 * and their number does not grow with images or labels: match, gather, rank (two), and with several
 * labels once more at the fitted thresholds.
 */
public final class Contender {
  private final SparkSession spark;
  private final EvaluateOptions options;
  private final Optional<Threshold> said;
  private final PredictionTable table;
  private final Optional<String> run;
  private final LabelUniverse labels;
  private final KnownLabels known;
  private final OptionalInt positive;

  /**
   * @param threshold that options say, or a file that they name; empty: the run's own, or 0.5
   */
  public Contender(
      SparkSession spark,
      EvaluateOptions options,
      Optional<Threshold> threshold,
      PredictionTable table,
      Optional<String> run) {
    this.spark = spark;
    this.options = options;
    this.said = threshold;
    this.table = table;
    this.run = run;
    this.labels =
        ResultTable.labels(
            table.location(),
            table.record(run),
            options.labels(),
            spark.sparkContext().hadoopConfiguration());
    this.known =
        KnownLabels.of(labels, options.truth(), spark.sparkContext().hadoopConfiguration());
    this.positive = positive();
  }

  /** What names of the truth can stand for. */
  public KnownLabels known() {
    return known;
  }

  /** The class that binary metrics are of: scikit-learn's choice of two is the second. */
  private OptionalInt positive() {
    if (options.positiveLabel().isPresent()) {
      return OptionalInt.of(labels.index("--positive-label", options.positiveLabel().get()));
    }
    return labels.size() == 2 ? OptionalInt.of(1) : OptionalInt.empty();
  }

  /**
   * Evaluates; the rows of the result stay cached until the caller unpersists them.
   *
   * @throws InputException on everything that the user can mend
   */
  public Evaluated evaluate(Truth truth) {
    LabelCoding coding = truth.coding(Optional.of(known));
    Judgement judgement = judgement(truth, coding);
    Dataset<Row> examples =
        matched(truth, coding, judgement).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      return evaluate(judgement, truth.understood(coding, options.key()), examples);
    } catch (RuntimeException e) {
      examples.unpersist();
      throw e;
    }
  }

  private Evaluated evaluate(Judgement judgement, List<String> understood, Dataset<Row> examples) {
    JavaRDD<Row> rows = examples.toJavaRDD();
    JobDescriptions.say(
        spark, "Match the predictions " + table.location() + " with the truth and count");
    EvaluationState state = EvaluationState.of(rows, judgement);
    new InputChecks(table.location(), options, run, judgement, labels).check(state);
    JobDescriptions.say(spark, "Rank the scores of " + table.location());
    Findings findings = new Findings(judgement, state);
    Optional<String> noRanks = findings.reasonAgainstRanks(options.ranks());
    Optional<RankMetrics> ranks =
        noRanks.isPresent()
            ? Optional.empty()
            : Optional.of(RankPasses.run(rows, judgement, state, Part.REPORTED));
    Optional<FittedThresholds> fitted = Optional.empty();
    if (judgement.multiLabel() && ranks.isPresent()) {
      RankMetrics fittedOn =
          judgement.fitShare() > 0
              ? RankPasses.run(rows, judgement, state, Part.FITTED)
              : ranks.get();
      JobDescriptions.say(spark, "Count at the fitted thresholds of " + table.location());
      fitted = Optional.of(FittedThresholds.fit(rows, judgement, state, fittedOn));
    }
    return new Evaluated(
        name(state),
        table.location(),
        labels,
        positive,
        judgement,
        state,
        ranks,
        findings.metrics(options.topK(), ranks, noRanks),
        fitted,
        findings.notes(),
        understood,
        examples);
  }

  private String name(EvaluationState state) {
    String model =
        state.models.isEmpty()
            ? Location.of(table.location()).name()
            : state.models.firstKey().replaceFirst(" \\([0-9a-f]+\\)$", "");
    return run.map(id -> model + " · " + id).orElse(model);
  }

  private Judgement judgement(Truth truth, LabelCoding coding) {
    Optional<String> activation = table.activation(run);
    ProblemType problemType =
        options
            .problemType()
            .orElseGet(
                () ->
                    activation
                        .map(Contender::problemType)
                        // Without a run record the truth says it.
                        .orElse(
                            truth.isMultiLabel(coding)
                                ? ProblemType.MULTI_LABEL
                                : ProblemType.MULTI_CLASS));
    options.checkLimits(problemType);
    boolean floats = table.floats();
    int ranks = options.topK().stream().mapToInt(Integer::intValue).max().orElse(1);
    return new Judgement(
        problemType,
        labels.size(),
        problemType == ProblemType.MULTI_LABEL ? thresholds(floats) : new double[0],
        options.rule(),
        floats,
        !activation.equals(Optional.of("none")),
        options.failed(),
        ranks,
        options.fitShare(),
        options.seed());
  }

  private Dataset<Row> matched(Truth truth, LabelCoding coding, Judgement judgement) {
    PathKey key = truth.key(options.key());
    Dataset<Row> rows = table.rows();
    if (run.isPresent()) {
      rows = rows.where(functions.col("run_id").equalTo(run.get()));
    }
    return MatchImages.of(
        truth.rows(),
        new ReadTruth(known, coding, key),
        rows,
        new ReadPredictions(
            rows.schema(),
            labels,
            new PathKey(key.by(), Map.of()),
            judgement.floats(),
            judgement.probabilities()));
  }

  private static ProblemType problemType(String activation) {
    return activation.equals("sigmoid") ? ProblemType.MULTI_LABEL : ProblemType.MULTI_CLASS;
  }

  private double[] thresholds(boolean floats) {
    Threshold threshold =
        said.or(() -> table.record(run).flatMap(this::recorded))
            .orElse(Threshold.of(Threshold.DEFAULT_VALUE));
    // Checks names and indices; the values are kept double where scores are.
    Thresholds checked = threshold.perLabel(labels.names());
    double[] values = new double[labels.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = floats ? checked.value(i) : threshold.otherwise();
    }
    if (!floats) {
      for (Threshold.Entry entry : threshold.entries()) {
        int index = entry.index().orElseGet(() -> labels.indices(entry.label()).get(0));
        values[index] = entry.value();
      }
    }
    return values;
  }

  private Optional<Threshold> recorded(RunRecord record) {
    Map<String, String> configuration =
        record.configuration() == null ? Map.of() : record.configuration();
    String given = configuration.get("threshold");
    if (given == null || given.isBlank()) {
      return Optional.empty();
    }
    if (!Threshold.isFile(given)) {
      return Optional.of(Threshold.parse(given));
    }
    try {
      Path path = Location.of(given).hadoop();
      try (var in = path.getFileSystem(spark.sparkContext().hadoopConfiguration()).open(path)) {
        return Optional.of(
            Threshold.parseJson(new String(in.readAllBytes(), StandardCharsets.UTF_8), given));
      }
    } catch (IOException e) {
      throw new UsageException(
          "The thresholds of the run are in %s, which cannot be read: give the ones to evaluate with --threshold."
              .formatted(given));
    }
  }
}
