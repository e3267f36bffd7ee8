package io.labelmill.decode;

import io.labelmill.error.ImageException;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import javax.imageio.ImageReadParam;

/**
 * JPEG through the JDK's own reader, so through its libjpeg.
 *
 * <p>The reader is given a head written anew: the tables and frame of the file, none of its
 * metadata, and one marker that says which colour model libjpeg itself concludes. So profiles and
 * broken metadata cannot matter, and the reader, which guesses otherwise (three components of one
 * size without a marker are RGB to it), does what Pillow's libjpeg does. Warnings of libjpeg are no
 * errors, as in Pillow; data that ends before libjpeg has read the end marker is.
 *
 * <p>Three components are decoded straight into the canvas, or in bands.
 */
final class JpegDecoder implements FormatDecoder {
  /** More scans than any encoder writes; each costs a pass over the whole picture. */
  private static final int MAX_SCANS = 100;

  /** Every block of 64 samples takes two Huffman codes (one if progressive) of a bit or more. */
  private static final long MAX_SAMPLES_PER_BYTE = 64 * 8;

  private static final int SOI = 0xD8;
  private static final int EOI = 0xD9;
  private static final int SOS = 0xDA;
  private static final int LOSSLESS = 0xC3;
  private static final int DHT = 0xC4;
  private static final int JPG = 0xC8;
  private static final int DAC = 0xCC;
  private static final int APP0 = 0xE0;
  private static final int APP1 = 0xE1;
  private static final int APP14 = 0xEE;
  private static final int APP15 = 0xEF;
  private static final int JPEG_LS = 0xF7;
  private static final int COM = 0xFE;

  /** How segments of metadata begin. */
  private static final String EXIF = "Exif\0\0";

  private static final String XMP = "http://ns.adobe.com/xap/1.0/\0";

  private static final byte[] JFIF = {
    (byte) 0xFF, (byte) APP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
  };
  private static final byte[] ADOBE = {
    (byte) 0xFF, (byte) APP14, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0
  };

  private static final ColorModel SRGB =
      new ComponentColorModel(
          ColorSpace.getInstance(ColorSpace.CS_sRGB),
          false,
          false,
          Transparency.OPAQUE,
          DataBuffer.TYPE_BYTE);

  /** How the class name of the JDK's own reader begins. */
  static final String PROVIDER = "com.sun.imageio.plugins.jpeg.";

  /** Who says what three components are. */
  enum Colours {
    /** The file's markers, as libjpeg reads them. */
    MARKED,
    YCBCR,
    RGB,
    /** RGB, and a fourth component that is left out. */
    RGB_AND_ANOTHER,
    /** As it is, where files of their own have it inverted. */
    CMYK
  }

  private final Colours colours;
  private final ReusableReader reader = new ReusableReader("jpeg", PROVIDER);
  private final KeptBuffer kept = new KeptBuffer();
  private byte[] stream;
  private int streamLength;

  /** Of the segments before the first scan that are handed on. */
  private int headBytes;

  private Encoded file;
  private int frame;
  private int width;
  private int height;
  private int components;
  private double samplesPerPixel;
  private final int[] samplings = new int[4];
  private boolean jfif;
  private int adobeTransform;
  private int exifFrom;
  private int exifTo;

  /** The EXIF block where it takes several segments; else null. */
  private ByteArrayOutputStream exif;

  private int componentIds;

  JpegDecoder(Colours colours) {
    this.colours = colours;
  }

  @Override
  public void decode(Encoded encoded, Canvas canvas) throws BrokenImage, ImageException {
    file = encoded;
    int scan = readHead(canvas);
    canvas.declare(width, height);
    tellOrientation(canvas.tags);
    if (frame == LOSSLESS) {
      decodeLossless(canvas);
    } else {
      int end = endOfScans(scan, canvas);
      int length = 2 + JFIF.length + headBytes + end - scan;
      Optional<Bands> bands =
          components == 3 && isOneScan(scan) ? canvas.admitBands(length) : Optional.empty();
      if (bands.isEmpty()) {
        // Four samples become three in the same array, where they lie first.
        canvas.admit(length + (components == 4 ? (long) width * height : 0));
      }
      stream = kept.take(length);
      copyHead(scan);
      System.arraycopy(file.bytes, scan, stream, streamLength, end - scan);
      streamLength = length;
      decodePixels(canvas, bands);
    }
  }

