package io.labelmill.graph;

import java.util.List;

/**
 * What each 8-bit sample of a picture becomes, for graphs that take samples and normalise them
 * themselves: a quarter of the bytes of pixel values cross to the device.
 *
 * @param values 256 numbers of red, then of green, then of blue
 */
public record PixelTable(List<Float> values) {
  /** Samples that a channel can have. */
  static final int SAMPLES = 256;

  static final int CHANNELS = 3;

  public PixelTable {
    values = List.copyOf(values);
    if (values.size() != CHANNELS * SAMPLES) {
      throw new IllegalArgumentException(
          "a table of pixel values has " + values.size() + " numbers, not 3 times 256");
    }
  }

  float[] floats() {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i);
    }
    return floats;
  }
}
