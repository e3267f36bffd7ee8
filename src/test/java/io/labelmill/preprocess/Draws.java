package io.labelmill.preprocess;

import io.labelmill.decode.RgbImage;

/**
 * Random numbers and pictures that Java and Python draw alike; {@code
 * src/test/references/preprocess/draws.py} is the other one.
 */
final class Draws {
  private long state;

  Draws(long seed) {
    state = seed;
  }

  /** The next number from 0 up to a bound. */
  int next(int bound) {
    state = state * 6364136223846793005L + 1442695040888963407L;
    return (int) ((state >>> 33) % bound);
  }

  /** Noise, two thirds of it black or white, so that filters overshoot. */
  static RgbImage picture(int width, int height, int seed) {
    byte[] rgb = new byte[width * height * RgbImage.CHANNELS];
    for (int i = 0; i < rgb.length; i++) {
      int bits = (i + seed * 7919) * 0x9E3779B1;
      bits ^= bits >>> 15;
      bits *= 0x85EBCA77;
      bits ^= bits >>> 13;
      int sample = bits >>> 24;
      boolean extreme = (bits >>> 8 & 0xFF) % 3 > 0;
      rgb[i] = (byte) (extreme ? sample > 127 ? 255 : 0 : sample);
    }
    return new RgbImage(width, height, rgb);
  }
}
