package io.labelmill.decode;

import io.labelmill.error.ImageException;
import java.util.Arrays;

/**
 * The first page of a TIFF file, in strips or tiles, chunky or planar.
 *
 * <p>Samples become RGB as in Pillow 9.4: gray of 16 bits is clipped at 255, of other samples of 16
 * bits the high byte counts, CMYK goes by the plain formula, of colour maps the high byte counts,
 * alpha is dropped after colours that were multiplied by it are divided again. What libtiff would
 * convert in its own way (YCbCr outside JPEG, Lab, floats) is refused.
 */
final class TiffDecoder implements FormatDecoder {
  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int BITS_PER_SAMPLE = 258;
  private static final int COMPRESSION = 259;
  private static final int PHOTOMETRIC = 262;
  private static final int FILL_ORDER = 266;
  private static final int STRIP_OFFSETS = 273;
  private static final int ORIENTATION = 274;
  private static final int SAMPLES_PER_PIXEL = 277;
  private static final int ROWS_PER_STRIP = 278;
  private static final int STRIP_BYTES = 279;
  private static final int PLANAR = 284;
  private static final int PREDICTOR = 317;
  private static final int COLOUR_MAP = 320;
  private static final int TILE_WIDTH = 322;
  private static final int TILE_HEIGHT = 323;
  private static final int TILE_OFFSETS = 324;
  private static final int TILE_BYTES = 325;
  private static final int EXTRA_SAMPLES = 338;
  private static final int SAMPLE_FORMAT = 339;
  private static final int JPEG_TABLES = 347;

  private static final int JPEG = 7;

  private final Palette palette = new Palette();
  private final TiffUnpacker unpacker = new TiffUnpacker();
  private byte[] block = new byte[0];

  private TiffDirectory directory;
  private Canvas canvas;
  private Samples samples;
  private int bits;
  private int samplesPerPixel;
  private boolean planar;
  private boolean premultiplied;

  /** What the samples of a pixel mean. */
  private enum Samples {
    WHITE_IS_ZERO(1),
    BLACK_IS_ZERO(1),
    RGB(3),
    PALETTE(1),
    CMYK(4),
    YCBCR(3);

    private final int colours;

    Samples(int colours) {
      this.colours = colours;
    }

    static Samples of(long photometric) throws BrokenImage {
      return switch ((int) photometric) {
        case 0 -> WHITE_IS_ZERO;
        case 1 -> BLACK_IS_ZERO;
        case 2 -> RGB;
        case 3 -> PALETTE;
        case 5 -> CMYK;
        case 6 -> YCBCR;
        default ->
            throw new BrokenImage("its photometric interpretation " + photometric + " is not read");
      };
    }
  }

  @Override
  public void decode(Encoded file, Canvas target) throws BrokenImage, ImageException {
    canvas = target;
    directory = new TiffDirectory(file);
    canvas.declare(directory.value(WIDTH), directory.value(HEIGHT));
    readLayout();
    long orientation = directory.value(ORIENTATION, 1);
    canvas.orientation = orientation >= 1 && orientation <= 8 ? (int) orientation : 1;
    int compression = (int) directory.value(COMPRESSION, 1);
    boolean tiled = directory.has(TILE_OFFSETS);
    int blockWidth = tiled ? side(TILE_WIDTH) : canvas.width();
    int blockHeight = tiled ? side(TILE_HEIGHT) : rowsPerStrip();
    long[] offsets = directory.values(tiled ? TILE_OFFSETS : STRIP_OFFSETS);
    long[] lengths = directory.values(tiled ? TILE_BYTES : STRIP_BYTES);
    int across = (canvas.width() + blockWidth - 1) / blockWidth;
    int down = (canvas.height() + blockHeight - 1) / blockHeight;
    int planes = planar ? samplesPerPixel : 1;
    if (lengths.length == 0 && offsets.length == 1) {
      lengths = new long[] {file.length - offsets[0]};
    }
    long blocks = (long) across * down * planes;
    if (offsets.length < blocks || lengths.length < blocks) {
      throw new BrokenImage(
          "it has " + Math.min(offsets.length, lengths.length) + " strips or tiles of " + blocks);
    }
    long packed = 0;
    for (int i = 0; i < blocks; i++) {
      file.require(offsets[i], lengths[i]);
      packed += lengths[i];
    }
    int blockRowBytes =
        Math.toIntExact(((long) blockWidth * bits * (planar ? 1 : samplesPerPixel) + 7) / 8);
    unpacker.open(file, compression, canvas, packed);
    long rowsInAll = tiled ? blocks * blockHeight : (long) planes * canvas.height();
    if (!unpacker.canHold(blockRowBytes * rowsInAll)) {
      throw new BrokenImage(
          "its "
              + packed
              + " bytes of packed data cannot hold the declared "
              + canvas.width()
              + "x"
              + canvas.height()
              + " pixels");
    }
    if (compression == JPEG) {
      decodeJpegBlocks(file, offsets, lengths, across, blockWidth, blockHeight);
      return;
    }
    if (samples == Samples.YCBCR) {
      throw new BrokenImage("YCbCr without JPEG compression is not read");
    }
    byte[] rgb = planes == 1 ? canvas.allocate() : canvas.allocateBlack();
    for (int i = 0; i < blocks; i++) {
      canvas.deadline().check();
      int place = i % (across * down);
      int left = place % across * blockWidth;
      int top = place / across * blockHeight;
      // The last strip may be shorter; tiles are always whole.
      int rows = tiled ? blockHeight : Math.min(blockHeight, canvas.height() - top);
      block = atLeast(block, Math.toIntExact((long) blockRowBytes * rows));
      unpacker.unpack(offsets[i], lengths[i], block, blockRowBytes, rows, blockWidth, directory);
      if (directory.value(PREDICTOR, 1) == 2 && unpacker.takesPredictor()) {
        unpredict(blockRowBytes, rows);
      }
      int columns = Math.min(blockWidth, canvas.width() - left);
      for (int y = 0; y < Math.min(rows, canvas.height() - top); y++) {
        int to = ((top + y) * canvas.width() + left) * 3;
        if (planar) {
          writePlane(i / (across * down), y * blockRowBytes, columns, rgb, to);
        } else {
          writeRow(y * blockRowBytes, columns, rgb, to);
        }
      }
    }
    if (planar && samples == Samples.CMYK) {
      throw new BrokenImage("CMYK in planes is not read");
    }
  }

