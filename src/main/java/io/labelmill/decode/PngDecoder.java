package io.labelmill.decode;

import io.labelmill.error.ImageException;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * PNG, all colour types and depths, interlaced too; of an animation the default picture.
 *
 * <p>Read here and not by ImageIO, whose reader unpacks text, profiles and other chunks that are
 * not needed and that a hostile file can make large. Samples become RGB as in Pillow: 16-bit gray
 * is clipped at 255, of other 16-bit samples the high byte counts; alpha, {@code tRNS}, {@code
 * gAMA} and profiles change nothing.
 *
 * <p>As in Pillow a wrong checksum fails a chunk before the picture's data and is not looked at in
 * or behind it, and a missing {@code IEND} is no error. Unlike Pillow, data that ends before the
 * last row is always an error, even where the compressed stream is whole.
 */
final class PngDecoder implements FormatDecoder {
  private static final int[][] ADAM7 = {
    // x start, y start, x step, y step
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };
  private static final int[][] WHOLE = {{0, 0, 1, 1}};

  /** Deflate packs no more than this many bytes into one. */
  static final long MAX_DEFLATE_RATIO = 1032;

  private static final int GRAY = 0;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int GRAY_ALPHA = 4;
  private static final int RGBA = 6;

  private final Inflater inflater = new Inflater();
  private final PngMetadata metadata = new PngMetadata();
  private final Palette palette = new Palette();
  private byte[] row = new byte[0];
  private byte[] above = new byte[0];

  private Encoded file;
  private Canvas canvas;
  private int depth;
  private int colourType;
  private boolean interlaced;
  private boolean animated;
  private int dataChunk;

  @Override
  public void decode(Encoded encoded, Canvas target) throws BrokenImage, ImageException {
    file = encoded;
    canvas = target;
    dataChunk = -1;
    animated = false;
    palette.clear();
    metadata.clear();
    header();
    long packed = chunksBeforeData();
    int[][] passes = interlaced ? ADAM7 : WHOLE;
    long unpacked = 0;
    for (int[] pass : passes) {
      unpacked += passRows(pass) * (1 + rowBytes(passColumns(pass)));
    }
    if (unpacked > packed * MAX_DEFLATE_RATIO) {
      throw new BrokenImage(
          "its %s bytes of packed data cannot hold the declared %sx%s pixels"
              .formatted(packed, canvas.width(), canvas.height()));
    }
    chunksBehindData();
    metadata.tell(canvas.tags);
    byte[] rgb = canvas.allocate();
    inflater.reset();
    for (int[] pass : passes) {
      readPass(pass, rgb);
    }
    file = null;
  }

  private void header() throws BrokenImage, ImageException {
    if (file.u32be(8) < 13 || !file.has(12, "IHDR")) {
      throw new BrokenImage("its first chunk is '" + file.ascii(12, 4) + "', not IHDR");
    }
    checkSum(8, (int) Math.min(file.u32be(8), file.length));
    depth = file.u8(24);
    colourType = file.u8(25);
    boolean known =
        switch (colourType) {
          case GRAY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
          case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
          case RGB, GRAY_ALPHA, RGBA -> depth == 8 || depth == 16;
          default -> false;
        };
    if (!known) {
      throw new BrokenImage("colour type " + colourType + " with " + depth + " bits is unknown");
    }
    if (file.u8(26) != 0 || file.u8(27) != 0) {
      throw new BrokenImage(
          "compression " + file.u8(26) + " with filter method " + file.u8(27) + " is unknown");
    }
    interlaced = file.u8(28) != 0;
    canvas.declare(file.u32be(16), file.u32be(20));
  }

