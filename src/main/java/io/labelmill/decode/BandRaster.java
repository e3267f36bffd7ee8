package io.labelmill.decode;

import java.awt.Point;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;

/**
 * The raster of an RGB picture that has no samples: the rows that the JDK's JPEG reader puts into
 * it, one after the other from the top, are handed on in bands.
 */
final class BandRaster extends WritableRaster {
  private static final int CHANNELS = RgbImage.CHANNELS;
  private static final int[] RGB = {0, 1, 2};

  private final Bands bands;
  private final byte[] samples;
  private final WritableRaster band;

  /** Rows handed on. */
  private int top;

  /** Rows of the next band. */
  private int held;

  /**
   * @param samples of a band, at least
   */
  BandRaster(int width, int height, Bands bands, byte[] samples) {
    super(
        new PixelInterleavedSampleModel(
            DataBuffer.TYPE_BYTE, width, height, CHANNELS, width * CHANNELS, RGB),
        new DataBufferByte(1),
        new Point());
    this.bands = bands;
    this.samples = samples;
    int rows = Math.min(bands.rows(), height);
    band =
        Raster.createInterleavedRaster(
            new DataBufferByte(samples, rows * width * CHANNELS),
            width,
            rows,
            width * CHANNELS,
            CHANNELS,
            RGB,
            null);
  }

  /**
   * Takes the next row.
   *
   * @throws ImageDecoder.UseFailed if the use of the band fails
   */
  @Override
  public void setRect(int x, int y, Raster row) {
    if (x != 0 || y != top + held || row.getWidth() != width || row.getHeight() != 1) {
      throw new IllegalStateException(
          "row %d was due, and %d x %d pixels came for row %d"
              .formatted(top + held, row.getWidth(), row.getHeight(), y));
    }
    band.setRect(0, held, row);
    held++;
    if (held == band.getHeight() || y == height - 1) {
      try {
        bands.band(new RgbImage(width, held, samples), top);
      } catch (RuntimeException e) {
        throw new ImageDecoder.UseFailed(e);
      }
      top += held;
      held = 0;
    }
  }

  /** Whether all rows have come. */
  boolean isWhole() {
    return top == height;
  }
}
