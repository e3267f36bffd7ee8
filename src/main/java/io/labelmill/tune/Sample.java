package io.labelmill.tune;

/**
 * An image to train on.
 *
 * @param targets of the labels, 0 or 1
 * @param weights one for classes that exclude each other, else one of each label; what counts is
 *     how they relate
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Sample(Picture picture, float[] targets, float[] weights) {
  /** An image with its samples, see {@link Picture#samples}. */
  public Sample(byte[] samples, float[] targets, float[] weights) {
    this(Picture.ofSamples(samples), targets, weights);
  }
}