  /** Leaves {@link #dataChunk} at the first IDAT; returns how many bytes its run of IDATs holds. */
  private long chunksBeforeData() throws BrokenImage, ImageException {
    long at = 8 + 12 + file.u32be(8);
    while (true) {
      canvas.deadline().check();
      long size = file.u32be(at);
      if (file.has(at + 4, "IDAT")) {
        dataChunk = (int) at;
        break;
      }
      if (file.has(at + 4, "IEND")) {
        throw new BrokenImage("it has no picture data (IDAT)");
      }
      chunkName(at);
      file.require(at + 8, size + 4);
      checkSum((int) at, (int) size);
      if (file.has(at + 4, "PLTE")) {
        if (size % 3 != 0 || size > 768) {
          throw new BrokenImage("its palette is " + size + " bytes long");
        }
        for (int i = 0; i < size / 3; i++) {
          long colour = at + 8 + 3L * i;
          palette.set(i, file.u8(colour), file.u8(colour + 1), file.u8(colour + 2));
        }
      }
      if (file.has(at + 4, "acTL")) {
        animated = true;
      }
      metadata.chunk(file, at, size, canvas.deadline());
      at += 12 + size;
    }
    if (colourType == PALETTE && palette.colours() == 0) {
      throw new BrokenImage("its pixels are palette indices, and it has no palette (PLTE)");
    }
    long packed = 0;
    for (at = dataChunk; at + 8 <= file.length && file.has(at + 4, "IDAT"); ) {
      packed += Math.min(file.u32be(at), file.length - at - 8);
      at += 12 + file.u32be(at);
    }
    return packed;
  }

  private void chunkName(long at) throws BrokenImage {
    for (int i = 4; i < 8; i++) {
      int letter = file.u8(at + i);
      if (!Character.isLetterOrDigit(letter) && letter != '_') {
        throw new BrokenImage(
            "there is no chunk at byte " + at + " but '" + file.ascii((int) at + 4, 4) + "'");
      }
    }
  }

  private void checkSum(int at, int size) throws BrokenImage {
    file.require(at, size + 12L);
    CRC32 crc = new CRC32();
    crc.update(file.bytes, at + 4, size + 4);
    if (crc.getValue() != file.u32be(at + 8 + size)) {
      throw new BrokenImage("the checksum of its chunk " + file.ascii(at + 4, 4) + " is wrong");
    }
  }

  /** Up to the next frame of an animation. */
  private void chunksBehindData() throws ImageException {
    try {
      long at = dataChunk;
      while (!file.has(at + 4, "IEND") && !(animated && file.has(at + 4, "fcTL"))) {
        long size = file.u32be(at);
        metadata.chunk(file, at, size, canvas.deadline());
        at += 12 + size;
      }
    } catch (BrokenImage e) {
      // The picture is whole: what is behind it may be missing, as in Pillow.
      return;
    }
  }

  private long passColumns(int[] pass) {
    return Math.max(0, (canvas.width() - pass[0] + pass[2] - 1L) / pass[2]);
  }

  private long passRows(int[] pass) {
    return passColumns(pass) == 0
        ? 0
        : Math.max(0, (canvas.height() - pass[1] + pass[3] - 1L) / pass[3]);
  }

  private long rowBytes(long columns) {
    return (columns * bitsPerPixel() + 7) / 8;
  }

  private int bitsPerPixel() {
    return depth
        * switch (colourType) {
          case RGB -> 3;
          case GRAY_ALPHA -> 2;
          case RGBA -> 4;
          default -> 1;
        };
  }

  private void readPass(int[] pass, byte[] rgb) throws BrokenImage, ImageException {
    int columns = (int) passColumns(pass);
    int rows = (int) passRows(pass);
    if (rows == 0) {
      return;
    }
    int bytes = (int) rowBytes(columns);
    if (row.length < bytes + 1) {
      row = new byte[bytes + 1];
      above = new byte[bytes + 1];
    }
    Arrays.fill(above, 0, bytes + 1, (byte) 0);
    int pixelBytes = Math.max(1, bitsPerPixel() / 8);
    for (int i = 0; i < rows; i++) {
      canvas.deadline().check();
      inflate(bytes + 1);
      unfilter(bytes, pixelBytes);
      int y = pass[1] + i * pass[3];
      writeRow(columns, rgb, (y * canvas.width() + pass[0]) * 3, pass[2] * 3);
      byte[] swap = above;
      above = row;
      row = swap;
    }
  }