  @Override
  public void rest() {
    file = null;
    stream = null;
    kept.rest();
  }

  /** Samples a pixel of the last picture. */
  int components() {
    return components;
  }

  private void decodeLossless(Canvas canvas) throws BrokenImage, ImageException {
    boolean converted = components == 4 ? adobeTransform > 0 : jfif || adobeTransform > 0;
    if (colours != Colours.MARKED || (components > 1 && converted)) {
      throw canvas.notRead("it is lossless JPEG of other colours than gray, RGB and CMYK");
    }
    byte[] ids = new byte[components];
    for (int i = 0; i < components; i++) {
      ids[i] = (byte) (componentIds >> (8 * (components - 1 - i)));
      if (components > 1 && samplings[i] != 0x11) {
        throw canvas.notRead("it is lossless JPEG with subsampled colours");
      }
    }
    // A code takes a bit or more.
    if ((long) components * width * height > 8L * file.length) {
      throw cannotHold(file.length);
    }
    new LosslessJpeg(file, canvas, ids).draw();
  }

  /** Reads what is before the first scan; returns where that begins. */
  private int readHead(Canvas canvas) throws BrokenImage, ImageException {
    frame = 0;
    jfif = false;
    adobeTransform = -1;
    exifTo = 0;
    exif = null;
    headBytes = 0;
    int at = 2;
    while (true) {
      canvas.deadline().check();
      at = behindMarker(at);
      int marker = file.u8(at - 1);
      if (marker == EOI) {
        throw new BrokenImage("it has no picture data");
      }
      int length = file.u16be(at);
      if (length < 2) {
        throw new BrokenImage(String.format("its segment FF%02X is %d bytes long", marker, length));
      }
      file.require(at, length);
      if (marker == SOS) {
        if (frame == 0) {
          throw new BrokenImage("it has a scan and no frame header");
        }
        return at - 2;
      }
      readSegment(marker, at + 2, at + length, canvas);
      if (isHandedOn(marker)) {
        headBytes += 2 + length;
      }
      at += length;
    }
  }

  /** Where the segment of the next marker that has one begins, or behind the end marker. */
  private int behindMarker(int from) throws BrokenImage {
    int at = from;
    while (true) {
      while (file.u8(at) != 0xFF) {
        at++;
      }
      while (file.u8(at) == 0xFF) {
        at++;
      }
      int marker = file.u8(at++);
      if (marker > 1 && (marker < 0xD0 || marker > SOI)) {
        return at;
      }
    }
  }

  /** Metadata is left out. */
  private static boolean isHandedOn(int marker) {
    return (marker < APP0 || marker > APP15) && marker != COM;
  }

  /**
   * Whether the first scan has all components, once for all. The JDK's reader draws the picture
   * anew for each scan of others.
   */
  private boolean isOneScan(int scan) throws BrokenImage {
    boolean progressive = frame == 0xC2 || frame == 0xCA;
    return !progressive && file.u8(scan + 4) == components;
  }

  /** Copies what matters before the first scan, which begins there. */
  private void copyHead(int scan) throws BrokenImage {
    // Before it comes the marker of the colour model, which depends on what was read.
    streamLength = 2 + JFIF.length;
    for (int at = behindMarker(2); at < scan; at = behindMarker(at)) {
      int marker = file.u8(at - 1);
      int length = file.u16be(at);
      if (isHandedOn(marker)) {
        stream[streamLength++] = (byte) 0xFF;
        stream[streamLength++] = (byte) marker;
        System.arraycopy(file.bytes, at, stream, streamLength, length);
        streamLength += length;
      }
      at += length;
    }
  }

  private void readSegment(int marker, int from, int to, Canvas canvas)
      throws BrokenImage, ImageException {
    if (marker == APP0 && to - from >= 12 && file.has(from, "JFIF\0")) {
      jfif = true;
    } else if (marker == APP14 && to - from >= 12 && file.has(from, "Adobe")) {
      adobeTransform = file.u8(from + 11);
    } else if (marker == APP1 && to - from >= EXIF.length() && file.has(from, EXIF)) {
      readExif(from, to);
    } else if (marker == APP1 && to - from >= XMP.length() && file.has(from, XMP)) {
      canvas.tags.xmp(file.bytes, from + XMP.length(), to);
    } else if (marker == JPEG_LS) {
      throw canvas.notRead("it is coded as JPEG-LS");
    } else if (marker >= 0xC0
        && marker <= 0xCF
        && marker != DHT
        && marker != JPG
        && marker != DAC) {
      readFrame(marker, from, to, canvas);
    }
  }

