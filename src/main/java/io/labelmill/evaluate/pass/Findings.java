package io.labelmill.evaluate.pass;

import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.metric.RankMetrics;
import io.labelmill.evaluate.read.FailedImages;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What follows from all images: scalar metrics, or the reasons why not, and notes on them. */
record Findings(Judgement judgement, EvaluationState state) {
  /** Why scores are not ranked, where they are not. */
  Optional<String> reasonAgainstRanks(long most) {
    if (state.partlyScored > 0) {
      return Optional.of(partly());
    }
    if (state.fullyScored == 0) {
      return Optional.of("no scored image");
    }
    if (state.sample.total() > most) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "%,d scores are more than the %,d that are ranked unless --rank-metrics is given",
              state.sample.total(),
              most));
    }
    return Optional.empty();
  }

  private String partly() {
    return "the predictions of "
        + state.partlyScored
        + " images hold fewer scores than there are labels: score with --scores all";
  }

  /**
   * All scalar metrics, in the order in which they are shown.
   *
   * @param topK the k for which top-k accuracy is given
   * @param ranks empty where there are none
   * @param noRanks why
   */
  Metrics metrics(List<Integer> topK, Optional<RankMetrics> ranks, Optional<String> noRanks) {
    Metrics metrics = new Metrics();
    Optional<String> noScores = state.partlyScored > 0 ? Optional.of(partly()) : Optional.empty();
    if (judgement.multiLabel()) {
      Metrics ofCounts = state.counts.metrics();
      metrics.putAll(
          state.undecided.count() == 0
              ? ofCounts
              : ofCounts.undefined(
                  "the scores listed do not decide the labels of "
                      + state.undecided.count()
                      + " images at this threshold"));
      Metrics ofScores = state.scores.metrics();
      metrics.putAll(noScores.map(ofScores::undefined).orElse(ofScores));
    } else {
      metrics.putAll(state.counts.metrics());
      for (int k : topK) {
        metrics.putTopAccuracy(
            k,
            k > judgement.labels()
                ? Metric.undefined("the model has " + judgement.labels() + " labels")
                : state.ranks.topAccuracy(k));
      }
      Metrics ofScores = state.scores.metrics();
      Optional<String> reason =
          judgement.probabilities()
              ? noScores
              : Optional.of("scores are raw logits, not probabilities");
      metrics.putAll(reason.map(ofScores::undefined).orElse(ofScores));
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

  /** Sentences that a reader of the metrics must know. */
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    long without = state.failedImages();
    if (without > 0) {
      notes.add(
          judgement.failed() == FailedImages.WRONG
              ? without
                  + " failed images count as wrong; metrics of scores are over the "
                  + (state.fullyScored + state.partlyScored)
                  + " scored images"
              : without + " failed images are left out");
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
}
