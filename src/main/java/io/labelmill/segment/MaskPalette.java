package io.labelmill.segment;

import java.awt.Color;
import java.awt.image.IndexColorModel;

/**
 * Colours of masks: 255 that differ, and black where there is no label. Hues go round in steps of
 * the golden ratio, so that neighbours are far apart; saturation and brightness change every few.
 */
public final class MaskPalette {
  private static final double GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;
  private static final float[] SATURATIONS = {0.75f, 0.45f, 1f};
  private static final float[] BRIGHTNESSES = {0.95f, 0.65f};

  private MaskPalette() {}

  /** The colour of a label as 0xRRGGBB. */
  public static int rgb(int index) {
    if (index == LabelMap.NONE) {
      return 0;
    }
    float hue = (float) (index * GOLDEN_RATIO % 1);
    return Color.HSBtoRGB(
            hue,
            SATURATIONS[index % SATURATIONS.length],
            BRIGHTNESSES[index / SATURATIONS.length % BRIGHTNESSES.length])
        & 0xFFFFFF;
  }

  /** All 256 colours, for pictures of 8 bits a pixel. */
  static IndexColorModel colours() {
    byte[][] channels = new byte[3][LabelMap.NONE + 1];
    for (int index = 0; index <= LabelMap.NONE; index++) {
      int rgb = rgb(index);
      channels[0][index] = (byte) (rgb >> 16);
      channels[1][index] = (byte) (rgb >> 8);
      channels[2][index] = (byte) rgb;
    }
    return new IndexColorModel(8, LabelMap.NONE + 1, channels[0], channels[1], channels[2]);
  }
}