  /** A block that is too long for one segment goes on in the next, behind the mark. */
  private void readExif(int from, int to) {
    if (exifTo == 0) {
      exifFrom = from;
      exifTo = to;
      return;
    }
    if (exif == null) {
      exif = new ByteArrayOutputStream();
      exif.write(file.bytes, exifFrom, exifTo - exifFrom);
    }
    int start = from + EXIF.length();
    exif.write(file.bytes, start, to - start);
  }

  private void tellOrientation(OrientationTags tags) {
    if (exif != null) {
      tags.exif(exif.toByteArray(), 0, exif.size());
      exif = null;
    } else if (exifTo > 0) {
      tags.exif(file.bytes, exifFrom, exifTo);
    }
  }

  private void readFrame(int marker, int from, int to, Canvas canvas)
      throws BrokenImage, ImageException {
    if (frame != 0) {
      throw new BrokenImage("it has two frame headers");
    }
    frame = marker;
    switch (marker) {
      case 0xC0, 0xC1, 0xC2, LOSSLESS, 0xC9, 0xCA -> {
        // Baseline, extended and progressive, Huffman or arithmetic; lossless.
      }
      default ->
          throw canvas.notRead(
              String.format("its coding process is FF%02X, lossless or hierarchical", marker));
    }
    if (marker >= 0xC9 && JpegLibrary.ofThisJdk() != JpegLibrary.TURBO) {
      throw canvas.notRead(
          "it is coded arithmetically, which this JDK's libjpeg 6b does not read; a JDK with"
              + " libjpeg-turbo (Debian, Ubuntu) does");
    }
    int bits = file.u8(from);
    height = file.u16be(from + 1);
    width = file.u16be(from + 3);
    components = file.u8(from + 5);
    if (bits != 8) {
      throw canvas.notRead("it has " + bits + " bits a sample, and 8 are read");
    }
    if (components != 1 && components != 3 && components != 4) {
      throw canvas.notRead("it has " + components + " components, and 1, 3 and 4 are read");
    }
    if (to - from < 6 + 3 * components) {
      throw new BrokenImage("its frame header is " + (to - from) + " bytes long");
    }
    int blocks = 0;
    int across = 1;
    int down = 1;
    componentIds = 0;
    for (int i = 0; i < components; i++) {
      int sampling = file.u8(from + 7 + 3 * i);
      across = Math.max(across, sampling >> 4);
      down = Math.max(down, sampling & 15);
      blocks += (sampling >> 4) * (sampling & 15);
      samplings[i] = sampling;
      componentIds = (componentIds << 8) | file.u8(from + 6 + 3 * i);
    }
    if (JpegLibrary.ofThisJdk() != JpegLibrary.TURBO) {
      for (int i = 0; i < components; i++) {
        if (samplings[i] >> 4 == across && (samplings[i] & 15) * 2 == down) {
          throw canvas.notRead(
              "its chroma has half the rows (4:4:0), which this JDK's libjpeg 6b reads unlike"
                  + " Pillow; a JDK with libjpeg-turbo (Debian, Ubuntu) reads it");
        }
      }
    }
    samplesPerPixel = (double) blocks / (across * down);
  }

  /** Where the scans end: behind the end marker where there is one. */
  private int endOfScans(int start, Canvas canvas) throws BrokenImage, ImageException {
    int at = start;
    int scans = 0;
    int end = file.length;
    while (at + 1 < file.length) {
      if (file.bytes[at] != (byte) 0xFF) {
        at++;
        continue;
      }
      int marker = file.bytes[at + 1] & 0xFF;
      if (marker == 0xFF) {
        at++;
      } else if (marker <= 1 || (marker >= 0xD0 && marker <= SOI)) {
        at += 2;
      } else if (marker == EOI) {
        end = at + 2;
        break;
      } else {
        if (marker == SOS && ++scans > MAX_SCANS) {
          throw new BrokenImage("it has more than " + MAX_SCANS + " scans");
        }
        canvas.deadline().check();
        at += 2 + (at + 3 < file.length ? file.u16be(at + 2) : 2);
      }
    }
    boolean huffman = frame <= 0xC2;
    double samples = samplesPerPixel * width * height;
    if (huffman && samples > (double) (end - start) * MAX_SAMPLES_PER_BYTE) {
      throw cannotHold(end - start);
    }
    return end;
  }

