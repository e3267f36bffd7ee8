package io.labelmill.decode;

/**
 * The orientation tag of an EXIF block: a TIFF header and its first directory.
 *
 * <p>A broken block leaves the picture as it is stored; the samples are whole. (Pillow raises an
 * error there, after it has decoded the picture.)
 */
final class Exif {
  private static final int ORIENTATION = 0x0112;
  private static final int MAX_ENTRIES = 4096;

  private Exif() {}

  /**
   * @param from where the block starts, with or without {@code Exif\0\0}
   * @param to where it ends
   * @return 1 to 8; 1 where there is none
   */
  static int orientation(byte[] bytes, int from, int to) {
    try {
      int start = from;
      Encoded whole = new Encoded(bytes, to);
      while (whole.has(start, "Exif\0\0")) {
        start += 6;
      }
      boolean big = whole.has(start, "MM\0*");
      if (!big && !whole.has(start, "II*\0")) {
        return 1;
      }
      long directory = start + u32(whole, start + 4, big);
      int entries = Math.min(u16(whole, directory, big), MAX_ENTRIES);
      for (int i = 0; i < entries; i++) {
        long entry = directory + 2 + 12L * i;
        if (u16(whole, entry, big) == ORIENTATION) {
          int type = u16(whole, entry + 2, big);
          long value =
              switch (type) {
                case 1 -> whole.u8(entry + 8);
                case 3 -> u16(whole, entry + 8, big);
                case 4 -> u32(whole, entry + 8, big);
                default -> 1;
              };
          boolean single = u32(whole, entry + 4, big) == 1;
          return single && value >= 1 && value <= 8 ? (int) value : 1;
        }
      }
      return 1;
    } catch (BrokenImage e) {
      return 1;
    }
  }

  private static int u16(Encoded encoded, long at, boolean big) throws BrokenImage {
    return big ? encoded.u16be(at) : encoded.u16le(at);
  }

  private static long u32(Encoded encoded, long at, boolean big) throws BrokenImage {
    return big ? encoded.u32be(at) : encoded.u32le(at);
  }
}
