package io.labelmill.decode;

import java.nio.charset.StandardCharsets;

/**
 * The bytes of a file, from 0 to {@code length}. Every read is checked: one past the end says that
 * the file is cut short.
 */
final class Encoded {
  final byte[] bytes;
  final int length;

  Encoded(byte[] bytes, int length) {
    this.bytes = bytes;
    this.length = length;
  }

  int u8(long at) throws BrokenImage {
    if (at < 0 || at >= length) {
      throw cutShort(at);
    }
    return bytes[(int) at] & 0xFF;
  }

  int u16be(long at) throws BrokenImage {
    return (u8(at) << 8) | u8(at + 1);
  }

  int u16le(long at) throws BrokenImage {
    return u8(at) | (u8(at + 1) << 8);
  }

  long u32be(long at) throws BrokenImage {
    return ((long) u16be(at) << 16) | u16be(at + 2);
  }

  long u32le(long at) throws BrokenImage {
    return u16le(at) | ((long) u16le(at + 2) << 16);
  }

  int i32le(long at) throws BrokenImage {
    return (int) u32le(at);
  }

  /** Checks that {@code count} bytes follow. */
  void require(long at, long count) throws BrokenImage {
    if (at < 0 || count < 0 || at + count > length) {
      throw cutShort(Math.max(at, length));
    }
  }

  boolean has(long at, String ascii) {
    byte[] wanted = ascii.getBytes(StandardCharsets.ISO_8859_1);
    if (at < 0 || at + wanted.length > length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (bytes[(int) at + i] != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  /** Four or so characters, for messages: what is not printable becomes a question mark. */
  String ascii(int at, int count) {
    StringBuilder text = new StringBuilder();
    for (int i = at; i < Math.min(at + count, length); i++) {
      text.append(bytes[i] >= 0x20 && bytes[i] < 0x7F ? (char) bytes[i] : '?');
    }
    return text.toString();
  }

  private BrokenImage cutShort(long at) {
    return new BrokenImage("it ends after " + length + " bytes, and byte " + at + " is needed");
  }
}