  private void readLayout() throws BrokenImage {
    samples = Samples.of(directory.value(PHOTOMETRIC));
    samplesPerPixel = (int) Math.min(directory.value(SAMPLES_PER_PIXEL, 1), 256);
    long[] depths = directory.values(BITS_PER_SAMPLE);
    bits = depths.length == 0 ? 1 : (int) Math.min(depths[0], 256);
    for (long depth : depths) {
      if (depth != bits) {
        throw new BrokenImage("its samples have different depths, " + Arrays.toString(depths));
      }
    }
    boolean few = bits == 1 || bits == 2 || bits == 4;
    boolean oneSample = samplesPerPixel == 1 && samples.colours == 1;
    if (!(few && oneSample) && bits != 8 && !(bits == 16 && samples != Samples.PALETTE)) {
      throw new BrokenImage(bits + " bits a sample are not read for " + samples);
    }
    int extras = samplesPerPixel - samples.colours;
    if (extras < 0 || extras > 1 || (extras == 1 && samples == Samples.PALETTE)) {
      throw new BrokenImage(samplesPerPixel + " samples a pixel are not read for " + samples);
    }
    if (directory.value(SAMPLE_FORMAT, 1) != 1) {
      throw new BrokenImage("samples that are not unsigned whole numbers are not read");
    }
    premultiplied = extras == 1 && directory.value(EXTRA_SAMPLES, 0) == 1;
    if (premultiplied && (samples != Samples.RGB || bits != 8)) {
      throw new BrokenImage("colours multiplied by alpha are read for RGB of 8 bits only");
    }
    planar = directory.value(PLANAR, 1) == 2 && samplesPerPixel > 1;
    if (planar && (samples != Samples.RGB || premultiplied)) {
      throw new BrokenImage("samples in planes are read for RGB only");
    }
    long predictor = directory.value(PREDICTOR, 1);
    if (predictor != 1 && (predictor != 2 || bits < 8)) {
      throw new BrokenImage("predictor " + predictor + " with " + bits + " bits is not read");
    }
    unpacker.reversed(directory.value(FILL_ORDER, 1) == 2);
    palette.clear();
    if (samples == Samples.PALETTE) {
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
  private void decodeJpegBlocks(
      Encoded file, long[] offsets, long[] lengths, int across, int blockWidth, int blockHeight)
      throws BrokenImage, ImageException {
    if (planar || bits != 8 || (samples.colours != 1 && samples.colours != 3)) {
      throw new BrokenImage("JPEG compression is not read for " + samples + " in planes");
    }
    byte[] tables = directory.bytes(JPEG_TABLES);
    int tablesLength = tables.length >= 4 ? tables.length - 2 : 0;
    byte[] rgb = canvas.allocateBlack();
    JpegDecoder jpeg =
        new JpegDecoder(
            samples == Samples.RGB ? JpegDecoder.Colours.RGB : JpegDecoder.Colours.YCBCR);
    Canvas part = new Canvas((long) blockWidth * blockHeight);
    int blocks = across * ((canvas.height() + blockHeight - 1) / blockHeight);
    for (int i = 0; i < blocks; i++) {
      int length = (int) lengths[i];
      if (length < 4) {
        throw new BrokenImage("strip or tile " + i + " is empty");
      }
      byte[] stream = new byte[tablesLength + length];
      System.arraycopy(tables, 0, stream, 0, tablesLength);
      System.arraycopy(file.bytes, (int) offsets[i], stream, tablesLength, length);
      // Two files in one: the second's start marker is no error to the first's reader.
      part.begin(canvas.deadline());
      jpeg.decode(new Encoded(stream, stream.length), part);
      int left = i % across * blockWidth;
      int top = i / across * blockHeight;
      int columns = Math.min(blockWidth, canvas.width() - left);
      int rows = Math.min(blockHeight, canvas.height() - top);
      if (part.width() < columns || part.height() < rows) {
        throw new BrokenImage(
            "strip or tile " + i + " holds " + part.width() + "x" + part.height() + " pixels");
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
  }

  /** Samples were stored as differences to the pixel on the left. */
  private void unpredict(int rowBytes, int rows) {
    int step = planar ? 1 : samplesPerPixel;
    for (int y = 0; y < rows; y++) {
      int start = y * rowBytes;
      if (bits == 8) {
        for (int i = start + step; i < start + rowBytes; i++) {
          block[i] += block[i - step];
        }
      } else {
        for (int i = start + 2 * step; i + 1 < start + rowBytes; i += 2) {
          int sum = sample16(i) + sample16(i - 2 * step);
          block[i] = (byte) (directory.bigEndian() ? sum >> 8 : sum);
          block[i + 1] = (byte) (directory.bigEndian() ? sum : sum >> 8);
        }
      }
    }
  }

  private int sample16(int at) {
    int first = block[at] & 0xFF;
    int second = block[at + 1] & 0xFF;
    return directory.bigEndian() ? (first << 8) | second : first | (second << 8);
  }

  /** The sample's high byte. */
  private byte high(int at) {
    return bits == 16 && !directory.bigEndian() ? block[at + 1] : block[at];
  }

  private void writePlane(int plane, int from, int columns, byte[] rgb, int to) {
    if (plane < 3) {
      for (int x = 0; x < columns; x++) {
        rgb[to + x * 3 + plane] = high(from + x * (bits / 8));
      }
    }
  }

  private void writeRow(int from, int columns, byte[] rgb, int start) throws BrokenImage {
    int pixel = samplesPerPixel * bits / 8;
    int sample = bits / 8;
    int to = start;
    for (int x = 0; x < columns; x++, to += 3) {
      int at = from + x * pixel;
      switch (samples) {
        case RGB -> {
          rgb[to] = high(at);
          rgb[to + 1] = high(at + sample);
          rgb[to + 2] = high(at + 2 * sample);
          if (premultiplied) {
            divide(rgb, to, block[at + 3] & 0xFF);
          }
        }
        case CMYK ->
            Cmyk.toRgb(
                high(at) & 0xFF,
                high(at + sample) & 0xFF,
                high(at + 2 * sample) & 0xFF,
                high(at + 3 * sample) & 0xFF,
                rgb,
                to);
        case PALETTE -> palette.draw(level(from, x), rgb, to);
        default -> {
          int gray = grayLevel(from, at, x);
          rgb[to] = (byte) gray;
          rgb[to + 1] = (byte) gray;
          rgb[to + 2] = (byte) gray;
        }
      }
    }
  }

  private int grayLevel(int from, int at, int x) {
    if (bits == 16) {
      // Pillow does not invert these; with alpha it takes the high byte.
      return samplesPerPixel > 1 ? high(at) & 0xFF : Math.min(sample16(at), 255);
    }
    int level =
        switch (bits) {
          case 1 -> level(from, x) * 255;
          case 2 -> level(from, x) * 85;
          case 4 -> level(from, x) * 17;
          default -> block[at] & 0xFF;
        };
    return samples == Samples.WHITE_IS_ZERO ? 255 - level : level;
  }

  private int level(int from, int x) {
    int bit = x * bits;
    return ((block[from + (bit >> 3)] & 0xFF) >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
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

  private static byte[] atLeast(byte[] buffer, int length) {
    return buffer.length < length ? new byte[length] : buffer;
  }
}
