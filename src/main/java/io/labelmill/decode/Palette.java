package io.labelmill.decode;

/**
 * Colours by index. An index without a colour fails the picture: readers fill such gaps
 * differently, and a guessed colour must not be scored.
 */
final class Palette {
  private final byte[] rgb = new byte[256 * 3];
  private int colours;

  void clear() {
    colours = 0;
  }

  int colours() {
    return colours;
  }

  void set(int index, int red, int green, int blue) {
    rgb[index * 3] = (byte) red;
    rgb[index * 3 + 1] = (byte) green;
    rgb[index * 3 + 2] = (byte) blue;
    colours = Math.max(colours, index + 1);
  }

  void draw(int index, byte[] target, int at) throws BrokenImage {
    if (index >= colours) {
      throw new BrokenImage(
          "a pixel has colour " + index + " of a palette of " + colours + " colours");
    }
    target[at] = rgb[index * 3];
    target[at + 1] = rgb[index * 3 + 1];
    target[at + 2] = rgb[index * 3 + 2];
  }
}
