package io.labelmill.evaluate.metric;

import java.io.Serializable;

/** What images were said to be against what they are. Mergeable; not thread-safe. */
public sealed interface Counts extends Serializable permits MulticlassCounts, MultilabelCounts {
  /** Of no image yet; of several labels an image, or of one. */
  static Counts of(boolean several, int labels) {
    return several ? new MultilabelCounts(labels) : new MulticlassCounts(labels);
  }

  /**
   * @param truth sorted indices of the true labels; exactly one of classes that exclude each other
   * @param assigned sorted indices of the labels assigned; likewise
   */
  void add(int[] truth, int[] assigned);

  /** Counts an image without scores as wrong. */
  void addFailed(int[] truth);

  /** Adds what another of the same kind and size counted; returns this. */
  Counts sum(Counts other);

  /** How many images were counted. */
  long rows();

  LabelCounts labelCounts();

  /** In the order in which they are shown; of classes that exclude each other over an image. */
  Metrics metrics();
}
