package io.labelmill.decode;

import io.labelmill.error.ImageException;
import java.util.Set;

/**
 * BMP: 1, 4, 8, 16, 24 and 32 bits, plain, with the usual bit masks, and run-length packed; rows
 * from the bottom or from the top. Samples of 5 and 6 bits are widened as in Pillow.
 */
final class BmpDecoder implements FormatDecoder {
  private static final Set<Long> KNOWN_HEADERS = Set.of(40L, 52L, 56L, 64L, 108L, 124L);

  private static final int RAW = 0;
  private static final int RLE8 = 1;
  private static final int RLE4 = 2;
  private static final int BIT_FIELDS = 3;

  private final Palette palette = new Palette();

  private Encoded file;
  private Canvas canvas;
  private int bits;
  private boolean fromTop;
  private long data;

  @Override
  public void decode(Encoded encoded, Canvas target) throws BrokenImage, ImageException {
    file = encoded;
    canvas = target;
    palette.clear();
    data = file.u32le(10);
    long headerSize = file.u32le(14);
    int compression = RAW;
    int colours = 0;
    long width;
    long height;
    int entryBytes;
    if (headerSize == 12) {
      width = file.u16le(18);
      height = file.u16le(20);
      bits = file.u16le(24);
      entryBytes = 3;
      fromTop = false;
    } else if (KNOWN_HEADERS.contains(headerSize)) {
      width = file.u32le(18);
      fromTop = file.i32le(22) < 0;
      height = Math.abs((long) file.i32le(22));
      bits = file.u16le(28);
      compression = (int) Math.min(file.u32le(30), Integer.MAX_VALUE);
      colours = (int) Math.min(file.u32le(46), 65_536);
      entryBytes = 4;
    } else {
      throw new BrokenImage("its header says that it is " + headerSize + " bytes long");
    }
    canvas.declare(width, height);
    if (bits <= 8) {
      readPalette(14 + headerSize, colours == 0 ? 1 << Math.max(bits, 0) : colours, entryBytes);
    }
    switch (compression) {
      case RAW -> readRaw(PixelLayout.plain(bits));
      case BIT_FIELDS -> readRaw(layout());
      case RLE8, RLE4 -> readRuns(compression);
      default -> throw new BrokenImage("compression " + compression + " is unknown");
    }
    file = null;
  }

  private void readPalette(long at, int colours, int entryBytes) throws BrokenImage {
    // Some files say that their table is longer than indices are.
    for (int i = 0; i < Math.min(colours, 256); i++) {
      long entry = at + (long) i * entryBytes;
      palette.set(i, file.u8(entry + 2), file.u8(entry + 1), file.u8(entry));
    }
  }

  /** Where the samples of a pixel of 16, 24 or 32 bits lie. */
  private enum PixelLayout {
    INDEX,
    BGR15,
    BGR16,
    BGR,
    BGRX,
    XBGR,
    RGBX;

    static PixelLayout plain(int bits) throws BrokenImage {
      return switch (bits) {
        case 1, 4, 8 -> INDEX;
        case 16 -> BGR15;
        case 24 -> BGR;
        case 32 -> BGRX;
        default -> throw new BrokenImage(bits + " bits a pixel are unknown");
      };
    }
  }

  private PixelLayout layout() throws BrokenImage {
    long red = file.u32le(54);
    long green = file.u32le(58);
    long blue = file.u32le(62);
    PixelLayout found = null;
    if (bits == 32 && red == 0xFF0000 && green == 0xFF00 && blue == 0xFF) {
      found = PixelLayout.BGRX;
    } else if (bits == 32 && red == 0xFF000000L && green == 0xFF0000 && blue == 0xFF00) {
      found = PixelLayout.XBGR;
    } else if (bits == 32 && red == 0xFF && green == 0xFF00 && blue == 0xFF0000) {
      found = PixelLayout.RGBX;
    } else if (bits == 32 && red == 0 && green == 0 && blue == 0) {
      found = PixelLayout.BGRX;
    } else if (bits == 24 && red == 0xFF0000 && green == 0xFF00 && blue == 0xFF) {
      found = PixelLayout.BGR;
    } else if (bits == 16 && red == 0xF800 && green == 0x7E0 && blue == 0x1F) {
      found = PixelLayout.BGR16;
    } else if (bits == 16 && red == 0x7C00 && green == 0x3E0 && blue == 0x1F) {
      found = PixelLayout.BGR15;
    }
    if (found == null) {
      throw new BrokenImage(
          String.format("bit masks %x, %x, %x of %d bits are unknown", red, green, blue, bits));
    }
    return found;
  }

