package io.labelmill.evaluate.pass;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.evaluate.metric.ThresholdRule;
import io.labelmill.evaluate.read.Example;
import io.labelmill.evaluate.read.FailedImages;
import java.io.Serializable;
import java.util.Arrays;

/**
 * How an image is judged.
 *
 * @param problemType classes that exclude each other, or any number of labels
 * @param thresholds by label, in index order; empty for classes that exclude each other
 * @param rule when a score assigns its label
 * @param floats whether scores and thresholds are compared as floats
 * @param probabilities whether scores must lie in [0, 1]
 * @param failed what an image without a score counts as
 * @param ranks up to which k top-k accuracy is counted
 * @param fitShare share of images, by a hash of their path, that thresholds are fitted on and no
 *     metric is reported of; 0 for none
 * @param seed of that hash
 */
@SuppressWarnings("ArrayRecordComponent")
public record Judgement(
    ProblemType problemType,
    int labels,
    double[] thresholds,
    ThresholdRule rule,
    boolean floats,
    boolean probabilities,
    FailedImages failed,
    int ranks,
    double fitShare,
    long seed)
    implements Serializable {

  public boolean multiLabel() {
    return problemType == ProblemType.MULTI_LABEL;
  }

  /** The labels that the scores assign, sorted; null where the scores known do not decide it. */
  int[] assigned(Example example, double[] limits) {
    if (example.scores != null) {
      int[] assigned = new int[labels];
      int n = 0;
      for (int i = 0; i < labels; i++) {
        if (rule.assigns(example.scores[i], limits[i])) {
          assigned[n++] = i;
        }
      }
      return Arrays.copyOf(assigned, n);
    }
    if (example.bestScores == null) {
      return null;
    }
    // Labels that are not listed score at most as the last one listed.
    double last = example.bestScores[example.bestScores.length - 1];
    boolean[] listed = new boolean[labels];
    int[] assigned = new int[example.bestIndices.length];
    int n = 0;
    for (int i = 0; i < example.bestIndices.length; i++) {
      int label = example.bestIndices[i];
      listed[label] = true;
      if (rule.assigns(example.bestScores[i], limits[label])) {
        assigned[n++] = label;
      }
    }
    for (int i = 0; i < labels; i++) {
      if (!listed[i] && rule.assigns(last, limits[i])) {
        return null;
      }
    }
    int[] sorted = Arrays.copyOf(assigned, n);
    Arrays.sort(sorted);
    return sorted;
  }

  public Part part(Example example) {
    if (example.match != Example.Match.BOTH || example.problem != null || !isCountable(example)) {
      return Part.NOT_COUNTED;
    }
    if (isSetAside(example.path)) {
      return example.isScored() ? Part.FITTED : Part.FITTED_FAILED;
    }
    return example.isScored() ? Part.REPORTED : Part.FAILED;
  }

  /** Of classes that exclude each other an image truly has exactly one, and the model knows it. */
  boolean isCountable(Example example) {
    return multiLabel() || example.truth.length == 1;
  }

  /** Whether the image is of the share that thresholds are fitted on. */
  public boolean isSetAside(String path) {
    if (fitShare <= 0) {
      return false;
    }
    long hash = seed * 0x9E3779B97F4A7C15L + 0x632BE59BD9B4E019L;
    for (int i = 0; i < path.length(); i++) {
      hash = (hash ^ path.charAt(i)) * 0x100000001B3L;
    }
    hash ^= hash >>> 33;
    hash *= 0xFF51AFD7ED558CCDL;
    hash ^= hash >>> 33;
    return (hash >>> 11) * 0x1.0p-53 < fitShare;
  }
}
