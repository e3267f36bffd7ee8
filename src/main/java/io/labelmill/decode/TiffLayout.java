package io.labelmill.decode;

import io.labelmill.error.ImageException;
import java.util.Arrays;
import java.util.List;

/**
 * What the samples of a TIFF picture are. Kinds that Pillow does not read are refused, and those
 * that libtiff or a colour profile would convert: Lab, and YCbCr outside of JPEG.
 *
 * @param bits of a sample; 1, 2, 4, 8, 12, 16 or 32
 * @param samplesPerPixel those of the picture's planes, or of a pixel where they lie together
 * @param planar whether samples of a kind lie together
 * @param premultiplied whether colours were multiplied by the alpha that follows them
 */
record TiffLayout(
    Samples samples,
    Numbers numbers,
    int bits,
    int samplesPerPixel,
    boolean planar,
    boolean premultiplied,
    boolean bigEndian) {
  private static final int BITS_PER_SAMPLE = 258;
  private static final int PHOTOMETRIC = 262;
  private static final int FILL_ORDER = 266;
  private static final int SAMPLES_PER_PIXEL = 277;
  private static final int PLANAR = 284;
  private static final int EXTRA_SAMPLES = 338;
  private static final int SAMPLE_FORMAT = 339;

  private static final long UNSPECIFIED = 0;
  private static final long PREMULTIPLIED_ALPHA = 1;
  private static final long ALPHA = 2;

  /** Corel Draw's alpha. */
  private static final long CORELS_ALPHA = 999;

  private static final int MOST_SAMPLES = 6;

  enum Samples {
    WHITE_IS_ZERO("gray, white is zero", 1),
    BLACK_IS_ZERO("gray", 1),
    RGB("RGB", 3),
    PALETTE("palette indices", 1),
    CMYK("CMYK", 4),
    YCBCR("YCbCr", 3);

    private final String text;
    private final int colours;

    Samples(String text, int colours) {
      this.text = text;
      this.colours = colours;
    }

    int colours() {
      return colours;
    }

    boolean isGray() {
      return this == WHITE_IS_ZERO || this == BLACK_IS_ZERO;
    }

    static Samples of(long photometric, Canvas canvas) throws ImageException {
      return switch ((int) photometric) {
        case 0 -> WHITE_IS_ZERO;
        case 1 -> BLACK_IS_ZERO;
        case 2 -> RGB;
        case 3 -> PALETTE;
        case 5 -> CMYK;
        case 6 -> YCBCR;
        case 8 -> throw canvas.notRead("its colours are Lab");
        default -> throw canvas.notRead("its photometric interpretation is " + photometric);
      };
    }
  }

  enum Numbers {
    UNSIGNED("unsigned"),
    SIGNED("signed"),
    FLOAT("floating point"),
    OTHER("of another format");

    private final String text;

    Numbers(String text) {
      this.text = text;
    }

    static Numbers of(long... formats) {
      for (long format : formats) {
        if (format != formats[0]) {
          return OTHER;
        }
      }
      return switch (formats.length == 0 ? 1 : (int) formats[0]) {
        case 1 -> UNSIGNED;
        case 2 -> SIGNED;
        case 3 -> FLOAT;
        default -> OTHER;
      };
    }
  }

  /** The first page's; whatever is not read is thrown as such. */
  static TiffLayout of(TiffDirectory directory, Canvas canvas) throws BrokenImage, ImageException {
    Samples samples = Samples.of(directory.value(PHOTOMETRIC, 0), canvas);
    Numbers numbers = Numbers.of(directory.values(SAMPLE_FORMAT));
    int count = (int) Math.min(directory.value(SAMPLES_PER_PIXEL, 1), 256);
    long[] depths = directory.values(BITS_PER_SAMPLE);
    long[] extras = directory.values(EXTRA_SAMPLES);
    boolean planar = directory.value(PLANAR, 1) == 2 && count > 1;
    if (planar && Arrays.stream(extras).allMatch(extra -> extra == UNSPECIFIED)) {
      // Planes that mean nothing are passed over.
      count -= extras.length;
      depths =
          depths.length > extras.length
              ? Arrays.copyOf(depths, depths.length - extras.length)
              : depths;
      extras = new long[0];
    }
    int bits = depths.length == 0 ? 1 : (int) Math.min(depths[0], 256);
    TiffLayout layout =
        new TiffLayout(
            samples,
            numbers,
            bits,
            count,
            planar && count > 1,
            extras.length > 0 && extras[0] == PREMULTIPLIED_ALPHA,
            directory.bigEndian());
    boolean oneDepth = depths.length <= 1 || depths.length >= count;
    for (int i = 0; i < Math.min(depths.length, count); i++) {
      oneDepth &= depths[i] == depths[0];
    }
    boolean reversed = directory.value(FILL_ORDER, 1) == 2;
    if (!oneDepth
        || (layout.planar && samples == Samples.PALETTE)
        || count > MOST_SAMPLES
        || !layout.isRead(extras)
        || (reversed && !layout.isReadReversed())) {
      throw canvas.notRead(
          "its pixels have "
              + layout.text(depths, extras)
              + (layout.planar ? ", in planes" : "")
              + (reversed ? ", lowest bit first)" : ")"));
    }
    return layout;
  }

  /** The formats that Pillow opens; of these, the ones that it makes RGB of without libtiff. */
  private boolean isRead(long... extras) {
    int more = samplesPerPixel - samples.colours;
    if (samples == Samples.RGB && more == 1 && extras.length == 0) {
      // An alpha that the file keeps silent about.
      return numbers == Numbers.UNSIGNED && (bits == 8 || bits == 16);
    }
    if (more < 0 || more != extras.length) {
      return samples == Samples.YCBCR && samplesPerPixel == 1 && bits == 8;
    }
    if (numbers != Numbers.UNSIGNED) {
      return isReadSigned();
    }
    boolean plain = more == 0;
    return switch (samples) {
      case WHITE_IS_ZERO -> plain && (isFew() || bits == 8 || (bits == 16 && !bigEndian));
      case BLACK_IS_ZERO ->
          plain
              ? isFew() || bits == 8 || bits == 16 || (!bigEndian && (bits == 12 || bits == 32))
              : bits == 8 && isOne(extras, UNSPECIFIED, ALPHA);
      case RGB ->
          plain
              ? bits == 8 || bits == 16
              : (bits == 8 && more <= 3 && isAlphaThenNothing(extras))
                  || (bits == 8 && isOne(extras, CORELS_ALPHA))
                  || (bits == 16 && isOne(extras, UNSPECIFIED, PREMULTIPLIED_ALPHA, ALPHA));
      case PALETTE -> plain ? isFew() || bits == 8 : bits == 8 && isOne(extras, UNSPECIFIED, ALPHA);
      case CMYK ->
          (bits == 8 && more <= 2 && Arrays.stream(extras).allMatch(e -> e == UNSPECIFIED))
              || (bits == 16 && plain);
      case YCBCR -> plain && bits == 8;
    };
  }

  private boolean isReadSigned() {
    boolean gray = samples.isGray() && samplesPerPixel == 1;
    return switch (numbers) {
      case SIGNED ->
          gray && samples == Samples.BLACK_IS_ZERO && (bits == 8 || bits == 16 || bits == 32);
      case FLOAT -> gray && bits == 32;
      default -> false;
    };
  }

  private boolean isReadReversed() {
    boolean plain = samplesPerPixel == samples.colours && numbers == Numbers.UNSIGNED;
    return switch (samples) {
      case WHITE_IS_ZERO, PALETTE -> plain && bits <= 8;
      case BLACK_IS_ZERO -> plain && (bits <= 8 || (bits == 16 && !bigEndian));
      case RGB -> plain && bits == 8;
      case CMYK, YCBCR -> false;
    };
  }

  private boolean isFew() {
    return bits == 1 || bits == 2 || bits == 4;
  }

  private static boolean isOne(long[] extras, Long... kinds) {
    return extras.length == 1 && List.of(kinds).contains(extras[0]);
  }

  private static boolean isAlphaThenNothing(long... extras) {
    for (int i = 1; i < extras.length; i++) {
      if (extras[i] != UNSPECIFIED) {
        return false;
      }
    }
    return extras[0] >= UNSPECIFIED && extras[0] <= ALPHA;
  }

  /** Such as {@code 3 samples of 32 bits (RGB, floating point, little-endian}. */
  private String text(long[] depths, long... extras) {
    boolean mixed = Arrays.stream(depths).distinct().count() > 1;
    return samplesPerPixel
        + (samplesPerPixel == 1 ? " sample of " : " samples of ")
        + (mixed ? Arrays.toString(depths) : bits)
        + (bits == 1 ? " bit (" : " bits (")
        + samples.text
        + (extras.length == 0 ? ", " : " and others of kind " + Arrays.toString(extras) + ", ")
        + numbers.text
        + (bits > 8 ? bigEndian ? ", big-endian" : ", little-endian" : "");
  }

  /** Bytes of {@code pixels} beside each other, of one plane where samples lie in planes. */
  long rowBytes(long pixels) {
    return (pixels * bits * (planar ? 1 : samplesPerPixel) + 7) / 8;
  }
}
