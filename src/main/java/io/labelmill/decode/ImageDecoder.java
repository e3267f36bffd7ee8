package io.labelmill.decode;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import javax.imageio.ImageIO;

/** Decodes encoded pictures into RGB bytes. One per thread; reuses its buffers. */
public final class ImageDecoder {
  private final long maxPixels;
  private byte[] rgb = new byte[0];

  /**
   * @param maxPixels a picture that declares more is {@link Status#TOO_LARGE}
   * @param orientation which way up pictures are wanted
   * @param timeLimit a decode that takes longer is {@link Status#TIMED_OUT}
   */
  public ImageDecoder(long maxPixels, Orientation orientation, Duration timeLimit) {
    this.maxPixels = maxPixels;
  }

  /**
   * Decodes the first picture of an encoded file.
   *
   * @param encoded the file's bytes
   * @param length how many of them count
   */
  public RgbImage decode(byte[] encoded, int length) throws ImageException {
    BufferedImage image;
    try {
      image = ImageIO.read(new ByteArrayInputStream(encoded, 0, length));
    } catch (IOException | RuntimeException e) {
      throw new ImageException(Status.UNDECODABLE, "The picture is broken: " + e.getMessage());
    }
    if (image == null) {
      throw new ImageException(Status.NOT_AN_IMAGE, "The content is of no image format.");
    }
    int width = image.getWidth();
    int height = image.getHeight();
    if ((long) width * height > maxPixels) {
      throw new ImageException(Status.TOO_LARGE, "The picture is too large.", width, height);
    }
    if (rgb.length < width * height * 3) {
      rgb = new byte[width * height * 3];
    }
    int at = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int pixel = image.getRGB(x, y);
        rgb[at++] = (byte) (pixel >> 16);
        rgb[at++] = (byte) (pixel >> 8);
        rgb[at++] = (byte) pixel;
      }
    }
    return new RgbImage(width, height, rgb);
  }
}
