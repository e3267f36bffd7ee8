package io.labelmill.tune;

import java.nio.FloatBuffer;

/** Turns samples of pictures into what a network takes. */
final class PixelValues {
  private PixelValues() {}

  /**
   * Normalises a picture.
   *
   * @param samples [channels, height, width]
   * @param pixelValues by channel and sample
   * @param at where its first number goes
   */
  static void normalize(byte[] samples, float[][] pixelValues, FloatBuffer pixels, int at) {
    float[] values = new float[samples.length];
    int channel = samples.length / pixelValues.length;
    for (int i = 0; i < values.length; i++) {
      values[i] = pixelValues[i / channel][samples[i] & 0xFF];
    }
    pixels.put(at, values);
  }
}
