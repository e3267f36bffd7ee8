package io.labelmill.train;

import io.labelmill.tune.Augmentation.Strength;
import io.labelmill.tune.Extent;
import io.labelmill.tune.Schedule;

/**
 * How the backbone is tuned behind the fit of the head. Defaults are those of the public samples of
 * Azure ML for BEiT; layer decay and drop path are those of BEiT's authors.
 *
 * @param extent how much; {@link Extent#HEAD} for nothing
 * @param augment how pictures are changed in each epoch
 * @param learningRate of the classifier, behind the warm-up
 * @param weightDecay of the matrices
 * @param layerDecay what the learning rate is multiplied by from layer to layer, back to front
 * @param maxGradNorm to which longer gradients are shortened
 * @param dropPath rate at which branches of the last block are left out
 * @param warmupSteps on which the learning rate goes up
 * @param epochs at most
 * @param batchSize images of a step
 * @param patience epochs without a better one behind which it ends
 * @param validation share of the images to train on that choose the best epoch
 * @param trainers executors that train at once, each on a share of the images
 * @param averageEvery steps behind which these take the mean of their weights; 0 for an epoch's
 * @param keep which model is written
 */
public record Tuning(
    Extent extent,
    Strength augment,
    double learningRate,
    double weightDecay,
    double layerDecay,
    double maxGradNorm,
    double dropPath,
    int warmupSteps,
    Schedule schedule,
    int epochs,
    int batchSize,
    int patience,
    double validation,
    int trainers,
    int averageEvery,
    Keep keep) {
  /** Nothing is tuned. */
  public static final Tuning NONE =
      new Tuning(
          Extent.HEAD,
          Strength.LIGHT,
          9.973e-5,
          1.18e-7,
          0.85,
          1,
          0.1,
          0,
          Schedule.COSINE,
          15,
          72,
          5,
          0.2,
          1,
          0,
          Keep.BETTER);

  /** Which model is written. */
  public enum Keep {
    /** The tuned one where it was better on the validation images, else the head alone. */
    BETTER,
    /** The tuned one. */
    TUNED
  }

  /** Whether anything is tuned. */
  public boolean isWanted() {
    return extent.kind() != Extent.Kind.HEAD;
  }
}
