package io.labelmill.tune;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Images of one step.
 *
 * @param images how many
 * @param pixels [images, 3, height, width], outside of the heap, from index 0 to its limit
 * @param targets [images, labels], 0 or 1
 * @param lossWeights [images, 1] for classes that exclude each other, else [images, labels]
 * @param keep what drop path leaves of each branch: [blocks][attention, perceptron][images]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Batch(
    int images, FloatBuffer pixels, float[] targets, float[] lossWeights, float[][][] keep) {
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
    int pixelsOfImage = pixels.limit() / images;
    int labels = targets.length / images;
    int each = lossWeights.length / images;
    return new Batch(
        to - from,
        pixels.slice(from * pixelsOfImage, (to - from) * pixelsOfImage),
        Arrays.copyOfRange(targets, from * labels, to * labels),
        Arrays.copyOfRange(lossWeights, from * each, to * each),
        part);
  }
}
