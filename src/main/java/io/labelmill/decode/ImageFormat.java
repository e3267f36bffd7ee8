package io.labelmill.decode;

import java.util.Optional;

/**
 * The image formats that are read: what of each, with which library, and how its samples compare to
 * Pillow's. The content tells the format; a file's name counts for nothing.
 */
public enum ImageFormat {
  JPEG(
      "baseline, progressive, arithmetic, lossless; any subsampling; gray, YCbCr, RGB, CMYK, YCCK",
      "the JDK (its libjpeg); Labelmill for lossless",
      "equal; a JDK that brings libjpeg 6b instead of libjpeg-turbo refuses 4:4:0 and arithmetic,"
          + " and decodes damaged blocks otherwise"),
  PNG("1 to 16 bits, gray, RGB, palette, alpha, interlaced", "Labelmill", "equal"),
  GIF("first frame", "Labelmill", "equal"),
  BMP(
      "1, 4, 8, 16, 24, 32 bits; run-length packed",
      "Labelmill",
      "equal; black and white of 4 or 8 bits are right, where Pillow takes bits for pixels"),
  TIFF(
      "first page; 1 to 16 bits, gray of 32 and floating point too; gray, RGB, palette, CMYK,"
          + " alpha; strips, tiles, planes; LZW, deflate, PackBits, JPEG, CCITT",
      "Labelmill; TwelveMonkeys for CCITT",
      "equal; planes of 16 bits that are not packed, and packed signed or floating-point gray in"
          + " big-endian files, are right, where Pillow mixes up bytes"),
  WEBP(
      "lossy, lossless, alpha, first frame of animations",
      "Labelmill for lossy, TwelveMonkeys for lossless",
      "equal");

  private final String read;
  private final String library;
  private final String equality;

  ImageFormat(String read, String library, String equality) {
    this.read = read;
    this.library = library;
    this.equality = equality;
  }

  public String read() {
    return read;
  }

  /** Whose code reads it. */
  public String library() {
    return library;
  }

  /** How its samples compare to Pillow's. */
  public String equality() {
    return equality;
  }

  /** The format whose mark the content begins with. */
  static Optional<ImageFormat> of(Encoded file) {
    if (file.has(0, "\u00FF\u00D8\u00FF")) {
      return Optional.of(JPEG);
    }
    if (file.has(0, "\u0089PNG\r\n\u001A\n")) {
      return Optional.of(PNG);
    }
    if (file.has(0, "GIF87a") || file.has(0, "GIF89a")) {
      return Optional.of(GIF);
    }
    if (file.has(0, "BM") && file.length >= 18 && file.bytes[16] == 0 && file.bytes[17] == 0) {
      return Optional.of(BMP);
    }
    if (file.has(0, "II*\0") || file.has(0, "MM\0*")) {
      return Optional.of(TIFF);
    }
    if (file.has(0, "RIFF") && file.has(8, "WEBP")) {
      return Optional.of(WEBP);
    }
    return Optional.empty();
  }
}
