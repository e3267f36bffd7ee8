package io.labelmill.tune;

/**
 * An image to train on.
 *
 * @param samples 0 to 255, [3, height, width], as the network's input is before it is normalised
 * @param targets of the labels, 0 or 1
 * @param weights one for classes that exclude each other, else one of each label; what counts is
 *     how they relate
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Sample(byte[] samples, float[] targets, float[] weights) {}
