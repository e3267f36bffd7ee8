package io.labelmill.evaluate.pass;

import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.ReadPredictions;
import io.labelmill.evaluate.read.truth.FirstNames;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import io.labelmill.evaluate.read.truth.PathKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Everything that makes an evaluation worthless, told with counts before a metric is. */
record InputChecks(
    String predictions,
    EvaluateOptions options,
    Optional<String> run,
    Judgement judgement,
    LabelUniverse labels) {
  /**
   * @throws InputException with all problems
   */
  void check(EvaluationState state) {
    List<String> problems = new ArrayList<>();
    String truth = options.truth().location();
    long truths = state.matched + state.truthOnly.count() + state.conflicts.count();
    long predicted = state.matched + state.predictionsOnly.count();
    if (state.models.size() > 1) {
      problems.add(
          "The current rows of the predictions %s are of several models: %s. Choose one run with --run: %s."
              .formatted(predictions, counts(state.models), counts(state.runs)));
    }
    if (run.isPresent() && predicted == 0) {
      problems.add("The predictions " + predictions + " have no row of the run " + run.get() + ".");
    }
    state.problems.forEach(
        (problem, images) ->
            problems.add(
                "In the predictions %s, %s in %s rows: %s%s"
                    .formatted(
                        predictions, problem, images.count(), images.sentence(), hint(problem))));
    if (state.ambiguousLabels.count() > 0) {
      problems.add(
          "%s labels of the truth %s are names of several of the model's labels: %s. Give indices in a column label_index, or map names with --label-map."
              .formatted(state.ambiguousLabels.count(), truth, state.ambiguousLabels.sentence()));
    }
    if (state.misspeltLabels.count() > 0) {
      problems.add(
          "%s labels of the truth %s are spelt otherwise than the model's: %s. Spell them alike, or map names with --label-map."
              .formatted(state.misspeltLabels.count(), truth, state.misspeltLabels.sentence()));
    }
    if (state.ambiguousNames.count() > 0) {
      problems.add(
          "%s images cannot be told apart by file name: %s. Compare whole paths with --match-by uri."
              .formatted(state.ambiguousNames.count(), state.ambiguousNames.sentence()));
    }
    if (truths == 0 && state.ambiguousNames.count() == 0) {
      problems.add("The truth " + truth + " is empty.");
    } else if (predicted == 0 && run.isEmpty() && state.ambiguousNames.count() == 0) {
      problems.add("The predictions " + predictions + " are empty.");
    } else if (state.matched == 0 && problems.isEmpty()) {
      problems.add(noCommonImages(state));
    } else if (judgement.multiLabel()
        && state.knownLabels == 0
        && state.unknownLabels.count() > 0
        && problems.isEmpty()) {
      problems.add(
          "None of the labels of the %s images with truth and prediction is one of the model's. %s Map names with --label-map."
              .formatted(state.matched, bothSides(state)));
    } else if (state.evaluated() == 0 && state.undecided.count() == 0 && problems.isEmpty()) {
      problems.add(nothingToCount(state));
    }
    InputException.throwIfAny(problems);
  }

  private static String hint(String problem) {
    return problem.equals(ReadPredictions.OUT_OF_RANGE)
        ? ". If they are raw logits, score with --activation softmax or sigmoid."
        : problem.equals(ReadPredictions.WRONG_LENGTH)
                || problem.equals(ReadPredictions.WRONG_INDEX)
            ? ". Name the labels of the model that made them with --labels."
            : ".";
  }

  private String noCommonImages(EvaluationState state) {
    return ("No image is both in the predictions (%s, such as %s) and in the truth (%s, such as"
            + " %s).%s")
        .formatted(
            state.predictionsOnly.count(),
            first(state.predictionsOnly),
            state.truthOnly.count(),
            first(state.truthOnly),
            options.key().by() == PathKey.By.URI
                ? " Compare file names with --match-by name, or change prefixes of the truth with"
                    + " --rewrite FROM=TO."
                : "");
  }

  private static String first(FirstNames listed) {
    return listed.names().isEmpty() ? "none" : listed.names().get(0);
  }

  private String nothingToCount(EvaluationState state) {
    return "None of the "
        + state.matched
        + " images with truth and prediction can be counted: "
        + state.failedImages()
        + " failed, "
        + state.notOneLabel.count()
        + " do not have exactly one label of the model"
        + (state.unknownLabels.count() > 0
            ? " (unknown labels: %s; map them with --label-map). %s"
                .formatted(state.unknownLabels.sentence(), bothSides(state))
            : ".");
  }

  private String bothSides(EvaluationState state) {
    FirstNames own = new FirstNames();
    labels.names().forEach(own::add);
    return "The truth has %s; the model has %s."
        .formatted(state.unknownLabels.sentence(), own.sentence());
  }

  private static String counts(Map<String, Long> counts) {
    List<String> parts = new ArrayList<>();
    counts.forEach((name, n) -> parts.add(name + " (" + n + " rows)"));
    return String.join(", ", parts);
  }
}