  private BrokenImage cannotHold(int bytes) {
    return new BrokenImage(
        "its %s bytes of scans cannot hold the declared %sx%s pixels"
            .formatted(bytes, width, height));
  }

  private void decodePixels(Canvas canvas, Optional<Bands> bands)
      throws BrokenImage, ImageException {
    byte[] colourModel = components == 4 || (components == 3 && isRgb()) ? ADOBE : JFIF;
    int start = JFIF.length - colourModel.length;
    stream[start] = (byte) 0xFF;
    stream[start + 1] = (byte) SOI;
    System.arraycopy(colourModel, 0, stream, start + 2, colourModel.length);
    if (bands.isPresent()) {
      BandRaster raster =
          new BandRaster(width, height, bands.get(), canvas.allocateRows(bands.get().rows()));
      ImageReadParam param = new ImageReadParam();
      param.setDestination(new BufferedImage(SRGB, raster, false, null));
      read(start, canvas, jpeg -> jpeg.read(0, param));
      if (!raster.isWhole()) {
        throw new BrokenImage("its frame header and its data disagree about the size");
      }
    } else if (components < 4) {
      byte[] rgb = canvas.allocate();
      ImageReadParam param = new ImageReadParam();
      param.setDestination(view(rgb));
      read(start, canvas, jpeg -> jpeg.read(0, param));
    } else {
      Raster raster = read(start, canvas, jpeg -> jpeg.readRaster(0, null));
      byte[] samples = ((DataBufferByte) raster.getDataBuffer()).getData();
      if (raster.getWidth() != width || raster.getHeight() != height || raster.getNumBands() != 4) {
        throw new BrokenImage("its frame header and its data disagree about the size");
      }
      toThree(samples);
      canvas.adopt(samples);
    }
  }

  /** Makes RGB of four samples a pixel, in place. */
  private void toThree(byte[] samples) {
    int pixels = width * height;
    switch (colours) {
      case RGB_AND_ANOTHER -> {
        for (int from = 0, to = 0; to < pixels * 3; from += 4, to += 3) {
          System.arraycopy(samples, from, samples, to, 3);
        }
      }
      case CMYK -> Cmyk.toRgb(samples, samples, pixels);
      default -> {
        // Without Adobe's marker four components are CMYK, with one of another value YCCK.
        if (adobeTransform > 0) {
          Cmyk.fromYcck(samples, pixels);
        }
        Cmyk.invertedToRgb(samples, samples, pixels);
      }
    }
  }

  /** libjpeg's own conclusion: JFIF, then Adobe's marker, then the names of the components. */
  private boolean isRgb() {
    if (colours != Colours.MARKED) {
      return colours == Colours.RGB;
    }
    if (jfif) {
      return false;
    }
    return adobeTransform >= 0
        ? adobeTransform == 0
        : componentIds == (('R' << 16) | ('G' << 8) | 'B');
  }

  private BufferedImage view(byte[] rgb) {
    WritableRaster raster =
        Raster.createInterleavedRaster(
            new DataBufferByte(rgb, width * height * 3),
            width,
            height,
            width * 3,
            3,
            new int[] {0, 1, 2},
            null);
    return new BufferedImage(SRGB, raster, false, null);
  }

  private <T> T read(int start, Canvas canvas, ReusableReader.Reading<T> reading)
      throws BrokenImage, ImageException {
    try (EncodedStream input = new EncodedStream(stream, start, streamLength, canvas.deadline())) {
      T result = reader.read(input, reading);
      if (input.ranOut()) {
        throw new BrokenImage("it ends after " + file.length + " bytes, before its last row");
      }
      return result;
    } catch (IOException e) {
      throw new BrokenImage(String.valueOf(e.getMessage()), e);
    }
  }
}
