package io.labelmill.evaluate.metric;

import java.io.Serializable;

/**
 * At which rank the true class came, for top-k accuracy. Of equal scores the later class ranks
 * first, as in scikit-learn's {@code top_k_accuracy_score}. Not thread-safe.
 */
public final class TruthRanks implements Serializable {
  private final long[] atRank;
  private final long[] undecided;
  private long rows;

  /**
   * @param ranks ranks told apart; every rank from there on is a miss
   */
  public TruthRanks(int ranks) {
    atRank = new long[ranks];
    undecided = new long[ranks];
  }

  /**
   * @param scores all scores, in index order
   */
  public void add(int truth, double[] scores) {
    int rank = 0;
    double own = scores[truth];
    for (int i = 0; i < scores.length; i++) {
      if (scores[i] > own || (scores[i] == own && i > truth)) {
        rank++;
      }
    }
    addRank(rank);
  }

  /**
   * An image of which only the best scores are known. Where the scores left out may equal the last
   * one listed, ranks from there on are undecided.
   *
   * @param indices of the classes listed
   * @param scores of the classes listed, highest first; at least one
   */
  public void addBest(int truth, int[] indices, double[] scores) {
    double last = scores[scores.length - 1];
    int place = -1;
    for (int i = 0; i < indices.length; i++) {
      if (indices[i] == truth) {
        place = i;
      }
    }
    if (place >= 0 && scores[place] > last) {
      int rank = 0;
      for (int i = 0; i < indices.length; i++) {
        if (scores[i] > scores[place] || (scores[i] == scores[place] && indices[i] > truth)) {
          rank++;
        }
      }
      addRank(rank);
      return;
    }
    int above = 0;
    while (scores[above] > last) {
      above++;
    }
    rows++;
    for (int k = above; k < undecided.length; k++) {
      undecided[k]++;
    }
  }

  /** An image of which no score is known. */
  public void addUndecided() {
    rows++;
    for (int k = 0; k < undecided.length; k++) {
      undecided[k]++;
    }
  }

  /** An image without scores that counts as a miss at every rank. */
  public void addMiss() {
    rows++;
  }

  private void addRank(int rank) {
    rows++;
    if (rank < atRank.length) {
      atRank[rank]++;
    }
  }

  public TruthRanks sum(TruthRanks other) {
    rows += other.rows;
    for (int i = 0; i < atRank.length; i++) {
      atRank[i] += other.atRank[i];
      undecided[i] += other.undecided[i];
    }
    return this;
  }

  /** How many ranks are told apart. */
  public int ranks() {
    return atRank.length;
  }

  /**
   * The share of images whose true class is among the best k.
   *
   * @param k 1 or above, up to {@link #ranks()}
   */
  public Metric topAccuracy(int k) {
    if (undecided[k - 1] > 0) {
      return Metric.undefined(
          "the predictions of %s images list too few scores to decide it, since others may equal the last: score with --top-k %s or --scores all"
              .formatted(undecided[k - 1], k + 1));
    }
    long hits = 0;
    for (int i = 0; i < k; i++) {
      hits += atRank[i];
    }
    return Metric.ratio(hits, rows, "no image");
  }
}
