package io.labelmill.decode;

/** The boolean entropy decoder of VP8 (RFC 6386, section 7). */
final class Vp8BitReader {
  private final byte[] bytes;
  private final int end;
  private int at;

  /** Bits not yet used, the current window of 8 bits on top of {@code held} more. */
  private long window;

  private int held = -8;

  /** One less than the range: 127 to 254. */
  private int range = 254;

  Vp8BitReader(Encoded file, int from, int to) {
    this.bytes = file.bytes;
    this.at = from;
    this.end = to;
  }

  /** Reads a bit that is 0 with the given probability of 256. */
  int bit(int probability) throws BrokenImage {
    if (held < 0) {
      load();
    }
    int split = (range * probability) >> 8;
    int bit;
    int left;
    if ((int) (window >> held) > split) {
      left = range - split;
      window -= (long) (split + 1) << held;
      bit = 1;
    } else {
      left = split + 1;
      bit = 0;
    }
    int shift = Integer.numberOfLeadingZeros(left) - 24;
    range = (left << shift) - 1;
    held -= shift;
    return bit;
  }

  private void load() throws BrokenImage {
    if (at + 4 <= end) {
      window =
          (window << 32)
              | ((bytes[at] & 0xFFL) << 24)
              | ((bytes[at + 1] & 0xFF) << 16)
              | ((bytes[at + 2] & 0xFF) << 8)
              | (bytes[at + 3] & 0xFF);
      at += 4;
      held += 32;
    } else if (at < end) {
      window = (window << 8) | (bytes[at++] & 0xFF);
      held += 8;
    } else {
      throw new BrokenImage("its packed data ends before the last block");
    }
  }

  int flag() throws BrokenImage {
    return bit(128);
  }

  /** An unsigned number, highest bit first. */
  int number(int bits) throws BrokenImage {
    int value = 0;
    for (int i = 0; i < bits; i++) {
      value = (value << 1) | flag();
    }
    return value;
  }

  /** A magnitude, then its sign. */
  int signed(int bits) throws BrokenImage {
    int value = number(bits);
    return flag() == 1 ? -value : value;
  }

  /** A flag, then a signed number where it is set; else 0. */
  int optionalSigned(int bits) throws BrokenImage {
    return flag() == 1 ? signed(bits) : 0;
  }
}
