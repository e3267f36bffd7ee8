package io.labelmill.evaluate.pass;

import io.labelmill.evaluate.metric.MulticlassScores;
import io.labelmill.evaluate.metric.MultilabelScores;
import io.labelmill.evaluate.read.Example;
import java.io.Serializable;
import java.util.Arrays;

/**
 * What the evaluation says about one image.
 *
 * @param correct whether the prediction is right as a whole
 * @param predicted indices assigned, best first where classes exclude each other
 * @param score of the best label, or with several labels of the one most wrong; NaN where unknown
 * @param doubtfulLabel the label that the score is of
 * @param truthScore score of the true class; NaN where unknown or where there are several
 * @param loss log loss, or mean binary cross-entropy; NaN where not all scores are known
 * @param closestLabel of several labels the one whose score lies closest to its threshold; -1 where
 *     there is none
 * @param closestScore its score
 * @param margin distance of the two best scores, or of any score to its threshold; small is
 *     uncertain, NaN where unknown
 */
@SuppressWarnings("ArrayRecordComponent")
public record ImageVerdict(
    boolean correct,
    int[] predicted,
    double score,
    int doubtfulLabel,
    double truthScore,
    double loss,
    int closestLabel,
    double closestScore,
    double margin)
    implements Serializable {

  public static ImageVerdict of(Example example, Judgement judgement) {
    return judgement.multiLabel() ? multiLabel(example, judgement) : multiClass(example, judgement);
  }

  private static ImageVerdict multiClass(Example example, Judgement judgement) {
    int truth = example.truth[0];
    double[] best = example.bestScores;
    double score = Double.NaN;
    double truthScore = Double.NaN;
    double loss = Double.NaN;
    double margin = Double.NaN;
    if (example.scores != null) {
      double first = Double.NEGATIVE_INFINITY;
      double second = Double.NEGATIVE_INFINITY;
      for (double one : example.scores) {
        if (one > first) {
          second = first;
          first = one;
        } else if (one > second) {
          second = one;
        }
      }
      score = first;
      truthScore = example.scores[truth];
      margin = example.scores.length > 1 ? first - second : Double.NaN;
      if (judgement.probabilities()) {
        loss = MulticlassScores.logLoss(truth, example.scores);
      }
    } else if (best != null) {
      score = best[0];
      margin = best.length > 1 ? best[0] - best[1] : Double.NaN;
      for (int i = 0; i < best.length; i++) {
        if (example.bestIndices[i] == truth) {
          truthScore = best[i];
        }
      }
    }
    return new ImageVerdict(
        example.predicted == truth,
        new int[] {example.predicted},
        score,
        example.predicted,
        truthScore,
        loss,
        -1,
        Double.NaN,
        margin);
  }

  private static ImageVerdict multiLabel(Example example, Judgement judgement) {
    int[] assigned = judgement.assigned(example, judgement.thresholds());
    boolean correct = assigned != null && Arrays.equals(assigned, example.truth);
    double worst = -1;
    int worstLabel = -1;
    double worstScore = Double.NaN;
    int closestLabel = -1;
    double closestScore = Double.NaN;
    double margin = Double.NaN;
    double loss = Double.NaN;
    if (example.scores != null) {
      double total = 0;
      int next = 0;
      for (int i = 0; i < example.scores.length; i++) {
        boolean positive = next < example.truth.length && example.truth[next] == i;
        if (positive) {
          next++;
        }
        double score = example.scores[i];
        total += MultilabelScores.logLoss(positive, score);
        double distance = Math.abs(score - judgement.thresholds()[i]);
        if (!(margin <= distance)) {
          margin = distance;
          closestLabel = i;
          closestScore = score;
        }
        double wrongness = positive ? 1 - score : score;
        if (wrongness > worst) {
          worst = wrongness;
          worstLabel = i;
          worstScore = score;
        }
      }
      loss = total / example.scores.length;
    }
    return new ImageVerdict(
        correct,
        assigned == null ? new int[0] : assigned,
        worstScore,
        worstLabel,
        Double.NaN,
        loss,
        closestLabel,
        closestScore,
        margin);
  }
}
