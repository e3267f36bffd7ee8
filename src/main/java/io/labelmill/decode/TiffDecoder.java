package io.labelmill.decode;

import io.labelmill.decode.TiffLayout.Samples;
import io.labelmill.error.ImageException;
import java.util.Arrays;

/**
 * The first page of a TIFF file, in strips or tiles, chunky or planar.
 *
 * <p>Samples become RGB as in Pillow: gray of more than 8 bits, signed and floating point too, is
 * clipped to 0 and 255, of other samples of 16 bits the high byte counts, CMYK goes by the plain
 * formula, of colour maps the high byte counts, alpha is dropped after colours that were multiplied
 * by it are divided again.
 *
 * <p>A few are read right where Pillow mixes bytes up: planes of 16 bits that are not packed, and
 * packed gray of signed and floating-point numbers in big-endian files.
 */
final class TiffDecoder implements FormatDecoder {
  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int COMPRESSION = 259;
  private static final int FILL_ORDER = 266;
  private static final int STRIP_OFFSETS = 273;
  private static final int ROWS_PER_STRIP = 278;
  private static final int STRIP_BYTES = 279;
  private static final int PREDICTOR = 317;
  private static final int COLOUR_MAP = 320;
  private static final int TILE_WIDTH = 322;
  private static final int TILE_HEIGHT = 323;
  private static final int TILE_OFFSETS = 324;
  private static final int TILE_BYTES = 325;
  private static final int JPEG_TABLES = 347;
  private static final int XMP = 700;

  private static final int JPEG = 7;
  private static final int NO_PREDICTOR = 1;

  private final Palette palette = new Palette();
  private final TiffUnpacker unpacker = new TiffUnpacker();
  private final KeptBuffer kept = new KeptBuffer();
  private byte[] block;

  private TiffDirectory directory;
  private Canvas canvas;
  private TiffLayout layout;
  private TiffSamples values;

  @Override
  public void decode(Encoded file, Canvas target) throws BrokenImage, ImageException {
    canvas = target;
    directory = new TiffDirectory(file);
    canvas.declare(directory.value(WIDTH), directory.value(HEIGHT));
    layout = TiffLayout.of(directory, canvas);
    readPalette();
    canvas.tags.exif(file.bytes, 0, file.length);
    readXmp();
    int compression = (int) directory.value(COMPRESSION, 1);
    Blocks blocks = blocks(file);
    int rowBytes = Math.toIntExact(layout.rowBytes(blocks.width));
    unpacker.open(file, compression, canvas, blocks.packedBytes());
    unpacker.reversed(directory.value(FILL_ORDER, 1) == 2);
    if (!unpacker.canHold(rowBytes * blocks.rows(canvas.height()))) {
      throw new BrokenImage(
          "its %s bytes of packed data cannot hold the declared %sx%s pixels"
              .formatted(blocks.packedBytes(), canvas.width(), canvas.height()));
    }
    if (compression == JPEG) {
      decodeJpegBlocks(file, blocks);
      return;
    }
    if (layout.samples() == Samples.YCBCR && layout.samplesPerPixel() == 3) {
      throw canvas.notRead("its colours are YCbCr without JPEG compression");
    }
    decodeBlocks(blocks, rowBytes);
  }

  @Override
  public void rest() {
    block = null;
    values = null;
    directory = null;
    kept.rest();
  }

  /**
   * Strips or tiles, row by row, and where samples lie in planes plane by plane.
   *
   * @param width of a block in pixels
   * @param height likewise; the last strip may be shorter, tiles are always whole
   * @param across how many lie beside each other
   */
  // A view, never compared.
  @SuppressWarnings("ArrayRecordComponent")
  private record Blocks(
      boolean tiled,
      int width,
      int height,
      int across,
      int down,
      int planes,
      long[] offsets,
      long[] lengths) {
    int count() {
      return Math.toIntExact((long) across * down * planes);
    }

    long packedBytes() {
      return Arrays.stream(lengths, 0, count()).sum();
    }

    long longestBytes() {
      return Arrays.stream(lengths, 0, count()).max().orElse(0);
    }

    /** Of all of them together. */
    long rows(int pictureHeight) {
      return tiled ? (long) count() * height : (long) planes * pictureHeight;
    }
  }

  private Blocks blocks(Encoded file) throws BrokenImage {
    boolean tiled = directory.has(TILE_OFFSETS);
    int width = tiled ? side(TILE_WIDTH) : canvas.width();
    int height = tiled ? side(TILE_HEIGHT) : rowsPerStrip();
    long[] offsets = directory.values(tiled ? TILE_OFFSETS : STRIP_OFFSETS);
    long[] lengths = directory.values(tiled ? TILE_BYTES : STRIP_BYTES);
    int across = (canvas.width() + width - 1) / width;
    int down = (canvas.height() + height - 1) / height;
    int planes = layout.planar() ? layout.samplesPerPixel() : 1;
    if (lengths.length == 0 && offsets.length == 1) {
      lengths = new long[] {file.length - offsets[0]};
    }
    long count = (long) across * down * planes;
    if (offsets.length < count || lengths.length < count) {
      throw new BrokenImage(
          "it has " + Math.min(offsets.length, lengths.length) + " strips or tiles of " + count);
    }
    for (int i = 0; i < count; i++) {
      file.require(offsets[i], lengths[i]);
    }
    return new Blocks(tiled, width, height, across, down, planes, offsets, lengths);
  }

