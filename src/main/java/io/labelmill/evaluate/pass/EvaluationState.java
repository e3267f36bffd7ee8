package io.labelmill.evaluate.pass;

import io.labelmill.evaluate.metric.Counts;
import io.labelmill.evaluate.metric.ScoreSample;
import io.labelmill.evaluate.metric.Scores;
import io.labelmill.evaluate.metric.ThresholdRule;
import io.labelmill.evaluate.metric.ThresholdSweep;
import io.labelmill.evaluate.metric.TruthRanks;
import io.labelmill.evaluate.read.Example;
import io.labelmill.evaluate.read.FailedImages;
import io.labelmill.evaluate.read.truth.FirstNames;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;

/** Everything that one pass over the images gathers. Mergeable; not thread-safe. */
public final class EvaluationState implements Serializable {
  /** Labels up to which thresholds are swept and scores are binned for each label apart. */
  static final int LABELS_APART = 1000;

  /** Labels up to which Azure ML's accuracy table and confusion matrix are given. */
  public static final int TABLE_LABELS = 100;

  private static final int GALLERY = 24;

  private final Judgement judgement;

  public final FirstNames predictionsOnly = new FirstNames();
  public final FirstNames truthOnly = new FirstNames();
  public final FirstNames conflicts = new FirstNames();
  final FirstNames ambiguousNames = new FirstNames();
  public final FirstNames duplicatePredictions = new FirstNames();
  public final FirstNames duplicateTruth = new FirstNames();
  public final FirstNames unknownLabels = new FirstNames();
  final FirstNames ambiguousLabels = new FirstNames();
  final FirstNames misspeltLabels = new FirstNames();
  public final FirstNames notOneLabel = new FirstNames();
  public final FirstNames undecided = new FirstNames();
  public final TreeMap<String, FirstNames> failed = new TreeMap<>();
  final TreeMap<String, FirstNames> problems = new TreeMap<>();
  public final TreeMap<String, Long> models = new TreeMap<>();
  public final TreeMap<String, Long> runs = new TreeMap<>();

  public final Counts counts;
  public final Scores scores;

  /** Of classes that exclude each other. */
  final TruthRanks ranks;

  public final ThresholdSweep sweep;

  /** Each label against the rest, assigned at its threshold too; of no label above the limit. */
  public final ThresholdSweep againstRest;

  final ScoreSample sample = new ScoreSample();
  public final GalleryImages worst = new GalleryImages(GALLERY);
  public final GalleryImages leastCertain = new GalleryImages(GALLERY);
  public long matched;

  /** Labels of matched images that are the model's. */
  long knownLabels;

  /** Images of the share that thresholds are fitted on; failed ones are among them. */
  long setAside;

  /** Those of them that have scores to fit on. */
  public long fitted;

  public long fullyScored;
  public long partlyScored;

  /** Of rows of {@link Example#SCHEMA}; one Spark job. */
  static EvaluationState of(JavaRDD<Row> examples, Judgement judgement) {
    return new Gather(judgement).over(examples);
  }

  private record Gather(Judgement judgement) implements Pass<EvaluationState> {
    @Override
    public EvaluationState empty() {
      return new EvaluationState(judgement);
    }

    @Override
    public void add(EvaluationState state, Row row) {
      state.add(new Example(row));
    }

    @Override
    public EvaluationState sum(EvaluationState state, EvaluationState other) {
      return state.sum(other);
    }
  }

  EvaluationState(Judgement judgement) {
    this.judgement = judgement;
    boolean several = judgement.multiLabel();
    int labels = judgement.labels();
    counts = Counts.of(several, labels);
    scores = Scores.of(several, labels);
    ranks = new TruthRanks(Math.min(labels, judgement.ranks()));
    sweep =
        new ThresholdSweep(
            several && labels <= LABELS_APART ? labels : 1, judgement.rule(), judgement.floats());
    againstRest =
        new ThresholdSweep(
            labels <= TABLE_LABELS ? labels : 0, ThresholdRule.GE, judgement.floats());
  }

  void add(Example example) {
    if (example.model != null) {
      models.merge(example.model, 1L, Long::sum);
    }
    if (example.runId != null) {
      runs.merge(example.runId, 1L, Long::sum);
    }
    if (example.problem != null) {
      String[] parts = example.problem.split(": ", 2);
      problems
          .computeIfAbsent(parts[0], key -> new FirstNames())
          .add(example.path + (parts.length > 1 ? " (" + parts[1] + ")" : ""));
    }
    if (example.predictionRows > 1) {
      duplicatePredictions.add(example.path);
    }
    if (example.truthRows > 1) {
      duplicateTruth.add(example.path);
    }
    example.ambiguous.forEach(ambiguousLabels::add);
    switch (example.match) {
      case PREDICTIONS_ONLY -> predictionsOnly.add(example.path);
      case TRUTH_ONLY -> truthOnly.add(example.path);
      case CONFLICT -> conflicts.add(example.path);
      case AMBIGUOUS_NAME -> ambiguousNames.add(example.path);
      case BOTH -> addMatched(example);
    }
  }