  private void inflate(int wanted) throws BrokenImage {
    int got = 0;
    try {
      while (got < wanted) {
        int count = inflater.inflate(row, got, wanted - got);
        got += count;
        if (count == 0) {
          if (inflater.finished() || inflater.needsDictionary()) {
            throw new BrokenImage("its packed data ends before the last row");
          }
          nextData();
        }
      }
    } catch (DataFormatException e) {
      throw new BrokenImage("its packed data is damaged (" + e.getMessage() + ")", e);
    }
  }

  private void nextData() throws BrokenImage {
    if (dataChunk < 0 || dataChunk + 8 > file.length || !file.has(dataChunk + 4, "IDAT")) {
      throw new BrokenImage("its packed data ends before the last row");
    }
    long size = file.u32be(dataChunk);
    int start = dataChunk + 8;
    inflater.setInput(file.bytes, start, (int) Math.min(size, file.length - start));
    long next = start + size + 4;
    dataChunk = next > file.length ? -1 : (int) next;
  }

  private void unfilter(int bytes, int step) throws BrokenImage {
    byte[] now = row;
    byte[] up = above;
    switch (now[0]) {
      case 0 -> {
        // As it is.
      }
      case 1 -> {
        for (int i = step + 1; i <= bytes; i++) {
          now[i] += now[i - step];
        }
      }
      case 2 -> {
        for (int i = 1; i <= bytes; i++) {
          now[i] += up[i];
        }
      }
      case 3 -> {
        for (int i = 1; i <= bytes; i++) {
          int left = i > step ? now[i - step] & 0xFF : 0;
          now[i] += (byte) ((left + (up[i] & 0xFF)) >> 1);
        }
      }
      case 4 -> {
        for (int i = 1; i <= bytes; i++) {
          int left = i > step ? now[i - step] & 0xFF : 0;
          int corner = i > step ? up[i - step] & 0xFF : 0;
          now[i] += (byte) paeth(left, up[i] & 0xFF, corner);
        }
      }
      default -> throw new BrokenImage("row filter " + (now[0] & 0xFF) + " is unknown");
    }
  }

  private static int paeth(int left, int up, int corner) {
    int toLeft = Math.abs(up - corner);
    int toUp = Math.abs(left - corner);
    int toCorner = Math.abs(left + up - 2 * corner);
    if (toLeft <= toUp && toLeft <= toCorner) {
      return left;
    }
    return toUp <= toCorner ? up : corner;
  }

  private void writeRow(int columns, byte[] rgb, int start, int step) throws BrokenImage {
    int to = start;
    int sampleBytes = depth / 8;
    switch (colourType) {
      case RGB, RGBA -> {
        int pixel = bitsPerPixel() / 8;
        if (pixel == 3 && step == 3) {
          System.arraycopy(row, 1, rgb, to, columns * 3);
          return;
        }
        for (int x = 0, from = 1; x < columns; x++, from += pixel, to += step) {
          rgb[to] = row[from];
          rgb[to + 1] = row[from + sampleBytes];
          rgb[to + 2] = row[from + 2 * sampleBytes];
        }
      }
      case GRAY_ALPHA -> {
        for (int x = 0; x < columns; x++, to += step) {
          gray(rgb, to, row[1 + x * 2 * sampleBytes]);
        }
      }
      case PALETTE -> {
        for (int x = 0; x < columns; x++, to += step) {
          palette.draw(sample(x), rgb, to);
        }
      }
      default -> {
        for (int x = 0; x < columns; x++, to += step) {
          gray(rgb, to, (byte) grayLevel(x));
        }
      }
    }
  }

  private int grayLevel(int x) {
    return switch (depth) {
      case 1 -> sample(x) * 255;
      case 2 -> sample(x) * 85;
      case 4 -> sample(x) * 17;
      case 8 -> sample(x);
      // 16 bits, clipped: everything above 255 is white.
      default -> row[1 + 2 * x] != 0 ? 255 : row[2 + 2 * x] & 0xFF;
    };
  }

  private int sample(int x) {
    int bit = x * depth;
    return ((row[1 + (bit >> 3)] & 0xFF) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  }

  private static void gray(byte[] rgb, int at, byte level) {
    rgb[at] = level;
    rgb[at + 1] = level;
    rgb[at + 2] = level;
  }
}
