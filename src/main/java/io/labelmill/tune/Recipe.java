package io.labelmill.tune;

import io.labelmill.graph.backward.EndGraph.Loss;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * How a network is tuned. All that is left to chance follows from the seed, the epoch and the step,
 * so that an epoch that is done again gives the same weights.
 *
 * @param learningRate of the end, behind the warm-up
 * @param dropPath rate at which branches of the last block are left out; those of the first never
 *     are, the others in between
 * @param warmupSteps on which the learning rate goes up
 * @param epochs at most
 * @param batch images of a step
 */
public record Recipe(
    Extent extent,
    Loss loss,
    double learningRate,
    double weightDecay,
    double layerDecay,
    double maxGradientNorm,
    double dropPath,
    int warmupSteps,
    Schedule schedule,
    int epochs,
    int batch,
    long seed)
    implements Serializable {

  AdamW.Settings optimiser() {
    return new AdamW.Settings(weightDecay, layerDecay, maxGradientNorm);
  }

  /** Steps that an epoch of so many images has. */
  public int stepsOfEpoch(int images) {
    return (images + batch - 1) / batch;
  }

  /** That of one of several who train at once: other branches are left out. */
  public Recipe ofTrainer(int trainer) {
    return trainer == 0
        ? this
        : new Recipe(
            extent,
            loss,
            learningRate,
            weightDecay,
            layerDecay,
            maxGradientNorm,
            dropPath,
            warmupSteps,
            schedule,
            epochs,
            batch,
            mixed(seed) + trainer);
  }

  /** The learning rate of a step, counted from 0. */
  double rate(long step, int images) {
    return learningRate * schedule.factor(step, warmupSteps, (long) epochs * stepsOfEpoch(images));
  }

  /**
   * The images of an epoch in the order in which they are trained on.
   *
   * @param epoch from 1
   */
  public List<Integer> order(int epoch, int images) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, images).boxed().toList());
    Collections.shuffle(order, random(epoch, 0));
    return order;
  }

  /** What drop path leaves of each branch, see {@link Batch#keep}. */
  float[][][] keep(int epoch, int step, int blocks, int images) {
    float[][][] keep = Batch.keepAll(blocks, images);
    Random random = random(epoch, 1 + step);
    int first = extent.firstPart(blocks);
    for (int block = 0; block < blocks; block++) {
      double rate = dropPath * block / Math.max(1, blocks - 1);
      // What is not tuned is as it will be.
      for (int branch = 0; rate > 0 && block + 1 >= first && branch < 2; branch++) {
        for (int image = 0; image < images; image++) {
          keep[block][branch][image] = random.nextDouble() < rate ? 0 : (float) (1 / (1 - rate));
        }
      }
    }
    return keep;
  }

  private Random random(int epoch, int what) {
    return new Random(mixed(mixed(seed) + epoch) + what);
  }

  /** Other bits for neighbouring numbers: the finalizer of SplitMix64. */
  static long mixed(long number) {
    long z = number + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
