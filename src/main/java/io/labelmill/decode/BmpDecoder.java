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

  /** The picture of a run-length packed file, and how many of its pixels are drawn. */
  private byte[] runs;

  private int filled;

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
      throw canvas.notRead("its header is " + headerSize + " bytes long");
    }
    canvas.declare(width, height);
    if (data == 14 + headerSize && bits <= 8) {
      // Where the colours lie, which a few files say instead of where the pixels do.
      data += (long) entryBytes * (colours == 0 ? 1 << bits : colours);
    }
    if (bits <= 8) {
      readPalette(14 + headerSize, colours == 0 ? 1 << Math.max(bits, 0) : colours, entryBytes);
    }
    switch (compression) {
      case RAW -> readRaw(plainLayout());
      case BIT_FIELDS -> readRaw(layout(headerSize));
      case RLE8, RLE4 -> readRuns(compression);
      default -> throw canvas.notRead("its compression is " + compression);
    }
    file = null;
    runs = null;
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
    BGXR,
    RGBX
  }

  private PixelLayout plainLayout() throws ImageException {
    return switch (bits) {
      case 1, 4, 8 -> PixelLayout.INDEX;
      case 16 -> PixelLayout.BGR15;
      case 24 -> PixelLayout.BGR;
      case 32 -> PixelLayout.BGRX;
      default -> throw canvas.notRead("it has " + bits + " bits a pixel");
    };
  }

  private PixelLayout layout(long headerSize) throws BrokenImage, ImageException {
    long red = file.u32le(54);
    long green = file.u32le(58);
    long blue = file.u32le(62);
    long alpha = headerSize >= 56 ? file.u32le(66) : 0;
    PixelLayout found = null;
    if (bits == 32) {
      found = layout32(red, green, blue, alpha);
    } else if (bits == 24 && red == 0xFF0000 && green == 0xFF00 && blue == 0xFF) {
      found = PixelLayout.BGR;
    } else if (bits == 16 && red == 0xF800 && green == 0x7E0 && blue == 0x1F) {
      found = PixelLayout.BGR16;
    } else if (bits == 16 && red == 0x7C00 && green == 0x3E0 && blue == 0x1F) {
      found = PixelLayout.BGR15;
    }
    if (found == null) {
      throw canvas.notRead(
          String.format(
              "it has %d bits a pixel with the masks %x, %x, %x, %x",
              bits, red, green, blue, alpha));
    }
    return found;
  }

  /** Those that Pillow knows; null for others. */
  private static PixelLayout layout32(long red, long green, long blue, long alpha) {
    if (red == 0xFF0000 && green == 0xFF00 && blue == 0xFF) {
      return alpha == 0 || alpha == 0xFF000000L ? PixelLayout.BGRX : null;
    } else if (red == 0xFF000000L && green == 0xFF0000 && blue == 0xFF00) {
      return alpha == 0 || alpha == 0xFF ? PixelLayout.XBGR : null;
    } else if (red == 0xFF000000L && green == 0xFF00 && blue == 0xFF) {
      return alpha == 0 || alpha == 0xFF0000 ? PixelLayout.BGXR : null;
    } else if (red == 0xFF && green == 0xFF00 && blue == 0xFF0000) {
      return alpha == 0xFF000000L ? PixelLayout.RGBX : null;
    }
    return red == 0 && green == 0 && blue == 0 && alpha == 0 ? PixelLayout.BGRX : null;
  }

  private void readRaw(PixelLayout layout) throws BrokenImage, ImageException {
    int width = canvas.width();
    int height = canvas.height();
    long stride = ((long) width * bits + 31) / 32 * 4;
    // The last row's padding may be missing.
    long needed = data + stride * (height - 1) + ((long) width * bits + 7) / 8;
    if (needed > file.length) {
      throw new BrokenImage(
          "it ends after %s bytes, and %sx%s pixels end at byte %s"
              .formatted(file.length, width, height, needed));
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
        case BGXR -> {
          rgb[to] = bytes[from + 4 * x + 3];
          rgb[to + 1] = bytes[from + 4 * x + 1];
          rgb[to + 2] = bytes[from + 4 * x];
        }
        case RGBX -> copy(rgb, to, from + 4 * x, 1);
      }
    }
  }

  private void copy(byte[] rgb, int to, int red, int step) {
    rgb[to] = file.bytes[red];
    rgb[to + 1] = file.bytes[red + step];
    rgb[to + 2] = file.bytes[red + 2 * step];
  }

  /**
   * Runs of one or (4 bits) two alternating indices, literal stretches, line ends and jumps, as
   * Pillow takes them: a run ends with its line, a stretch goes on in the next.
   */
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
          "its %s bytes cannot hold the declared %sx%s pixels"
              .formatted(file.length, width, height));
    }
    runs = canvas.allocate();
    filled = 0;
    long at = data;
    int x = 0;
    while (filled < width * height) {
      int count = file.u8(at++);
      int value = file.u8(at++);
      if (count > 0) {
        int fitting = Math.max(0, Math.min(count, width - x));
        for (int i = 0; i < fitting; i++) {
          draw(!nibbles ? value : (i % 2 == 0 ? value >> 4 : value & 15));
        }
        x += fitting;
      } else if (value == 0) {
        canvas.deadline().check();
        jump((width - filled % width) % width);
        x = 0;
      } else if (value == 1) {
        throw canvas.notRead("its runs leave out all but " + filled + " pixels");
      } else if (value == 2) {
        jump(file.u8(at) + file.u8(at + 1) * width);
        at += 2;
        x = filled % width;
      } else {
        int stretch = Math.min(value, width * height - filled);
        for (int i = 0; i < stretch; i++) {
          int packed = file.u8(at + (nibbles ? i / 2 : i));
          draw(!nibbles ? packed : (i % 2 == 0 ? packed >> 4 : packed & 15));
        }
        at += nibbles ? (stretch + 1) / 2 : stretch;
        at += at % 2;
        x += value;
      }
    }
  }

  /** Draws the next pixel, counted along lines. */
  private void draw(int index) throws BrokenImage {
    int width = canvas.width();
    palette.draw(index, runs, (row(filled / width) * width + filled % width) * 3);
    filled++;
  }

  private void jump(int pixels) throws BrokenImage {
    int end = Math.min(filled + pixels, canvas.width() * canvas.height());
    while (filled < end) {
      draw(0);
    }
  }
}
