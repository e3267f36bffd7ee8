package io.labelmill.evaluate.pass;

import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.evaluate.metric.LabelCounts;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.MetricNames;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.metric.MultilabelCounts;
import io.labelmill.evaluate.metric.ProblemKind;
import io.labelmill.evaluate.metric.RankLayout;
import io.labelmill.evaluate.metric.RankMetrics;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.Example;
import io.labelmill.evaluate.read.FailedImages;
import io.labelmill.evaluate.read.PredictionRow;
import io.labelmill.evaluate.read.PredictionTable;
import io.labelmill.evaluate.read.ReadPredictions;
import io.labelmill.evaluate.read.ReadTruth;
import io.labelmill.evaluate.read.TruthRow;
import io.labelmill.evaluate.read.truth.KnownLabels;
import io.labelmill.evaluate.read.truth.LabelCoding;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import io.labelmill.evaluate.read.truth.PathKey;
import io.labelmill.evaluate.read.truth.TruthTable;
import io.labelmill.score.Threshold;
import io.labelmill.sink.RunRecord;
import io.labelmill.source.JobDescriptions;
import io.labelmill.table.Location;
import java.io.IOException;
import java.io.Serializable;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
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
  /** Labels whose curves the report shows: the most frequent. */
  public static final int CURVES = 24;

  /** Of the tables that are read, about. */
  private static final long BYTES_A_PARTITION = 16 << 20;

  private final SparkSession spark;
  private final EvaluateOptions options;
  private final PredictionTable table;
  private final Optional<String> run;
  private final LabelUniverse labels;
  private final KnownLabels known;
  private final OptionalInt positive;

  public Contender(
      SparkSession spark, EvaluateOptions options, PredictionTable table, Optional<String> run) {
    this.spark = spark;
    this.options = options;
    this.table = table;
    this.run = run;
    this.labels = universe();
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

  private LabelUniverse universe() {
    if (options.labels().isPresent()) {
      return LabelUniverse.read(options.labels().get(), spark.sparkContext().hadoopConfiguration());
    }
    return table
        .record(run)
        .map(record -> LabelUniverse.of(record.model().labels()))
        .orElseThrow(
            () ->
                new InputException(
                    "The labels of the predictions "
                        + table.location()
                        + " are not known, since no run record lies beside them: name the model, or"
                        + " a file with one label a line in index order, with --labels."));
  }

  /**
   * Evaluates; the rows of the result stay cached until the caller unpersists them.
   *
   * @throws InputException on everything that the user can mend
   */
  public Evaluated evaluate(TruthTable truth) {
    LabelCoding coding = truth.coding(Optional.of(known));
    Judgement judgement = judgement(truth, coding);
    Dataset<Row> examples = match(truth, coding, judgement).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      return evaluate(judgement, truth.understood(coding, options.key()), examples);
    } catch (RuntimeException e) {
      examples.unpersist();
      throw e;
    }
  }

  private Evaluated evaluate(Judgement judgement, List<String> understood, Dataset<Row> examples) {
    JavaRDD<Row> rows = examples.toJavaRDD();
    describe("Match the predictions " + table.location() + " with the truth and count");
    EvaluationState state =
        rows.mapPartitions(new Gather(judgement)).treeReduce(new SumStates(), 2);
    new InputChecks(table.location(), options, run, judgement, labels).check(state);
    describe("Rank the scores of " + table.location());
    Optional<String> noRanks = reasonAgainstRanks(state);
    Optional<RankMetrics> ranks =
        noRanks.isPresent()
            ? Optional.empty()
            : Optional.of(rank(rows, judgement, state, Part.REPORTED));
    Optional<FittedThresholds> fitted = Optional.empty();
    if (judgement.multiLabel() && ranks.isPresent()) {
      RankMetrics fittedOn =
          judgement.fitShare() > 0 ? rank(rows, judgement, state, Part.FITTED) : ranks.get();
      describe("Count at the fitted thresholds of " + table.location());
      fitted = Optional.of(fit(rows, judgement, state, fittedOn));
    }
    return new Evaluated(
        name(state),
        table.location(),
        labels,
        positive,
        judgement,
        state,
        ranks,
        metrics(judgement, state, ranks, noRanks),
        fitted,
        notes(judgement, state),
        understood,
        examples);
  }

  private void describe(String sentence) {
    JobDescriptions.say(spark, sentence);
  }

  private String name(EvaluationState state) {
    String model =
        state.models.isEmpty()
            ? Location.of(table.location()).name()
            : state.models.firstKey().replaceFirst(" \\([0-9a-f]+\\)$", "");
    return run.map(id -> model + " · " + id).orElse(model);
  }

  private Judgement judgement(TruthTable truth, LabelCoding coding) {
    Optional<String> activation = table.activation(run);
    ProblemKind kind =
        options
            .kind()
            .orElseGet(
                () ->
                    activation
                        .map(Contender::kind)
                        // Without a run record the truth says it.
                        .orElse(
                            truth.isMultiLabel(coding)
                                ? ProblemKind.MULTI_LABEL
                                : ProblemKind.MULTI_CLASS));
    options.checkLimits(kind);
    boolean floats = table.floats();
    int ranks = options.topK().stream().mapToInt(Integer::intValue).max().orElse(1);
    return new Judgement(
        kind,
        labels.size(),
        kind == ProblemKind.MULTI_LABEL ? thresholds(floats) : new double[0],
        options.rule(),
        floats,
        !activation.equals(Optional.of("none")),
        options.failed(),
        ranks,
        options.fitShare(),
        options.seed());
  }

  private static ProblemKind kind(String activation) {
    return activation.equals("sigmoid") ? ProblemKind.MULTI_LABEL : ProblemKind.MULTI_CLASS;
  }

  private double[] thresholds(boolean floats) {
    Threshold threshold =
        options
            .threshold()
            .orElseGet(
                () ->
                    table
                        .record(run)
                        .flatMap(this::recorded)
                        .orElse(Threshold.of(Threshold.DEFAULT_VALUE)));
    // Checks names and indices; the values are kept double where scores are.
    io.labelmill.score.Thresholds checked = threshold.perLabel(labels.names());
    double[] values = new double[labels.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = checked.value(i);
      if (!floats) {
        values[i] = threshold.otherwise();
      }
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
          "The thresholds of the run are in "
              + given
              + ", which cannot be read: give the ones to evaluate with --threshold.");
    }
  }

  private Dataset<Row> match(TruthTable truth, LabelCoding coding, Judgement judgement) {
    PathKey key = truth.key(options.key());
    Dataset<Row> truthRows =
        truth.rows().map(new ReadTruth(known, coding, key), Encoders.row(TruthRow.SCHEMA));
    Dataset<Row> rows = table.rows();
    if (run.isPresent()) {
      rows = rows.where(functions.col("run_id").equalTo(run.get()));
    }
    Dataset<Row> predictions =
        rows.map(
            new ReadPredictions(
                rows.schema(),
                labels,
                new PathKey(key.by(), Map.of()),
                judgement.floats(),
                judgement.probabilities()),
            Encoders.row(PredictionRow.SCHEMA));
    Dataset<Row> examples =
        truthRows
            .groupByKey(new FirstColumn(), Encoders.STRING())
            .cogroup(
                predictions.groupByKey(new FirstColumn(), Encoders.STRING()),
                new MatchImages(),
                Encoders.row(Example.SCHEMA));
    return coalesced(examples, bytes(truth.rows()).add(bytes(rows)));
  }

  /**
   * No more partitions than the data is worth: each of them is a task in every pass. Spark itself
   * leaves those of kept rows as they are.
   */
  private Dataset<Row> coalesced(Dataset<Row> examples, BigInteger bytes) {
    boolean isWanted =
        Boolean.parseBoolean(spark.conf().get("spark.sql.adaptive.enabled"))
            && Boolean.parseBoolean(
                spark.conf().get("spark.sql.adaptive.coalescePartitions.enabled"));
    long worth =
        bytes
            .divide(BigInteger.valueOf(BYTES_A_PARTITION))
            .min(BigInteger.valueOf(Integer.MAX_VALUE))
            .longValue();
    int partitions = (int) Math.max(worth, spark.sparkContext().defaultParallelism());
    // It never makes more of them.
    return isWanted ? examples.coalesce(partitions) : examples;
  }

  /** As Spark estimates them: the files' length, or what is certainly enough. */
  private static BigInteger bytes(Dataset<Row> rows) {
    return rows.queryExecution().optimizedPlan().stats().sizeInBytes().bigInteger();
  }

  private Optional<String> reasonAgainstRanks(EvaluationState state) {
    if (state.partlyScored > 0) {
      return Optional.of(partly(state));
    }
    if (state.fullyScored == 0) {
      return Optional.of("no scored image");
    }
    if (state.sample.total() > options.ranks()) {
      return Optional.of(
          String.format(
              java.util.Locale.ROOT,
              "%,d scores are more than the %,d that are ranked unless --rank-metrics is given",
              state.sample.total(),
              options.ranks()));
    }
    return Optional.empty();
  }

  private static String partly(EvaluationState state) {
    return "the predictions of "
        + state.partlyScored
        + " images hold fewer scores than there are labels: score with --scores all";
  }

  private RankMetrics rank(
      JavaRDD<Row> rows, Judgement judgement, EvaluationState state, Part part) {
    boolean several = judgement.multiLabel();
    RankLayout layout =
        new RankLayout(
            labels.size(),
            !several && labels.size() <= RankLayout.PAIRS_UP_TO,
            several,
            judgement.floats(),
            judgement.rule());
    int ranges = RankPasses.ranges(state.sample.total(), layout.resultColumns());
    return RankPasses.run(
        rows, layout, judgement, part, state.sample.bounds(ranges), curves(state));
  }

  /** The labels with most support, and all together. */
  private BitSet curves(EvaluationState state) {
    LabelCounts counts = state.counts.labelCounts();
    BitSet curves = new BitSet();
    IntStream.range(0, labels.size())
        .boxed()
        .sorted(Comparator.comparingLong((Integer i) -> counts.support(i)).reversed())
        .limit(CURVES)
        .forEach(curves::set);
    curves.set(labels.size());
    return curves;
  }

  private FittedThresholds fit(
      JavaRDD<Row> rows, Judgement judgement, EvaluationState state, RankMetrics ranks) {
    double[] best = judgement.thresholds().clone();
    boolean[] isFitted = new boolean[best.length];
    for (int i = 0; i < best.length; i++) {
      OptionalDouble fitted = ranks.bestF1Threshold(i);
      if (fitted.isPresent()) {
        best[i] = fitted.getAsDouble();
        isFitted[i] = true;
      }
    }
    OptionalDouble global = ranks.bestExactMatchThreshold();
    double[] everywhere = new double[best.length];
    Arrays.fill(everywhere, global.orElse(Threshold.DEFAULT_VALUE));
    List<MultilabelCounts> counts =
        rows.mapPartitions(new CountAt(judgement, List.of(best, everywhere)))
            .treeReduce(new SumCounts(), 2);
    return new FittedThresholds(
        best,
        isFitted,
        global,
        counts.get(0).metrics(),
        global.isPresent() ? counts.get(1).metrics() : null,
        judgement.rule(),
        judgement.fitShare() > 0 ? state.fitted : state.fullyScored);
  }

  private Metrics metrics(
      Judgement judgement,
      EvaluationState state,
      Optional<RankMetrics> ranks,
      Optional<String> noRanks) {
    Metrics metrics = new Metrics();
    Optional<String> noScores =
        state.partlyScored > 0 ? Optional.of(partly(state)) : Optional.empty();
    if (judgement.multiLabel()) {
      Metrics counts = state.counts.metrics();
      metrics.putAll(
          state.undecided.count() == 0
              ? counts
              : counts.undefined(
                  "the scores listed do not decide the labels of "
                      + state.undecided.count()
                      + " images at this threshold"));
      Metrics scores = state.scores.metrics();
      metrics.putAll(noScores.map(scores::undefined).orElse(scores));
    } else {
      metrics.putAll(state.counts.metrics());
      for (int k : options.topK()) {
        metrics.put(
            MetricNames.topAccuracy(k),
            k > labels.size()
                ? Metric.undefined("the model has " + labels.size() + " labels")
                : state.ranks.topAccuracy(k));
      }
      Metrics scores = state.scores.metrics();
      Optional<String> reason =
          judgement.probabilities()
              ? noScores
              : Optional.of("scores are raw logits, not probabilities");
      metrics.putAll(reason.map(scores::undefined).orElse(scores));
    }
    metrics.putAll(
        ranks.map(RankMetrics::metrics).orElseGet(() -> RankMetrics.undefined(noRanks.get())));
    if (!judgement.multiLabel()) {
      metrics.putAll(
          ranks
              .map(RankMetrics::pairMetrics)
              .orElseGet(() -> RankMetrics.undefinedPairs(noRanks.get())));
    }
    return metrics;
  }

  private List<String> notes(Judgement judgement, EvaluationState state) {
    List<String> notes = new ArrayList<>();
    long failed = state.failedImages();
    if (failed > 0) {
      notes.add(
          judgement.failed() == FailedImages.WRONG
              ? failed
                  + " failed images count as wrong; metrics of scores are over the "
                  + (state.fullyScored + state.partlyScored)
                  + " scored images"
              : failed + " failed images are left out");
    }
    if (judgement.fitShare() > 0) {
      notes.add(
          "thresholds were fitted on "
              + state.fitted
              + " images, and everything is reported on the other "
              + (state.matched - state.setAside));
    } else if (judgement.multiLabel()) {
      notes.add(
          "fitted thresholds were fitted on the images that they are reported on, which flatters"
              + " them: use --fit-share to keep images apart");
    }
    if (state.unknownLabels.count() > 0) {
      notes.add(
          state.unknownLabels.count()
              + " labels of the truth are none of the model's: "
              + state.unknownLabels.sentence());
    }
    if (state.notOneLabel.count() > 0) {
      notes.add(
          state.notOneLabel.count()
              + " images do not have exactly one known label and are in no metric");
    }
    return notes;
  }

  /** The key, by which rows of both tables meet. */
  private static final class FirstColumn implements MapFunction<Row, String>, Serializable {
    @Override
    public String call(Row row) {
      return row.getString(0);
    }
  }

  private static final class Gather
      implements FlatMapFunction<Iterator<Row>, EvaluationState>, Serializable {
    private final Judgement judgement;

    Gather(Judgement judgement) {
      this.judgement = judgement;
    }

    @Override
    public Iterator<EvaluationState> call(Iterator<Row> rows) {
      EvaluationState state = new EvaluationState(judgement);
      rows.forEachRemaining(row -> state.add(new Example(row)));
      return List.of(state).iterator();
    }
  }

  private static final class SumStates
      implements Function2<EvaluationState, EvaluationState, EvaluationState>, Serializable {
    @Override
    public EvaluationState call(EvaluationState a, EvaluationState b) {
      return a.sum(b);
    }
  }

  /** Counts of the reported images at other thresholds. */
  private static final class CountAt
      implements FlatMapFunction<Iterator<Row>, List<MultilabelCounts>>, Serializable {
    private final Judgement judgement;
    private final List<double[]> thresholds;

    CountAt(Judgement judgement, List<double[]> thresholds) {
      this.judgement = judgement;
      this.thresholds = new ArrayList<>(thresholds);
    }

    @Override
    public Iterator<List<MultilabelCounts>> call(Iterator<Row> rows) {
      List<MultilabelCounts> counts = new ArrayList<>();
      for (int i = 0; i < thresholds.size(); i++) {
        counts.add(new MultilabelCounts(judgement.labels()));
      }
      rows.forEachRemaining(
          row -> {
            Example example = new Example(row);
            Part part = judgement.part(example);
            for (int i = 0; i < thresholds.size(); i++) {
              if (part == Part.REPORTED && example.scores != null) {
                counts.get(i).add(example.truth, judgement.assigned(example, thresholds.get(i)));
              } else if (part == Part.FAILED && judgement.failed() == FailedImages.WRONG) {
                counts.get(i).addFailed(example.truth);
              }
            }
          });
      return List.of(counts).iterator();
    }
  }

  private static final class SumCounts
      implements Function2<List<MultilabelCounts>, List<MultilabelCounts>, List<MultilabelCounts>>,
          Serializable {
    @Override
    public List<MultilabelCounts> call(List<MultilabelCounts> a, List<MultilabelCounts> b) {
      for (int i = 0; i < a.size(); i++) {
        a.get(i).sum(b.get(i));
      }
      return a;
    }
  }
}
