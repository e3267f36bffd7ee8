package io.labelmill.tune;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Images of one step.
 *
 * @param images how many
 * @param begin the part that its input is for: 0 for pixels; else what the part in front of it gave
 * @param input outside of the heap, from index 0 to its limit: [images, 3, height, width], or
 *     [images, tokens, hidden]
 * @param targets [images, labels], 0 or 1
 * @param lossWeights [images, 1] for classes that exclude each other, else [images, labels]
 * @param keep what drop path leaves of each branch: [blocks][attention, perceptron][images]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Batch(
    int images,
    int begin,
    FloatBuffer input,
    float[] targets,
    float[] lossWeights,
    float[][][] keep) {
  /** Of pixels. */
  public Batch(
      int images, FloatBuffer pixels, float[] targets, float[] lossWeights, float[][][] keep) {
    this(images, 0, pixels, targets, lossWeights, keep);
  }

  /** Of images that are all taken as they are. */
  public static float[][][] keepAll(int blocks, int images) {
    float[][][] keep = new float[blocks][2][images];
    for (float[][] block : keep) {
      for (float[] branch : block) {
        Arrays.fill(branch, 1);
      }
    }
    return keep;
  }

  /** Some of the images. */
  Batch part(int from, int to) {
    float[][][] part = new float[keep.length][2][];
    for (int block = 0; block < keep.length; block++) {
      for (int branch = 0; branch < 2; branch++) {
        part[block][branch] = Arrays.copyOfRange(keep[block][branch], from, to);
      }
    }
    int each = input.limit() / images;
    int labels = targets.length / images;
    int losses = lossWeights.length / images;
    return new Batch(
        to - from,
        begin,
        input.slice(from * each, (to - from) * each),
        Arrays.copyOfRange(targets, from * labels, to * labels),
        Arrays.copyOfRange(lossWeights, from * losses, to * losses),
        part);
  }
}
