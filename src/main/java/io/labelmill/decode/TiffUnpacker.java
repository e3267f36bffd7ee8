package io.labelmill.decode;

import io.labelmill.error.ImageException;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Unpacks the strips and tiles of a TIFF file. */
final class TiffUnpacker {
  private static final int NONE = 1;
  private static final int CCITT_RLE = 2;
  private static final int CCITT_G3 = 3;
  private static final int CCITT_G4 = 4;
  private static final int LZW = 5;
  private static final int JPEG = 7;
  private static final int DEFLATE = 8;
  private static final int PACK_BITS = 32_773;
  private static final int OLD_DEFLATE = 32_946;

  private static final int T4_OPTIONS = 292;
  private static final int T6_OPTIONS = 293;

  private static final int MAX_CODES = 4096;
  private static final int CLEAR = 256;
  private static final int END = 257;

  private final Inflater inflater = new Inflater();
  private final short[] prefix = new short[MAX_CODES];
  private final byte[] suffix = new byte[MAX_CODES];
  private final byte[] string = new byte[MAX_CODES];
  private final ReusableReader fax =
      new ReusableReader("tiff", "com.twelvemonkeys.imageio.plugins.tiff.");

  private Encoded file;
  private Canvas canvas;
  private int compression;
  private boolean reversed;
  private long packed;

  /**
   * @param packedBytes of all strips or tiles together
   */
  void open(Encoded encoded, int scheme, Canvas target, long packedBytes) throws ImageException {
    file = encoded;
    compression = scheme;
    canvas = target;
    packed = packedBytes;
    switch (scheme) {
      case NONE, CCITT_RLE, CCITT_G3, CCITT_G4, LZW, JPEG, DEFLATE, PACK_BITS, OLD_DEFLATE -> {
        // Read below; JPEG by the decoder itself.
      }
      default -> throw target.notRead("its compression is " + scheme + name(scheme));
    }
  }

  private static String name(int scheme) {
    return switch (scheme) {
      case 6 -> ", the old form of JPEG";
      case 32_809 -> ", ThunderScan";
      case 34_661 -> ", JBIG";
      case 34_676, 34_677 -> ", SGI LogLuv";
      case 34_712 -> ", JPEG 2000";
      case 34_887 -> ", LERC";
      case 34_925 -> ", LZMA";
      case 50_000 -> ", Zstandard";
      case 50_001 -> ", WebP";
      case 50_002, 52_546 -> ", JPEG XL";
      default -> "";
    };
  }

  /** Whether the bits of each byte are stored lowest first. */
  void reversed(boolean lowestFirst) {
    reversed = lowestFirst;
  }

  /**
   * Whether the packed bytes can possibly be so many unpacked: asked before those are allocated.
   */
  boolean canHold(long unpacked) {
    long ratio =
        switch (compression) {
          case NONE -> 1;
          case LZW -> MAX_CODES;
          case DEFLATE, OLD_DEFLATE -> PngDecoder.MAX_DEFLATE_RATIO;
          case PACK_BITS -> 128;
          // A row takes a bit or more; of JPEG the frame header is looked at.
          default -> Canvas.MAX_SIDE;
        };
    return unpacked / ratio <= packed;
  }

  /** What {@link #unpack} allocates for a block: bits turned over, a file for the fax reader. */
  long bytes(long packedBlock, int rowBytes, int rows) {
    boolean isFax = compression == CCITT_RLE || compression == CCITT_G3 || compression == CCITT_G4;
    return (reversed ? packedBlock : 0) + (isFax ? packedBlock + (long) rowBytes * rows : 0);
  }

  /** Whether a predictor counts: libtiff knows it for these schemes only. */
  boolean takesPredictor() {
    return compression == LZW || compression == DEFLATE || compression == OLD_DEFLATE;
  }

  /** Unpacks one strip or tile of {@code rows} rows of {@code rowBytes} bytes. */
  void unpack(
      long offset,
      long length,
      byte[] target,
      int rowBytes,
      int rows,
      int width,
      TiffDirectory directory)
      throws BrokenImage, ImageException {
    byte[] source = file.bytes;
    int from = (int) offset;
    int to = (int) (offset + length);
    if (reversed) {
      source = new byte[to - from];
      for (int i = from; i < to; i++) {
        source[i - from] = (byte) (Integer.reverse(file.bytes[i]) >>> 24);
      }
      from = 0;
      to = source.length;
    }
    int wanted = rowBytes * rows;
    switch (compression) {
      case NONE -> {
        if (to - from < wanted) {
          throw tooShort();
        }
        System.arraycopy(source, from, target, 0, wanted);
      }
      case LZW -> lzw(source, from, to, target, wanted);
      case PACK_BITS -> packBits(source, from, to, target, wanted);
      case DEFLATE, OLD_DEFLATE -> inflate(source, from, to, target, wanted);
      default -> fax(source, from, to, target, rowBytes, rows, width, directory);
    }
  }

  private static BrokenImage tooShort() {
    return new BrokenImage("a strip or tile ends before its last row");
  }

