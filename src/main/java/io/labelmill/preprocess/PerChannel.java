package io.labelmill.preprocess;

import java.io.Serializable;

/** One number for each of red, green and blue. */
public record PerChannel(double red, double green, double blue) implements Serializable {
  static PerChannel all(double value) {
    return new PerChannel(value, value, value);
  }

  /** In the order of the model's input: 0 red, 1 green, 2 blue. */
  double of(int channel) {
    return switch (channel) {
      case 0 -> red;
      case 1 -> green;
      case 2 -> blue;
      default -> throw new IndexOutOfBoundsException(channel);
    };
  }

  @Override
  public String toString() {
    return red + "/" + green + "/" + blue;
  }
}