  private void addMatched(Example example) {
    matched++;
    example.unknown.forEach(unknownLabels::add);
    example.misspelt.forEach(misspeltLabels::add);
    knownLabels += example.truth.length;
    if (!judgement.isCountable(example)) {
      // Also where the one label is unknown: no class of the model is right.
      notOneLabel.add(example.path);
    }
    Part part = judgement.part(example);
    setAside += part.isSetAside() ? 1 : 0;
    switch (part) {
      case REPORTED -> addReported(example);
      case FAILED -> addFailed(example);
      case FITTED -> {
        fitted++;
        if (example.scores != null) {
          sample.add(example.scores);
        }
      }
      case FITTED_FAILED, NOT_COUNTED -> {}
    }
  }

  private void addReported(Example example) {
    if (example.scores == null) {
      partlyScored++;
    } else {
      fullyScored++;
      sample.add(example.scores);
    }
    if (example.scores != null && judgement.probabilities()) {
      addAgainstRest(example);
    }
    ImageVerdict verdict = ImageVerdict.of(example, judgement);
    if (judgement.multiLabel()) {
      addMultiLabel(example, verdict);
    } else {
      addMultiClass(example, verdict);
    }
    if (!Double.isNaN(verdict.margin())) {
      leastCertain.add(verdict.margin(), example, verdict);
    }
  }

  private void addAgainstRest(Example example) {
    int next = 0;
    for (int i = 0; i < againstRest.labels(); i++) {
      boolean positive = next < example.truth.length && example.truth[next] == i;
      if (positive) {
        next++;
      }
      againstRest.add(i, example.scores[i], positive);
    }
  }

  private void addFailed(Example example) {
    failed.computeIfAbsent(example.status, key -> new FirstNames()).add(example.path);
    if (judgement.failed() == FailedImages.WRONG) {
      counts.addFailed(example.truth);
      ranks.addMiss();
    }
  }

  private void addMultiClass(Example example, ImageVerdict verdict) {
    int truth = example.truth[0];
    counts.add(example.truth, verdict.predicted());
    if (example.scores != null) {
      ranks.add(truth, example.scores);
      if (judgement.probabilities()) {
        scores.add(example.truth, example.scores);
      }
    } else if (example.bestScores != null) {
      ranks.addBest(truth, example.bestIndices, example.bestScores);
    } else {
      ranks.addUndecided();
    }
    if (judgement.probabilities() && !Double.isNaN(verdict.score())) {
      sweep.add(0, verdict.score(), verdict.correct());
    }
    if (!verdict.correct()) {
      // The surer of the wrong class, the worse; a low score of the true class breaks ties.
      double order = -verdict.score();
      worst.add(Double.isNaN(order) ? 0 : order, example, verdict);
    }
  }

  private void addMultiLabel(Example example, ImageVerdict verdict) {
    int[] assigned = judgement.assigned(example, judgement.thresholds());
    if (assigned == null) {
      undecided.add(example.path);
    } else {
      counts.add(example.truth, assigned);
    }
    if (example.scores != null) {
      scores.add(example.truth, example.scores);
      sweep.addMultiLabel(example.truth, example.scores);
    }
    if (assigned != null && !verdict.correct()) {
      worst.add(Double.isNaN(verdict.loss()) ? 0 : -verdict.loss(), example, verdict);
    }
  }

  EvaluationState sum(EvaluationState other) {
    predictionsOnly.sum(other.predictionsOnly);
    truthOnly.sum(other.truthOnly);
    conflicts.sum(other.conflicts);
    ambiguousNames.sum(other.ambiguousNames);
    duplicatePredictions.sum(other.duplicatePredictions);
    duplicateTruth.sum(other.duplicateTruth);
    unknownLabels.sum(other.unknownLabels);
    ambiguousLabels.sum(other.ambiguousLabels);
    misspeltLabels.sum(other.misspeltLabels);
    notOneLabel.sum(other.notOneLabel);
    undecided.sum(other.undecided);
    sumAll(failed, other.failed);
    sumAll(problems, other.problems);
    other.models.forEach((name, n) -> models.merge(name, n, Long::sum));
    other.runs.forEach((name, n) -> runs.merge(name, n, Long::sum));
    counts.sum(other.counts);
    scores.sum(other.scores);
    ranks.sum(other.ranks);
    sweep.sum(other.sweep);
    againstRest.sum(other.againstRest);
    sample.sum(other.sample);
    worst.sum(other.worst);
    leastCertain.sum(other.leastCertain);
    matched += other.matched;
    knownLabels += other.knownLabels;
    setAside += other.setAside;
    fitted += other.fitted;
    fullyScored += other.fullyScored;
    partlyScored += other.partlyScored;
    return this;
  }

  private static void sumAll(Map<String, FirstNames> all, Map<String, FirstNames> others) {
    others.forEach((key, listed) -> all.computeIfAbsent(key, k -> new FirstNames()).sum(listed));
  }

  long failedImages() {
    return failed.values().stream().mapToLong(FirstNames::count).sum();
  }

  /** Images of either table. */
  public long images() {
    return matched
        + predictionsOnly.count()
        + truthOnly.count()
        + conflicts.count()
        + ambiguousNames.count();
  }

  /** Images that are counted in the metrics. */
  public long evaluated() {
    return counts.rows();
  }
}
