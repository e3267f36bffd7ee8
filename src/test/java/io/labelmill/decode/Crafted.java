package io.labelmill.decode;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Files put together byte by byte, whole and hostile. */
public final class Crafted {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Crafted bytes(int... values) {
    for (int value : values) {
      out.write(value);
    }
    return this;
  }

  Crafted bytes(byte[] values) {
    out.writeBytes(values);
    return this;
  }

  Crafted text(String ascii) {
    return bytes(ascii.getBytes(StandardCharsets.ISO_8859_1));
  }

  Crafted zeros(int count) {
    return bytes(new byte[count]);
  }

  Crafted be16(int value) {
    return bytes(value >> 8, value);
  }

  Crafted be32(long value) {
    return be16((int) (value >> 16)).be16((int) value);
  }

  Crafted le16(int value) {
    return bytes(value, value >> 8);
  }

  Crafted le32(long value) {
    return le16((int) value).le16((int) (value >> 16));
  }

  byte[] done() {
    return out.toByteArray();
  }

  int size() {
    return out.size();
  }

  // --- PNG

  static Crafted png(long width, long height, int depth, int colourType) {
    byte[] header = new Crafted().be32(width).be32(height).bytes(depth, colourType, 0, 0, 0).done();
    return new Crafted().bytes(0x89).text("PNG\r\n").bytes(0x1A, '\n').chunk("IHDR", header);
  }

  Crafted chunk(String name, byte[] data) {
    byte[] named = new Crafted().text(name).bytes(data).done();
    CRC32 crc = new CRC32();
    crc.update(named);
    return be32(data.length).bytes(named).be32(crc.getValue());
  }

  static byte[] deflated(byte[] data) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    deflater.setInput(data);
    deflater.finish();
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    byte[] buffer = new byte[1 << 16];
    while (!deflater.finished()) {
      packed.write(buffer, 0, deflater.deflate(buffer));
    }
    deflater.end();
    return packed.toByteArray();
  }

  // --- GIF

  /** Signature, screen, a global table of four colours. */
  static Crafted gif(int screenWidth, int screenHeight) {
    return new Crafted()
        .text("GIF89a")
        .le16(screenWidth)
        .le16(screenHeight)
        .bytes(0x81, 0, 0)
        .bytes(0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255);
  }

  Crafted gifFrame(int left, int top, int width, int height, int codeBits, int... packed) {
    text(",").le16(left).le16(top).le16(width).le16(height).bytes(0, codeBits, packed.length);
    return bytes(packed).bytes(0);
  }

  // --- BMP

  /** File and information headers, without palette. */
  static Crafted bmp(int width, int height, int bits, int compression, int data) {
    return new Crafted()
        .text("BM")
        .le32(0)
        .le32(0)
        .le32(data)
        .le32(40)
        .le32(width)
        .le32(height)
        .le16(1)
        .le16(bits)
        .le32(compression)
        .le32(0)
        .zeros(16);
  }

  // --- TIFF

  /**
   * A little-endian file: header, one directory of {@code tag, type, count, value} quadruples, then
   * the data.
   */
  static byte[] tiff(byte[] data, long... quadruples) {
    int entries = quadruples.length / 4;
    Crafted tiff = new Crafted().text("II*").bytes(0).le32(8).le16(entries);
    for (int i = 0; i < quadruples.length; i += 4) {
      tiff.le16((int) quadruples[i]).le16((int) quadruples[i + 1]);
      tiff.le32(quadruples[i + 2]).le32(quadruples[i + 3]);
    }
    return tiff.le32(0).bytes(data).done();
  }

  /** Where the data of {@link #tiff} begins. */
  static int tiffData(int entries) {
    return 8 + 2 + 12 * entries + 4;
  }

  // --- WebP

  static byte[] webp(byte[] chunks) {
    return new Crafted().text("RIFF").le32(4L + chunks.length).text("WEBP").bytes(chunks).done();
  }

  Crafted riffChunk(String name, byte[] data) {
    text(name).le32(data.length).bytes(data);
    return data.length % 2 == 1 ? bytes(0) : this;
  }

  // --- JPEG

  static Crafted jpeg(int process, int width, int height, int components) {
    Crafted jpeg = new Crafted().bytes(0xFF, 0xD8, 0xFF, 0xDB).be16(67).bytes(0);
    for (int i = 0; i < 64; i++) {
      jpeg.bytes(1);
    }
    jpeg.bytes(0xFF, process).be16(8 + 3 * components).bytes(8).be16(height).be16(width);
    jpeg.bytes(components);
    for (int i = 0; i < components; i++) {
      jpeg.bytes(i + 1, 0x11, 0);
    }
    return jpeg;
  }

  /** A whole picture of one colour, of 2 bits for each block of 64 samples. */
  public static byte[] flatJpeg(int width, int height, int components) {
    Crafted jpeg = jpeg(0xC0, width, height, components);
    for (int table : new int[] {0x00, 0x10}) {
      // One code, of one bit: no difference, and the end of the block.
      jpeg.bytes(0xFF, 0xC4, 0, 20, table, 1).zeros(15).bytes(0);
    }
    jpeg.bytes(0xFF, 0xDA).be16(6 + 2 * components).bytes(components);
    for (int i = 0; i < components; i++) {
      jpeg.bytes(i + 1, 0);
    }
    jpeg.bytes(0, 63, 0);
    int blocks = ((width + 7) / 8) * ((height + 7) / 8) * components;
    return jpeg.zeros((2 * blocks + 7) / 8).bytes(0xFF, 0xD9).done();
  }

  /** A JPEG file whose EXIF says that it lies on its side. */
  public static byte[] turned(byte[] jpeg) {
    byte[] exif = new Crafted().text("Exif\0\0").bytes(tiff(new byte[0], 0x0112, 3, 1, 6)).done();
    return new Crafted()
        .bytes(0xFF, 0xD8, 0xFF, 0xE1)
        .be16(2 + exif.length)
        .bytes(exif)
        .bytes(Arrays.copyOfRange(jpeg, 2, jpeg.length))
        .done();
  }

  static int u32le(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }
}
