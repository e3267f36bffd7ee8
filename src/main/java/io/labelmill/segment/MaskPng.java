package io.labelmill.segment;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Label maps as PNG files, of which each pixel's value is a label's index: 8 bits and a palette as
 * written; as read, gray or palette of any depth. Colours of a palette say nothing.
 *
 * <p>By the JDK's own reader and writer: plug-ins on the class path must not change the bytes.
 * Thread-safe.
 */
public final class MaskPng {
  private MaskPng() {}

  /** Why a file is no label map, as a clause without its subject. */
  public static final class NotAMap extends Exception {
    NotAMap(String problem, Throwable cause) {
      super(problem, cause);
    }
  }

  /** Encodes a map, its labels in the colours of {@link MaskPalette}; the map is not copied. */
  public static byte[] write(LabelMap map) {
    DataBufferByte pixels = new DataBufferByte(map.indices(), map.indices().length);
    WritableRaster raster =
        Raster.createInterleavedRaster(
            pixels, map.width(), map.height(), map.width(), 1, new int[] {0}, null);
    BufferedImage picture = new BufferedImage(MaskPalette.colours(), raster, false, null);
    ImageWriter writer = ofJdk(ImageIO.getImageWritersByFormatName("png"));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(picture);
    } catch (IOException e) {
      throw new UncheckedIOException("memory can't be written to", e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /**
   * Decodes a map.
   *
   * @param maxPixels width times height above which nothing is decoded
   * @throws NotAMap if it is not PNG, is broken or too large, or its pixels hold no indices 0 to
   *     255
   */
  public static LabelMap read(byte[] png, long maxPixels) throws NotAMap {
    ImageReader reader = ofJdk(ImageIO.getImageReadersByFormatName("png"));
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(png))) {
      reader.setInput(in, true, true);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      if ((long) width * height > maxPixels) {
        throw new NotAMap(
            "has %d x %d pixels, more than %d".formatted(width, height, maxPixels), null);
      }
      ImageTypeSpecifier type = reader.getRawImageType(0);
      int channels = type == null ? 0 : type.getNumBands();
      if (channels != 1) {
        throw new NotAMap(
            "has %d channels, and a label map has one, gray or palette, that holds indices of labels"
                .formatted(channels),
            null);
      }
      return new LabelMap(width, height, indices(reader.read(0).getRaster()));
    } catch (IIOException e) {
      throw new NotAMap("can't be decoded as PNG (" + e.getMessage() + ")", e);
    } catch (IOException | RuntimeException e) {
      throw new NotAMap("can't be decoded as PNG (" + e + ")", e);
    } finally {
      reader.dispose();
    }
  }

  private static byte[] indices(Raster raster) throws NotAMap {
    int width = raster.getWidth();
    byte[] indices = new byte[width * raster.getHeight()];
    if (isPlain(raster)) {
      raster.getDataElements(0, 0, width, raster.getHeight(), indices);
      return indices;
    }
    int[] row = new int[width];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getSamples(0, y, width, 1, 0, row);
      for (int x = 0; x < width; x++) {
        if (row[x] > LabelMap.NONE) {
          throw new NotAMap(
              "holds %d at x=%d, y=%d, and a label map holds 0 to %d"
                  .formatted(row[x], x, y, LabelMap.NONE),
              null);
        }
        indices[y * width + x] = (byte) row[x];
      }
    }
    return indices;
  }

  private static boolean isPlain(Raster raster) {
    return raster instanceof WritableRaster
        && raster.getTransferType() == DataBuffer.TYPE_BYTE
        && raster.getSampleModel().getSampleSize(0) == 8;
  }

  private static <T> T ofJdk(Iterator<T> all) {
    while (all.hasNext()) {
      T one = all.next();
      if (one.getClass().getModule().equals(ImageIO.class.getModule())) {
        return one;
      }
    }
    throw new IllegalStateException("this JDK reads and writes no PNG");
  }
}
