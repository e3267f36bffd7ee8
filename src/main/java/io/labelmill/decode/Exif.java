package io.labelmill.decode;

import java.util.OptionalInt;

/**
 * The orientation tag of an EXIF block or a TIFF file: a TIFF header and its first directory, read
 * as Pillow 13 reads them.
 */
record Exif(Encoded file, int start, boolean big) {
  private static final int ORIENTATION = 0x0112;
  private static final int ENTRY_BYTES = 12;
  private static final int AS_STORED = 1;
  private static final String HEAD = "Exif\0\0";

  private static final int BYTE = 1;
  private static final int ASCII = 2;
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int RATIONAL = 5;
  private static final int SIGNED_BYTE = 6;
  private static final int UNDEFINED = 7;
  private static final int SIGNED_SHORT = 8;
  private static final int SIGNED_LONG = 9;
  private static final int SIGNED_RATIONAL = 10;
  private static final int FLOAT = 11;
  private static final int DOUBLE = 12;
  private static final int IFD = 13;
  private static final int LONG8 = 16;

  /**
   * What the block says.
   *
   * <p>Bytes and text are no orientation, whatever they say; every type of number is, and of
   * several numbers the first. A block that is no TIFF leaves the picture as it is stored: its
   * samples are whole. (Pillow raises an error there, except in most JPEG files.)
   *
   * @param from where the block starts, with or without {@code Exif\0\0}
   * @param to where it ends
   * @return 1 to 8, 1 where the value is none of these; empty where the tag is missing
   */
  static OptionalInt orientation(byte[] bytes, int from, int to) {
    Encoded block = new Encoded(bytes, to);
    int start = from;
    for (int i = 0; i < 2 && block.has(start, HEAD); i++) {
      start += HEAD.length();
    }
    if (start == to) {
      return OptionalInt.empty();
    }
    boolean big = block.has(start, "MM\0*") || block.has(start, "MM*\0");
    if (!big && !block.has(start, "II*\0") && !block.has(start, "II\0*")) {
      return OptionalInt.of(AS_STORED);
    }
    try {
      Exif exif = new Exif(block, start, big);
      return exif.orientation(start + exif.u32(start + 4));
    } catch (BrokenImage e) {
      return OptionalInt.of(AS_STORED);
    }
  }

  private OptionalInt orientation(long directory) {
    try {
      int entries = u16(directory);
      long behind = 0;
      for (int i = 0; i < entries; i++) {
        long entry = directory + 2 + (long) ENTRY_BYTES * i;
        file.require(entry, ENTRY_BYTES);
        int type = u16(entry + 2);
        long bytes = u32(entry + 4) * size(type);
        long at = entry + 8;
        if (bytes > 4) {
          behind += bytes;
          if (behind > file.length - start) {
            continue;
          }
          at = start + u32(at);
          file.require(at, bytes);
        }
        if (bytes > 0 && u16(entry) == ORIENTATION) {
          double value = number(type, at);
          return OptionalInt.of(
              value >= 1 && value <= 8 && value == Math.rint(value) ? (int) value : AS_STORED);
        }
      }
    } catch (BrokenImage e) {
      // The directory is cut short: the tag is not in what is there.
      return OptionalInt.empty();
    }
    return OptionalInt.empty();
  }

  /** Bytes of one value; 0 for types that are unknown, which are passed over. */
  private static int size(int type) {
    return switch (type) {
      case BYTE, ASCII, SIGNED_BYTE, UNDEFINED -> 1;
      case SHORT, SIGNED_SHORT -> 2;
      case LONG, SIGNED_LONG, FLOAT, IFD -> 4;
      case RATIONAL, SIGNED_RATIONAL, DOUBLE, LONG8 -> 8;
      default -> 0;
    };
  }

  private double number(int type, long at) throws BrokenImage {
    return switch (type) {
      case SHORT -> u16(at);
      case SIGNED_SHORT -> (short) u16(at);
      case LONG, IFD -> u32(at);
      case SIGNED_LONG -> (int) u32(at);
      case SIGNED_BYTE -> (byte) file.u8(at);
      case RATIONAL -> (double) u32(at) / u32(at + 4);
      case SIGNED_RATIONAL -> (double) (int) u32(at) / (int) u32(at + 4);
      case FLOAT -> Float.intBitsToFloat((int) u32(at));
      case DOUBLE -> Double.longBitsToDouble(u64(at));
      case LONG8 -> u64(at);
      default -> Double.NaN;
    };
  }

  private int u16(long at) throws BrokenImage {
    return big ? file.u16be(at) : file.u16le(at);
  }

  private long u32(long at) throws BrokenImage {
    return big ? file.u32be(at) : file.u32le(at);
  }

  private long u64(long at) throws BrokenImage {
    long first = u32(at);
    long second = u32(at + 4);
    return big ? (first << 32) | second : (second << 32) | first;
  }
}
