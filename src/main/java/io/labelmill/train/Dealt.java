package io.labelmill.train;

import io.labelmill.train.TuneEpoch.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.Partitioner;

/** Deals the images of an epoch out to those who train, those behind the trained ones anew. */
final class Dealt extends Partitioner {
  private static final long serialVersionUID = 1;

  private final int trained;
  private final int trainers;

  /**
   * @param trained images to train on, which come first
   */
  Dealt(int trained, int trainers) {
    this.trained = trained;
    this.trainers = trainers;
  }

  @Override
  public int numPartitions() {
    return trainers;
  }

  @Override
  public int getPartition(Object place) {
    int number = (Integer) place;
    return (number < trained ? number : number - trained) % trainers;
  }

  /**
   * The logits of the images behind the trained ones, in their order.
   *
   * @param items images in all
   */
  List<float[]> together(List<Outcome> shares, int items) {
    List<float[]> logits = new ArrayList<>();
    for (int i = 0; i < items - trained; i++) {
      logits.add(shares.get(i % trainers).logits().get(i / trainers));
    }
    return logits;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Dealt dealt && dealt.trained == trained && dealt.trainers == trainers;
  }

  @Override
  public int hashCode() {
    return Objects.hash(trained, trainers);
  }
}
