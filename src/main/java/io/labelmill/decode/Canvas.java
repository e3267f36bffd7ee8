package io.labelmill.decode;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.util.Arrays;

/**
 * What a format's decoder draws on: RGB rows in a buffer that is kept from picture to picture.
 *
 * <p>Asked for its size before anything is allocated, it refuses what is larger than the limit.
 */
final class Canvas {
  /** Longest side; libpng and libwebp refuse longer ones too, and row buffers stay small. */
  static final int MAX_SIDE = 1_000_000;

  /** A buffer larger than this many bytes is let go after the picture that needed it. */
  static final int KEPT_BYTES = 64 << 20;

  private final long maxPixels;
  private byte[] rgb = new byte[0];
  private byte[] turned = new byte[0];
  private int width = -1;
  private int height = -1;
  private ImageFormat format;
  private Deadline deadline;

  /** What the decoder has seen of the picture's orientation. */
  final OrientationTags tags = new OrientationTags();

  Canvas(long maxPixels) {
    this.maxPixels = maxPixels;
  }

  /**
   * @param of the file
   */
  void begin(ImageFormat of, Deadline limit) {
    format = of;
    deadline = limit;
    width = -1;
    height = -1;
    tags.clear();
    if (rgb.length > KEPT_BYTES) {
      rgb = new byte[0];
    }
    if (turned.length > KEPT_BYTES) {
      turned = new byte[0];
    }
  }

  Deadline deadline() {
    return deadline;
  }

  /**
   * What is wrong with the file.
   *
   * @param clause to follow "is broken: "
   */
  ImageException broken(String clause) {
    return undecodable("broken", clause);
  }

  /**
   * What is not read, though the file may be whole.
   *
   * @param clause to follow "is of a kind that is not read: "
   */
  ImageException notRead(String clause) {
    return undecodable("of a kind that is not read", clause);
  }

  private ImageException undecodable(String what, String clause) {
    return new ImageException(
        Status.UNDECODABLE,
        "The " + format + " file is " + what + ": " + clause + ".",
        width,
        height);
  }

  /** Declared width, -1 until declared. */
  int width() {
    return width;
  }

  int height() {
    return height;
  }

  byte[] rgb() {
    return rgb;
  }

  /**
   * Takes the size that the file declares; allocates nothing.
   *
   * @throws ImageException {@link Status#TOO_LARGE} above the limit
   */
  void declare(long declaredWidth, long declaredHeight) throws ImageException, BrokenImage {
    if (declaredWidth <= 0 || declaredHeight <= 0) {
      throw new BrokenImage(
          "it declares "
              + declaredWidth
              + "x"
              + declaredHeight
              + " pixels, and neither may be zero");
    }
    // Sides fit 32 bits, so that the product fits a long.
    if (declaredWidth * declaredHeight > maxPixels
        || declaredWidth > MAX_SIDE
        || declaredHeight > MAX_SIDE) {
      boolean shown = declaredWidth <= Integer.MAX_VALUE && declaredHeight <= Integer.MAX_VALUE;
      throw new ImageException(
          Status.TOO_LARGE,
          "The picture declares "
              + declaredWidth
              + "x"
              + declaredHeight
              + " pixels; the limit is "
              + maxPixels
              + " pixels and "
              + MAX_SIDE
              + " on a side.",
          shown ? (int) declaredWidth : -1,
          shown ? (int) declaredHeight : -1);
    }
    width = (int) declaredWidth;
    height = (int) declaredHeight;
  }

  /**
   * The buffer for the declared size, rows of {@code 3 * width} bytes, with what was in it before.
   *
   * @throws ImageException {@link Status#TOO_LARGE} where the heap cannot hold it
   */
  byte[] allocate() throws ImageException {
    rgb = sized(rgb);
    return rgb;
  }

  /** As {@link #allocate}, black. */
  byte[] allocateBlack() throws ImageException {
    allocate();
    Arrays.fill(rgb, 0, 3 * width * height, (byte) 0);
    return rgb;
  }

  private byte[] sized(byte[] buffer) throws ImageException {
    long bytes = 3L * width * height;
    if (buffer.length >= bytes) {
      return buffer;
    }
    try {
      return new byte[Math.toIntExact(bytes)];
    } catch (OutOfMemoryError | ArithmeticException e) {
      // One array that did not fit leaves the heap as it was: the picture fails, not the executor.
      throw new ImageException(
          Status.TOO_LARGE,
          "The picture's "
              + width
              + "x"
              + height
              + " pixels take "
              + bytes
              + " bytes, more than the heap has free.",
          width,
          height);
    }
  }

  RgbImage picture() {
    return new RgbImage(width, height, rgb);
  }

  /** Turns the picture as {@code ImageOps.exif_transpose} does. */
  RgbImage upright() throws ImageException {
    int orientation = tags.orientation();
    switch (orientation) {
      case 2 -> mirrorRows();
      case 3 -> {
        mirrorRows();
        reverseRows();
      }
      case 4 -> reverseRows();
      case 5, 6, 7, 8 -> transpose(orientation);
      default -> {
        // 1, or no orientation at all.
      }
    }
    return picture();
  }

  private void mirrorRows() {
    for (int y = 0; y < height; y++) {
      int left = y * width * 3;
      int right = left + (width - 1) * 3;
      while (left < right) {
        for (int c = 0; c < 3; c++) {
          byte sample = rgb[left + c];
          rgb[left + c] = rgb[right + c];
          rgb[right + c] = sample;
        }
        left += 3;
        right -= 3;
      }
    }
  }

  private void reverseRows() {
    int rowBytes = width * 3;
    byte[] row = new byte[rowBytes];
    for (int top = 0, bottom = height - 1; top < bottom; top++, bottom--) {
      System.arraycopy(rgb, top * rowBytes, row, 0, rowBytes);
      System.arraycopy(rgb, bottom * rowBytes, rgb, top * rowBytes, rowBytes);
      System.arraycopy(row, 0, rgb, bottom * rowBytes, rowBytes);
    }
  }

  /** Rows become columns: tile by tile, so that both sides stay in the cache. */
  private void transpose(int orientation) throws ImageException {
    turned = sized(turned);
    boolean fromRight = orientation == 7 || orientation == 8;
    boolean fromBottom = orientation == 6 || orientation == 7;
    int tile = 32;
    for (int tileY = 0; tileY < height; tileY += tile) {
      deadline.check();
      int endY = Math.min(tileY + tile, height);
      for (int tileX = 0; tileX < width; tileX += tile) {
        int endX = Math.min(tileX + tile, width);
        for (int x = tileX; x < endX; x++) {
          int row = fromRight ? width - 1 - x : x;
          for (int y = tileY; y < endY; y++) {
            int column = fromBottom ? height - 1 - y : y;
            int from = (y * width + x) * 3;
            int to = (row * height + column) * 3;
            turned[to] = rgb[from];
            turned[to + 1] = rgb[from + 1];
            turned[to + 2] = rgb[from + 2];
          }
        }
      }
    }
    byte[] swap = rgb;
    rgb = turned;
    turned = swap;
    int oldWidth = width;
    width = height;
    height = oldWidth;
  }
}
