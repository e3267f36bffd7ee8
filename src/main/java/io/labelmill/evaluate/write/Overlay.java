package io.labelmill.evaluate.write;

import io.labelmill.segment.LabelMap;
import io.labelmill.segment.MaskPalette;
import java.awt.image.BufferedImage;

/** A small picture with the colours of a label map over it. */
final class Overlay {
  /** Of a colour; the rest is the picture's. */
  private static final double SHARE = 0.6;

  private Overlay() {}

  /**
   * @param picture null where there is none: the colours alone
   * @param side longest side of what is drawn without a picture, pixels
   */
  static BufferedImage of(BufferedImage picture, LabelMap map, int side) {
    double scale = Math.min(1, (double) side / Math.max(map.width(), map.height()));
    int width =
        picture == null ? (int) Math.max(1, Math.round(map.width() * scale)) : picture.getWidth();
    int height =
        picture == null ? (int) Math.max(1, Math.round(map.height() * scale)) : picture.getHeight();
    LabelMap small = map.resized(width, height);
    BufferedImage drawn = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int index = small.at(x, y);
        int colour = MaskPalette.rgb(index);
        if (picture != null) {
          int under = picture.getRGB(x, y);
          colour = index == LabelMap.NONE ? under & 0xFFFFFF : mixed(colour, under);
        }
        drawn.setRGB(x, y, colour);
      }
    }
    return drawn;
  }

  private static int mixed(int over, int under) {
    int mixed = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      double channel = SHARE * (over >> shift & 0xFF) + (1 - SHARE) * (under >> shift & 0xFF);
      mixed |= (int) Math.round(channel) << shift;
    }
    return mixed;
  }
}
