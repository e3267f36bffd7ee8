package io.labelmill.decode;

import io.labelmill.error.ImageException;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * WebP: lossy and lossless, alpha dropped, and the first frame of animations, on a black canvas.
 *
 * <p>Lossless pictures are read by TwelveMonkeys, which gets the picture's chunk alone in a file of
 * its own; lossy ones by {@link Vp8Decoder}.
 */
final class WebpDecoder implements FormatDecoder {
  /** Of the reader's own picture. */
  private static final long LOSSLESS_BYTES_PER_PIXEL = 4;

  private static final int HAS_EXIF = 8;
  private static final int HAS_XMP = 4;

  private final ReusableReader lossless =
      new ReusableReader("webp", "com.twelvemonkeys.imageio.plugins.webp.");

  private Encoded file;
  private Canvas canvas;

  /** The picture's chunk, and where its pixels belong. */
  private record Frame(String type, int from, int to, int left, int top, int width, int height) {}

  @Override
  public void decode(Encoded encoded, Canvas target) throws BrokenImage, ImageException {
    file = encoded;
    canvas = target;
    Frame frame = readChunks();
    if (frame.left + frame.width > canvas.width() || frame.top + frame.height > canvas.height()) {
      throw new BrokenImage("its first frame lies outside the picture");
    }
    if (frame.type.equals("VP8 ")) {
      Vp8Decoder lossy = new Vp8Decoder(file, canvas);
      lossy.readHeader(frame.from, frame.to);
      canvas.admit(lossy.bytes());
      allocate(frame);
      lossy.draw(frame.left, frame.top);
    } else {
      canvas.admit(LOSSLESS_BYTES_PER_PIXEL * frame.width * frame.height + 2L * file.length);
      allocate(frame);
      decodeLossless(frame);
    }
    file = null;
  }

  private void allocate(Frame frame) throws ImageException {
    if (frame.width == canvas.width() && frame.height == canvas.height()) {
      canvas.allocate();
    } else {
      canvas.allocateBlack();
    }
  }

  /**
   * Sizes, before anything is allocated; the orientation, by the first chunk of each kind that the
   * flags speak of; the first picture.
   */
  private Frame readChunks() throws BrokenImage, ImageException {
    long riff = file.u32le(4) + 8;
    if (riff > file.length) {
      throw new BrokenImage(
          "it ends after " + file.length + " bytes and says that it is " + riff + " bytes long");
    }
    Frame frame = null;
    int flags = 0;
    long at = 12;
    while (at + 8 <= riff) {
      canvas.deadline().check();
      long size = file.u32le(at + 4);
      long end = at + 8 + size;
      if (end > riff) {
        throw new BrokenImage("its chunk " + file.ascii((int) at, 4) + " is cut short");
      }
      if (file.has(at, "VP8X")) {
        canvas.declare(u24(at + 12) + 1, u24(at + 15) + 1);
        flags = file.u8(at + 8);
      } else if (frame == null && (file.has(at, "VP8 ") || file.has(at, "VP8L"))) {
        frame = frame((int) at, (int) end, 0, 0);
        if (canvas.width() < 0) {
          canvas.declare(frame.width, frame.height);
        }
      } else if (frame == null && file.has(at, "ANMF")) {
        frame = firstOfAnimation((int) at, end);
      } else if ((flags & HAS_EXIF) != 0 && file.has(at, "EXIF")) {
        canvas.tags.exif(file.bytes, (int) at + 8, (int) end);
        flags &= ~HAS_EXIF;
      } else if ((flags & HAS_XMP) != 0 && file.has(at, "XMP ")) {
        canvas.tags.xmp(file.bytes, (int) at + 8, (int) end);
        flags &= ~HAS_XMP;
      }
      at = end + (size & 1);
    }
    if (frame == null) {
      throw new BrokenImage("it has no picture chunk");
    }
    return frame;
  }

  private Frame firstOfAnimation(int chunk, long end) throws BrokenImage, ImageException {
    if (canvas.width() < 0) {
      throw new BrokenImage("it is an animation without a VP8X chunk");
    }
    int left = 2 * u24(chunk + 8);
    int top = 2 * u24(chunk + 11);
    long at = chunk + 24L;
    while (at + 8 <= end) {
      canvas.deadline().check();
      long size = file.u32le(at + 4);
      if (at + 8 + size > end) {
        throw new BrokenImage("its chunk " + file.ascii((int) at, 4) + " is cut short");
      }
      if (file.has(at, "VP8 ") || file.has(at, "VP8L")) {
        return frame((int) at, (int) (at + 8 + size), left, top);
      }
      at += 8 + size + (size & 1);
    }
    throw new BrokenImage("its first frame has no picture chunk");
  }

  private Frame frame(int chunk, int end, int left, int top) throws BrokenImage {
    int data = chunk + 8;
    if (file.has(chunk, "VP8 ")) {
      int width = file.u16le(data + 6) & 0x3FFF;
      int height = file.u16le(data + 8) & 0x3FFF;
      return new Frame("VP8 ", data, end, left, top, width, height);
    }
    if (file.u8(data) != 0x2F) {
      throw new BrokenImage("its lossless picture has no start code");
    }
    long bits = file.u32le(data + 1);
    int width = (int) (bits & 0x3FFF) + 1;
    int height = (int) ((bits >> 14) & 0x3FFF) + 1;
    return new Frame("VP8L", data, end, left, top, width, height);
  }

  private void decodeLossless(Frame frame) throws BrokenImage, ImageException {
    int size = frame.to - frame.from;
    int padded = size + (size & 1);
    byte[] alone = new byte[20 + padded];
    ByteBuffer out = ByteBuffer.wrap(alone).order(ByteOrder.LITTLE_ENDIAN);
    out.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(12 + padded);
    out.put("WEBPVP8L".getBytes(StandardCharsets.US_ASCII)).putInt(size);
    out.put(file.bytes, frame.from, size);
    try (EncodedStream input = new EncodedStream(alone, 0, alone.length, canvas.deadline())) {
      BufferedImage image = lossless.read(input, webp -> webp.read(0));
      WritableRaster raster = image.getRaster();
      if (raster.getWidth() != frame.width || raster.getHeight() != frame.height) {
        throw new BrokenImage("its chunks disagree about the size");
      }
      byte[] rgb = canvas.rgb();
      int[] line = new int[frame.width];
      for (int y = 0; y < frame.height; y++) {
        canvas.deadline().check();
        for (int band = 0; band < 3; band++) {
          raster.getSamples(0, y, frame.width, 1, band, line);
          int to = ((frame.top + y) * canvas.width() + frame.left) * 3 + band;
          for (int x = 0; x < frame.width; x++, to += 3) {
            rgb[to] = (byte) line[x];
          }
        }
      }
    } catch (IOException e) {
      throw new BrokenImage(String.valueOf(e.getMessage()), e);
    }
  }

  private int u24(long at) throws BrokenImage {
    return file.u16le(at) | (file.u8(at + 2) << 16);
  }
}