  private void readRaw(PixelLayout layout) throws BrokenImage, ImageException {
    int width = canvas.width();
    int height = canvas.height();
    long stride = ((long) width * bits + 31) / 32 * 4;
    // The last row's padding may be missing.
    long needed = data + stride * (height - 1) + ((long) width * bits + 7) / 8;
    if (needed > file.length) {
      throw new BrokenImage(
          "it ends after "
              + file.length
              + " bytes, and "
              + width
              + "x"
              + height
              + " pixels end at byte "
              + needed);
    }
    byte[] rgb = canvas.allocate();
    for (int y = 0; y < height; y++) {
      canvas.deadline().check();
      int from = (int) (data + y * stride);
      readRow(layout, from, rgb, row(y) * width * 3);
    }
  }

  private int row(int y) {
    return fromTop ? y : canvas.height() - 1 - y;
  }

  private void readRow(PixelLayout layout, int from, byte[] rgb, int start) throws BrokenImage {
    byte[] bytes = file.bytes;
    int to = start;
    for (int x = 0; x < canvas.width(); x++, to += 3) {
      switch (layout) {
        case INDEX -> {
          int bit = x * bits;
          int sample = (bytes[from + (bit >> 3)] >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
          palette.draw(sample, rgb, to);
        }
        case BGR15 -> {
          int pixel = (bytes[from + 2 * x] & 0xFF) | (bytes[from + 2 * x + 1] & 0xFF) << 8;
          rgb[to] = (byte) (((pixel >> 10) & 31) * 255 / 31);
          rgb[to + 1] = (byte) (((pixel >> 5) & 31) * 255 / 31);
          rgb[to + 2] = (byte) ((pixel & 31) * 255 / 31);
        }
        case BGR16 -> {
          int pixel = (bytes[from + 2 * x] & 0xFF) | (bytes[from + 2 * x + 1] & 0xFF) << 8;
          rgb[to] = (byte) (((pixel >> 11) & 31) * 255 / 31);
          rgb[to + 1] = (byte) (((pixel >> 5) & 63) * 255 / 63);
          rgb[to + 2] = (byte) ((pixel & 31) * 255 / 31);
        }
        case BGR -> copy(rgb, to, from + 3 * x + 2, -1);
        case BGRX -> copy(rgb, to, from + 4 * x + 2, -1);
        case XBGR -> copy(rgb, to, from + 4 * x + 3, -1);
        case RGBX -> copy(rgb, to, from + 4 * x, 1);
      }
    }
  }

  private void copy(byte[] rgb, int to, int red, int step) {
    rgb[to] = file.bytes[red];
    rgb[to + 1] = file.bytes[red + step];
    rgb[to + 2] = file.bytes[red + 2 * step];
  }

  /** Runs of one or (4 bits) two alternating indices, literal stretches, line ends and jumps. */
  private void readRuns(int compression) throws BrokenImage, ImageException {
    boolean nibbles = compression == RLE4;
    if (bits != (nibbles ? 4 : 8)) {
      throw new BrokenImage("compression " + compression + " does not go with " + bits + " bits");
    }
    int width = canvas.width();
    int height = canvas.height();
    // Two bytes make at most 255 pixels; jumps leave more, and such a file is not worth a buffer.
    if ((long) width * height > 255L * Math.max(file.length - data, 0)) {
      throw new BrokenImage(
          "its "
              + file.length
              + " bytes cannot hold the declared "
              + width
              + "x"
              + height
              + " pixels");
    }
    byte[] rgb = canvas.allocate();
    for (int i = 0; i < width * height * 3; i += 3) {
      palette.draw(0, rgb, i);
    }
    long at = data;
    int x = 0;
    int y = 0;
    while (y < height) {
      int count = file.u8(at++);
      int value = file.u8(at++);
      if (count > 0) {
        for (int i = 0; i < count && x < width; i++, x++) {
          int index = !nibbles ? value : (i % 2 == 0 ? value >> 4 : value & 15);
          palette.draw(index, rgb, (row(y) * width + x) * 3);
        }
      } else if (value == 0) {
        canvas.deadline().check();
        x = 0;
        y++;
      } else if (value == 1) {
        return;
      } else if (value == 2) {
        x = Math.min(x + file.u8(at++), width);
        y += file.u8(at++);
      } else {
        for (int i = 0; i < value; i++) {
          int packed = file.u8(at + (nibbles ? i / 2 : i));
          int index = !nibbles ? packed : (i % 2 == 0 ? packed >> 4 : packed & 15);
          if (x < width) {
            palette.draw(index, rgb, (row(y) * width + x) * 3);
            x++;
          }
        }
        int stored = nibbles ? (value + 1) / 2 : value;
        at += stored + stored % 2;
      }
    }
  }
}
