package io.labelmill.decode;

import java.util.HashMap;
import java.util.Map;

/** The first directory of a TIFF file: numbers by tag. Later directories are never looked at. */
final class TiffDirectory {
  private static final int MAX_ENTRIES = 4096;

  /** Twice the strips of one row each that the longest side allows, in planes. */
  private static final long MAX_VALUES = 4L * Canvas.MAX_SIDE;

  private record Entry(int type, long count, long at) {}

  private final Encoded file;
  private final boolean big;
  private final Map<Integer, Entry> entries = new HashMap<>();

  TiffDirectory(Encoded file) throws BrokenImage {
    this.file = file;
    this.big = file.has(0, "MM");
    long directory = u32(4);
    int count = u16(directory);
    if (count == 0 || count > MAX_ENTRIES) {
      throw new BrokenImage("its first directory has " + count + " entries");
    }
    for (int i = 0; i < count; i++) {
      long at = directory + 2 + 12L * i;
      int type = u16(at + 2);
      long values = u32(at + 4);
      long bytes = values * size(type);
      file.u8(at + 11);
      entries.putIfAbsent(u16(at), new Entry(type, values, bytes <= 4 ? at + 8 : u32(at + 8)));
    }
  }

  private static int size(int type) {
    return switch (type) {
      case 3, 8 -> 2;
      case 4, 9, 11 -> 4;
      case 5, 10, 12 -> 8;
      default -> 1;
    };
  }

  boolean bigEndian() {
    return big;
  }

  boolean has(int tag) {
    return entries.containsKey(tag);
  }

  /** The tag's only or first number. */
  long value(int tag, long otherwise) throws BrokenImage {
    return has(tag) ? values(tag)[0] : otherwise;
  }

  long value(int tag) throws BrokenImage {
    if (!has(tag)) {
      throw new BrokenImage("its tag " + tag + " is missing");
    }
    return value(tag, 0);
  }

  /** All numbers of a tag of whole numbers; empty where the tag is missing. */
  long[] values(int tag) throws BrokenImage {
    Entry entry = entries.get(tag);
    if (entry == null) {
      return new long[0];
    }
    int size = size(entry.type);
    file.require(entry.at, entry.count * size);
    if (entry.count == 0 || entry.count > MAX_VALUES) {
      throw new BrokenImage("its tag " + tag + " has " + entry.count + " values");
    }
    long[] values = new long[(int) entry.count];
    for (int i = 0; i < values.length; i++) {
      long at = entry.at + (long) i * size;
      values[i] =
          switch (entry.type) {
            case 1, 7 -> file.u8(at);
            case 3 -> u16(at);
            case 4 -> u32(at);
            default ->
                throw new BrokenImage("its tag " + tag + " has values of type " + entry.type);
          };
    }
    return values;
  }

  /** A tag of bytes, copied; empty where the tag is missing. */
  byte[] bytes(int tag) throws BrokenImage {
    Entry entry = entries.get(tag);
    if (entry == null || size(entry.type) != 1) {
      return new byte[0];
    }
    file.require(entry.at, entry.count);
    byte[] bytes = new byte[(int) entry.count];
    System.arraycopy(file.bytes, (int) entry.at, bytes, 0, bytes.length);
    return bytes;
  }

  private int u16(long at) throws BrokenImage {
    return big ? file.u16be(at) : file.u16le(at);
  }

  private long u32(long at) throws BrokenImage {
    return big ? file.u32be(at) : file.u32le(at);
  }
}
