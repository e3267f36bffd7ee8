package io.labelmill.decode;

import java.util.OptionalInt;

/**
 * What a file says beside its samples about which way up its picture is, as Pillow's {@code
 * exif_transpose} sees it: EXIF where it has the tag, with whatever value; else XMP.
 */
final class OrientationTags {
  private static final String NAME = "tiff:Orientation";

  private OptionalInt exif = OptionalInt.empty();
  private OptionalInt xmp = OptionalInt.empty();

  void clear() {
    exif = OptionalInt.empty();
    xmp = OptionalInt.empty();
  }

  /** Takes an EXIF block in place of the one before. */
  void exif(byte[] bytes, int from, int to) {
    exif = Exif.orientation(bytes, from, to);
  }

  /** Takes an XMP packet in place of the one before. */
  void xmp(byte[] bytes, int from, int to) {
    xmp = inXmp(bytes, from, to);
  }

  /** 1 to 8; 1 where the file says nothing. */
  int orientation() {
    int value = exif.orElse(xmp.orElse(1));
    return value >= 1 && value <= 8 ? value : 1;
  }

  /**
   * The digit of the first {@code tiff:Orientation="6"} or {@code <tiff:Orientation>6}. It is
   * looked for in the text, as Pillow does, and not by an XML parser: so entities, other quotes and
   * other prefixes are no orientation there, and none here.
   */
  private static OptionalInt inXmp(byte[] bytes, int from, int to) {
    Encoded packet = new Encoded(bytes, to);
    for (int at = from; at < to; at++) {
      if (bytes[at] == 't' && packet.has(at, NAME)) {
        int digit = at + NAME.length();
        if (packet.has(digit, "=\"")) {
          digit += 2;
        } else if (packet.has(digit, ">")) {
          digit += 1;
        } else {
          continue;
        }
        if (digit < to && bytes[digit] >= '0' && bytes[digit] <= '9') {
          return OptionalInt.of(bytes[digit] - '0');
        }
      }
    }
    return OptionalInt.empty();
  }
}