  private void decodeBlocks(Blocks blocks, int rowBytes) throws BrokenImage, ImageException {
    int predictor = predictor();
    long longest = (long) rowBytes * blocks.height;
    canvas.admit(longest + unpacker.bytes(blocks.longestBytes(), rowBytes, blocks.height));
    block = kept.take(Math.toIntExact(longest));
    values = new TiffSamples(layout, block);
    byte[] rgb = blocks.planes == 1 ? canvas.allocate() : canvas.allocateBlack();
    for (int i = 0; i < blocks.count(); i++) {
      canvas.deadline().check();
      int place = i % (blocks.across * blocks.down);
      int left = place % blocks.across * blocks.width;
      int top = place / blocks.across * blocks.height;
      int rows = blocks.tiled ? blocks.height : Math.min(blocks.height, canvas.height() - top);
      unpacker.unpack(
          blocks.offsets[i], blocks.lengths[i], block, rowBytes, rows, blocks.width, directory);
      if (predictor != NO_PREDICTOR) {
        values.unpredict(predictor, rowBytes, rows);
      }
      int columns = Math.min(blocks.width, canvas.width() - left);
      for (int y = 0; y < Math.min(rows, canvas.height() - top); y++) {
        int to = ((top + y) * canvas.width() + left) * 3;
        if (layout.planar()) {
          writePlane(i / (blocks.across * blocks.down), y * rowBytes, columns, rgb, to);
        } else {
          writeRow(y * rowBytes, columns, rgb, to);
        }
      }
    }
  }

  private void readXmp() {
    try {
      byte[] xmp = directory.bytes(XMP);
      canvas.tags.xmp(xmp, 0, xmp.length);
    } catch (BrokenImage e) {
      // It lies outside of the file; the samples may be whole.
      return;
    }
  }

  private void readPalette() throws BrokenImage {
    palette.clear();
    if (layout.samples() == Samples.PALETTE) {
      long[] map = directory.values(COLOUR_MAP);
      int colours = Math.min(map.length / 3, 256);
      if (colours == 0) {
        throw new BrokenImage("its pixels are palette indices, and it has no colour map");
      }
      for (int i = 0; i < colours; i++) {
        int third = map.length / 3;
        palette.set(
            i, (int) (map[i] >> 8), (int) (map[third + i] >> 8), (int) (map[2 * third + i] >> 8));
      }
    }
  }

  private int predictor() throws BrokenImage, ImageException {
    int predictor = (int) directory.value(PREDICTOR, NO_PREDICTOR);
    if (predictor == NO_PREDICTOR || !unpacker.takesPredictor()) {
      return NO_PREDICTOR;
    }
    int bits = layout.bits();
    if (!TiffSamples.isPredictor(predictor, layout)) {
      throw canvas.notRead(
          "its predictor " + predictor + " goes with samples of " + bits + " bits");
    }
    return predictor;
  }

  private int side(int tag) throws BrokenImage {
    long side = directory.value(tag);
    if (side < 1 || side > Canvas.MAX_SIDE) {
      throw new BrokenImage("its tiles are " + side + " pixels long");
    }
    return (int) side;
  }

  private int rowsPerStrip() throws BrokenImage {
    long rows = directory.value(ROWS_PER_STRIP, canvas.height());
    if (rows < 1) {
      throw new BrokenImage("its strips have " + rows + " rows");
    }
    return (int) Math.min(rows, canvas.height());
  }

  /** Each block is a JPEG file, of which the tables may be stored once for all. */
  private void decodeJpegBlocks(Encoded file, Blocks blocks) throws BrokenImage, ImageException {
    if (layout.planar() || layout.bits() != 8 || layout.samples() == Samples.PALETTE) {
      throw canvas.notRead("it has JPEG compression in planes, or of what is no picture by itself");
    }
    byte[] tables = directory.bytes(JPEG_TABLES);
    int tablesLength = tables.length >= 4 ? tables.length - 2 : 0;
    JpegDecoder jpeg = new JpegDecoder(jpegColours());
    long pixels = (long) blocks.width * blocks.height;
    // A part's own picture, and its file, which its reader copies.
    canvas.admit(
        (layout.samplesPerPixel() == 4 ? 4 : 3) * pixels
            + 2 * (tablesLength + blocks.longestBytes()));
    byte[] rgb = canvas.allocateBlack();
    Canvas part = Canvas.ofPart(pixels);
    for (int i = 0; i < blocks.count(); i++) {
      int length = (int) blocks.lengths[i];
      if (length < 4) {
        throw new BrokenImage("strip or tile " + i + " is empty");
      }
      byte[] stream = new byte[tablesLength + length];
      System.arraycopy(tables, 0, stream, 0, tablesLength);
      System.arraycopy(file.bytes, (int) blocks.offsets[i], stream, tablesLength, length);
      // Two files in one: the second's start marker is no error to the first's reader.
      part.begin(ImageFormat.TIFF, canvas.deadline(), null);
      jpeg.decode(new Encoded(stream, stream.length), part);
      int left = i % blocks.across * blocks.width;
      int top = i / blocks.across * blocks.height;
      int columns = Math.min(blocks.width, canvas.width() - left);
      int rows = Math.min(blocks.height, canvas.height() - top);
      if (part.width() < columns || part.height() < rows) {
        throw new BrokenImage(
            "strip or tile " + i + " holds " + part.width() + "x" + part.height() + " pixels");
      }
      if (jpeg.components() != layout.samplesPerPixel()) {
        throw new BrokenImage(
            "strip or tile %s holds %s samples a pixel, not %s"
                .formatted(i, jpeg.components(), layout.samplesPerPixel()));
      }
      for (int y = 0; y < rows; y++) {
        System.arraycopy(
            part.rgb(),
            y * part.width() * 3,
            rgb,
            ((top + y) * canvas.width() + left) * 3,
            columns * 3);
      }
    }
    if (layout.samples() == Samples.WHITE_IS_ZERO) {
      for (int i = 0; i < canvas.width() * canvas.height() * 3; i++) {
        rgb[i] = (byte) ~rgb[i];
      }
    }
  }

