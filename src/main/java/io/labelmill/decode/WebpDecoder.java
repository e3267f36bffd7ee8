package io.labelmill.decode;

import io.labelmill.error.ImageException;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.IOException;

/** WebP: lossy and lossless, with alpha, and the first frame of animations. */
final class WebpDecoder implements FormatDecoder {
  private final ReusableReader reader =
      new ReusableReader("webp", "com.twelvemonkeys.imageio.plugins.webp.");

  private Encoded file;

  @Override
  public void decode(Encoded encoded, Canvas canvas) throws BrokenImage, ImageException {
    file = encoded;
    readChunks(canvas);
    try (EncodedStream input = new EncodedStream(file.bytes, 0, file.length, canvas.deadline())) {
      BufferedImage image = reader.read(input, webp -> webp.read(0));
      WritableRaster raster = image.getRaster();
      if (raster.getWidth() != canvas.width() || raster.getHeight() != canvas.height()) {
        throw new BrokenImage("its chunks disagree about the size");
      }
      byte[] rgb = canvas.allocate();
      int[] line = new int[canvas.width()];
      for (int y = 0; y < canvas.height(); y++) {
        canvas.deadline().check();
        for (int band = 0; band < 3; band++) {
          raster.getSamples(0, y, canvas.width(), 1, band, line);
          int to = y * canvas.width() * 3 + band;
          for (int x = 0; x < canvas.width(); x++, to += 3) {
            rgb[to] = (byte) line[x];
          }
        }
      }
    } catch (IOException e) {
      throw new BrokenImage(String.valueOf(e.getMessage()), e);
    }
    file = null;
  }

  /** Sizes, before anything is allocated, and the orientation. */
  private void readChunks(Canvas canvas) throws BrokenImage, ImageException {
    long riff = file.u32le(4) + 8;
    if (riff > file.length) {
      throw new BrokenImage(
          "it ends after " + file.length + " bytes and says that it is " + riff + " bytes long");
    }
    boolean picture = false;
    long at = 12;
    while (at + 8 <= riff) {
      canvas.deadline().check();
      long size = file.u32le(at + 4);
      file.require(at + 8, size);
      if (file.has(at, "VP8X")) {
        canvas.declare(u24(at + 12) + 1, u24(at + 15) + 1);
      } else if (file.has(at, "VP8 ") && !picture) {
        picture = true;
        if (canvas.width() < 0) {
          canvas.declare(file.u16le(at + 14) & 0x3FFF, file.u16le(at + 16) & 0x3FFF);
        }
      } else if (file.has(at, "VP8L") && !picture) {
        picture = true;
        long bits = file.u32le(at + 9);
        if (canvas.width() < 0) {
          canvas.declare((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1);
        }
      } else if (file.has(at, "ANMF")) {
        picture = true;
      } else if (file.has(at, "EXIF")) {
        canvas.orientation = Exif.orientation(file.bytes, (int) at + 8, (int) (at + 8 + size));
      }
      at += 8 + size + (size & 1);
    }
    if (!picture) {
      throw new BrokenImage("it has no picture chunk");
    }
  }

  private int u24(long at) throws BrokenImage {
    return file.u16le(at) | (file.u8(at + 2) << 16);
  }
}
