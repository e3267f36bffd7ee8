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
    return "the predictions of %s images hold fewer scores than there are labels: score with --scores all"
        .formatted(state.partlyScored);
  }

  /**
   * All scalar metrics, in the order in which they are shown.
   *
   * @param topK the k for which top-k accuracy is given
   * @param ranks empty where there are none
   * @param noRanks why
   */
  Metrics metrics(List<Integer> topK, Optional<RankMetrics> ranks, Optional<String> noRanks) {
    Metrics ofCounts = state.counts.metrics();
    Metrics metrics =
        new Metrics()
            .putAll(
                state.undecided.count() == 0
                    ? ofCounts
                    : ofCounts.undefined(
                        "the scores listed do not decide the labels of %s images at this threshold"
                            .formatted(state.undecided.count())));
    if (!judgement.multiLabel()) {
      for (int k : topK) {
        metrics.putTopAccuracy(
            k,
            k > judgement.labels()
                ? Metric.undefined("the model has " + judgement.labels() + " labels")
                : state.ranks.topAccuracy(k));
      }
    }
    Optional<String> noScores =
        !judgement.multiLabel() && !judgement.probabilities()
            ? Optional.of("scores are raw logits, not probabilities")
            : state.partlyScored > 0 ? Optional.of(partly()) : Optional.empty();
    Metrics ofScores = state.scores.metrics();
    metrics.putAll(noScores.map(ofScores::undefined).orElse(ofScores));
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
              ? "%s failed images count as wrong; metrics of scores are over the %s scored images"
                  .formatted(without, state.fullyScored + state.partlyScored)
              : without + " failed images are left out");
    }
    if (judgement.fitShare() > 0) {
      notes.add(
          "thresholds were fitted on %s images, and everything is reported on the other %s"
              .formatted(state.fitted, state.matched - state.setAside));
    } else if (judgement.multiLabel()) {
      notes.add(
          "fitted thresholds were fitted on the images that they are reported on, which flatters"
              + " them: use --fit-share to keep images apart");
    }
    if (state.unknownLabels.count() > 0) {
      notes.add(
          "%s labels of the truth are none of the model's: %s"
              .formatted(state.unknownLabels.count(), state.unknownLabels.sentence()));
    }
    if (state.notOneLabel.count() > 0) {
      notes.add(
          state.notOneLabel.count()
              + " images do not have exactly one known label and are in no metric");
    }
    return notes;
  }
}