  private JpegDecoder.Colours jpegColours() throws ImageException {
    int more = layout.samplesPerPixel() - layout.samples().colours();
    return switch (layout.samples()) {
      case YCBCR -> JpegDecoder.Colours.YCBCR;
      case RGB -> {
        if (more > 1 || layout.premultiplied()) {
          throw canvas.notRead("it has JPEG compression of colours with several other samples");
        }
        yield more == 0 ? JpegDecoder.Colours.RGB : JpegDecoder.Colours.RGB_AND_ANOTHER;
      }
      case CMYK -> JpegDecoder.Colours.CMYK;
      default -> JpegDecoder.Colours.MARKED;
    };
  }

  /** Planes come one after the other: the fourth finds the first three in the picture. */
  private void writePlane(int plane, int from, int columns, byte[] rgb, int start) {
    int sample = layout.bits() / 8;
    for (int x = 0, to = start; x < columns; x++, to += 3) {
      byte value = values.high(from + x * sample);
      if (layout.samples().isGray()) {
        if (plane == 0) {
          rgb[to] = value;
          rgb[to + 1] = value;
          rgb[to + 2] = value;
        }
      } else if (plane < 3) {
        rgb[to + plane] = value;
      } else if (plane == 3 && layout.samples() == Samples.CMYK) {
        Cmyk.toRgb(rgb[to] & 0xFF, rgb[to + 1] & 0xFF, rgb[to + 2] & 0xFF, value & 0xFF, rgb, to);
      } else if (plane == 3 && layout.premultiplied()) {
        divide(rgb, to, value & 0xFF);
      }
    }
  }

  private void writeRow(int from, int columns, byte[] rgb, int start) throws BrokenImage {
    int pixel = layout.samplesPerPixel() * layout.bits() / 8;
    int sample = layout.bits() / 8;
    int to = start;
    for (int x = 0; x < columns; x++, to += 3) {
      int at = from + x * pixel;
      switch (layout.samples()) {
        case RGB -> {
          rgb[to] = values.high(at);
          rgb[to + 1] = values.high(at + sample);
          rgb[to + 2] = values.high(at + 2 * sample);
          if (layout.premultiplied()) {
            divide(rgb, to, values.high(at + 3 * sample) & 0xFF);
          }
        }
        case CMYK ->
            Cmyk.toRgb(
                values.high(at) & 0xFF,
                values.high(at + sample) & 0xFF,
                values.high(at + 2 * sample) & 0xFF,
                values.high(at + 3 * sample) & 0xFF,
                rgb,
                to);
        case PALETTE ->
            palette.draw(layout.bits() == 8 ? block[at] & 0xFF : values.level(from, x), rgb, to);
        default -> {
          byte gray = (byte) grayLevel(from, at, x);
          rgb[to] = gray;
          rgb[to + 1] = gray;
          rgb[to + 2] = gray;
        }
      }
    }
  }

  private int grayLevel(int from, int at, int x) {
    int bits = layout.bits();
    if (bits > 8) {
      // Pillow inverts none of these.
      return bits == 12 ? Math.min(values.level(from, x), 255) : values.clipped(at);
    }
    int level =
        switch (bits) {
          case 1 -> values.level(from, x) * 255;
          case 2 -> values.level(from, x) * 85;
          case 4 -> values.level(from, x) * 17;
          default -> block[at] & 0xFF;
        };
    return layout.samples() == Samples.WHITE_IS_ZERO ? 255 - level : level;
  }

  private static void divide(byte[] rgb, int at, int alpha) {
    if (alpha == 255) {
      return;
    }
    for (int c = 0; c < 3; c++) {
      int multiplied = rgb[at + c] & 0xFF;
      rgb[at + c] = (byte) (alpha == 0 ? 0 : Math.min(255, 255 * multiplied / alpha));
    }
  }
}
