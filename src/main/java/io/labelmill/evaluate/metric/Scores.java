package io.labelmill.evaluate.metric;

import java.io.Serializable;

/** What the probabilities of all labels say about the true ones. Mergeable; not thread-safe. */
public sealed interface Scores extends Serializable permits MulticlassScores, MultilabelScores {
  /** Of no image yet; of several labels an image, or of one. */
  static Scores of(boolean several, int labels) {
    return several ? new MultilabelScores(labels) : new MulticlassScores(labels);
  }

  /**
   * @param truth sorted indices of the true labels; exactly one of classes that exclude each other
   * @param scores in [0, 1], in index order
   */
  void add(int[] truth, double[] scores);

  /** Adds what another of the same kind and size gathered; returns this. */
  Scores sum(Scores other);

  /** Of the best classes, or of every pair of image and label. */
  Calibration calibration();

  /** The Brier score of a label against the rest. */
  Metric brier(int label);

  /** In the order in which they are shown. */
  Metrics metrics();
}