  private void inflate(byte[] source, int from, int to, byte[] target, int wanted)
      throws BrokenImage, ImageException {
    inflater.reset();
    inflater.setInput(source, from, to - from);
    int got = 0;
    try {
      while (got < wanted) {
        canvas.deadline().check();
        int count = inflater.inflate(target, got, Math.min(wanted - got, 1 << 20));
        if (count == 0
            && (inflater.finished() || inflater.needsInput() || inflater.needsDictionary())) {
          throw tooShort();
        }
        got += count;
      }
    } catch (DataFormatException e) {
      throw new BrokenImage("its packed data is damaged (" + e.getMessage() + ")", e);
    }
  }

  private static void packBits(byte[] source, int start, int to, byte[] target, int wanted)
      throws BrokenImage {
    int from = start;
    int got = 0;
    while (got < wanted) {
      if (from >= to) {
        throw tooShort();
      }
      int head = source[from++];
      if (head >= 0) {
        int count = Math.min(head + 1, wanted - got);
        if (from + head + 1 > to) {
          throw tooShort();
        }
        System.arraycopy(source, from, target, got, count);
        from += head + 1;
        got += count;
      } else if (head != -128) {
        if (from >= to) {
          throw tooShort();
        }
        byte value = source[from++];
        int end = Math.min(got + 1 - head, wanted);
        while (got < end) {
          target[got++] = value;
        }
      }
    }
  }

  /** Codes from the highest bit, which grow one code early. */
  private void lzw(byte[] source, int start, int to, byte[] target, int wanted)
      throws BrokenImage, ImageException {
    if (to - start >= 2 && source[start] == 0 && (source[start + 1] & 1) != 0) {
      throw canvas.notRead("its LZW codes begin with the lowest bit, an old form");
    }
    for (int i = 0; i < CLEAR; i++) {
      suffix[i] = (byte) i;
    }
    int from = start;
    int next = END + 1;
    int bits = 9;
    int last = -1;
    int first = 0;
    long window = 0;
    int held = 0;
    int got = 0;
    int looked = 0;
    while (got < wanted) {
      if ((++looked & 0xFFF) == 0) {
        canvas.deadline().check();
      }
      while (held < bits) {
        if (from >= to) {
          throw tooShort();
        }
        window = (window << 8) | (source[from++] & 0xFF);
        held += 8;
      }
      int code = (int) (window >> (held - bits)) & ((1 << bits) - 1);
      held -= bits;
      if (code == CLEAR) {
        next = END + 1;
        bits = 9;
        last = -1;
        continue;
      }
      if (code == END) {
        throw tooShort();
      }
      if (code > next || (last < 0 && code > END) || next >= MAX_CODES) {
        throw new BrokenImage("its packed data is damaged (code " + code + " of " + next + ")");
      }
      int at = MAX_CODES;
      int walk = code;
      if (code == next) {
        string[--at] = (byte) first;
        walk = last;
      }
      while (walk > END) {
        string[--at] = suffix[walk];
        walk = prefix[walk];
      }
      string[--at] = suffix[walk];
      first = suffix[walk] & 0xFF;
      if (last >= 0) {
        prefix[next] = (short) last;
        suffix[next] = (byte) first;
        next++;
        if (next + 1 == 1 << bits && bits < 12) {
          bits++;
        }
      }
      last = code;
      int count = Math.min(MAX_CODES - at, wanted - got);
      System.arraycopy(string, at, target, got, count);
      got += count;
    }
  }

  /** CCITT fax through TwelveMonkeys, which is given a small TIFF file with this strip alone. */
  private void fax(
      byte[] source,
      int from,
      int to,
      byte[] target,
      int rowBytes,
      int rows,
      int width,
      TiffDirectory directory)
      throws BrokenImage, ImageException {
    int entries = 10;
    int data = 8 + 2 + 12 * entries + 4;
    byte[] tiff = new byte[data + to - from];
    ByteBuffer out = ByteBuffer.wrap(tiff);
    out.putInt(0x4D4D002A).putInt(8).putShort((short) entries);
    entry(out, 256, width);
    entry(out, 257, rows);
    entry(out, 258, 1);
    entry(out, 259, compression);
    // Samples as they are, whatever they mean: 1 is white.
    entry(out, 262, 1);
    entry(out, 273, data);
    entry(out, 278, rows);
    entry(out, 279, to - from);
    entry(out, T4_OPTIONS, (int) directory.value(T4_OPTIONS, 0));
    entry(out, T6_OPTIONS, (int) directory.value(T6_OPTIONS, 0));
    out.putInt(0);
    out.put(source, from, to - from);
    try (EncodedStream input = new EncodedStream(tiff, 0, tiff.length, canvas.deadline())) {
      Raster raster = fax.read(input, reader -> reader.readRaster(0, null));
      byte[] bytes = ((DataBufferByte) raster.getDataBuffer()).getData();
      if (bytes.length < rowBytes * rows) {
        throw tooShort();
      }
      System.arraycopy(bytes, 0, target, 0, rowBytes * rows);
    } catch (IOException e) {
      throw new BrokenImage(String.valueOf(e.getMessage()), e);
    }
  }

  private static void entry(ByteBuffer out, int tag, int value) {
    out.putShort((short) tag).putShort((short) 4).putInt(1).putInt(value);
  }
}
