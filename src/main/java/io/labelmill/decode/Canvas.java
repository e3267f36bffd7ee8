package io.labelmill.decode;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.util.Arrays;
import java.util.Optional;

/**
 * What a format's decoder draws on: RGB rows in a buffer that is kept from picture to picture.
 *
 * <p>Asked for its size before anything is allocated, it refuses what is larger than the limit.
 */
final class Canvas {
  /** Longest side; libpng and libwebp refuse longer ones too, and row buffers stay small. */
  static final int MAX_SIDE = 1_000_000;

  /** Orientations above exchange rows and columns. */
  private static final int LAST_IN_PLACE = 4;

  private final long maxPixels;
  private final Orientation wanted;

  /** Null for a part of a picture, whose memory is counted with the whole. */
  private final MemoryGate gate;

  private KeptBuffer rgb = new KeptBuffer();
  private KeptBuffer turned = new KeptBuffer();
  private int width = -1;
  private int height = -1;
  private ImageFormat format;
  private Deadline deadline;

  /** What the gate gave; -1 until it was asked. */
  private long admittedBytes = -1;

  /** Who wants the picture; null for a part of one. */
  private ImageDecoder.Use<?> use;

  private boolean inBands;

  /** Whether the gate lets no other picture through meanwhile. */
  private boolean alone;

  /** What the decoder has seen of the picture's orientation. */
  final OrientationTags tags = new OrientationTags();

  Canvas(long maxPixels, Orientation wanted, MemoryGate gate) {
    this.maxPixels = maxPixels;
    this.wanted = wanted;
    this.gate = gate;
  }

  /** For a part of a picture of so many pixels. */
  static Canvas ofPart(long maxPixels) {
    return new Canvas(maxPixels, Orientation.AS_STORED, null);
  }

  /**
   * @param of the file
   * @param wantedBy asked whether it takes bands; null for a part of a picture
   */
  void begin(ImageFormat of, Deadline limit, ImageDecoder.Use<?> wantedBy) {
    format = of;
    deadline = limit;
    width = -1;
    height = -1;
    tags.clear();
    end();
    leave();
    use = wantedBy;
    inBands = false;
  }

  /** Ends the use: what was drawn may be overwritten from now on. */
  void end() {
    rgb.rest();
    turned.rest();
    use = null;
  }

  /**
   * Gives back what was admitted. To be called where no variable names the picture any more, not
   * even one of a method that is about to return: an interpreted method's variables count as used
   * until it has, so that whoever is let in could find the memory taken.
   */
  void leave() {
    if (admittedBytes > 0) {
      gate.leave(admittedBytes);
    }
    admittedBytes = -1;
  }

  /** Lets go of all memory, after there was too little of it. */
  void forget() {
    end();
    rgb.forget();
    turned.forget();
  }

  /** Says whether the gate lets no other picture through, so that it is not asked. */
  void alone(boolean only) {
    alone = only;
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
    return rgb.taken();
  }

  /**
   * Takes the size that the file declares; allocates nothing.
   *
   * @throws ImageException {@link Status#TOO_LARGE} above the limit
   */
  void declare(long declaredWidth, long declaredHeight) throws ImageException, BrokenImage {
    if (declaredWidth <= 0 || declaredHeight <= 0) {
      throw new BrokenImage(
          "it declares %sx%s pixels, and neither may be zero"
              .formatted(declaredWidth, declaredHeight));
    }
    // Sides fit 32 bits, so that the product fits a long.
    if (declaredWidth * declaredHeight > maxPixels
        || declaredWidth > MAX_SIDE
        || declaredHeight > MAX_SIDE) {
      boolean shown = declaredWidth <= Integer.MAX_VALUE && declaredHeight <= Integer.MAX_VALUE;
      throw new ImageException(
          Status.TOO_LARGE,
          "The picture declares %sx%s pixels; the limit is %s pixels and %s on a side."
              .formatted(declaredWidth, declaredHeight, maxPixels, MAX_SIDE),
          shown ? (int) declaredWidth : -1,
          shown ? (int) declaredHeight : -1);
    }
    width = (int) declaredWidth;
    height = (int) declaredHeight;
  }

  /**
   * Waits until the heap has room for the declared picture and what its decoder needs besides. To
   * be called before any of it is allocated, and once the orientation is known.
   *
   * @param besides bytes
   * @throws ImageException {@link Status#OUT_OF_MEMORY} where it never will; {@link
   *     Status#TOO_LARGE} where no array can hold the picture
   */
  void admit(long besides) throws ImageException {
    boolean turns = wanted == Orientation.UPRIGHT && tags.orientation() > LAST_IN_PLACE;
    admit(bytes() * (turns ? 2 : 1), besides);
  }

  /**
   * As {@link #admit} for a picture that is drawn in bands, if it is wanted so and stays as it is
   * stored.
   *
   * @return what takes the bands
   */
  Optional<Bands> admitBands(long besides) throws ImageException {
    if (use == null || (wanted == Orientation.UPRIGHT && tags.orientation() != 1)) {
      return Optional.empty();
    }
    Optional<Bands> bands = use.bands(width, height);
    if (bands.isPresent()) {
      int rows = Math.min(bands.get().rows(), height);
      admit((long) RgbImage.CHANNELS * width * rows, besides);
      inBands = true;
    }
    return bands;
  }

  private void admit(long drawn, long besides) throws ImageException {
    long bytes = bytes();
    if (bytes > Integer.MAX_VALUE - 8) {
      throw new ImageException(
          Status.TOO_LARGE,
          "The picture's %sx%s pixels take %s bytes, more than an array has."
              .formatted(width, height, bytes),
          width,
          height);
    }
    if (gate == null || alone) {
      admittedBytes = 0;
      return;
    }
    long start = System.nanoTime();
    admittedBytes = gate.enter(drawn + besides, width, height);
    deadline.extend(System.nanoTime() - start);
  }

  private long bytes() {
    return (long) RgbImage.CHANNELS * width * height;
  }

  /**
   * The buffer for the declared size, rows of {@code 3 * width} bytes, with what was in it before.
   * Waits for room where {@link #admit} was not called.
   */
  byte[] allocate() throws ImageException {
    if (admittedBytes < 0) {
      admit(0);
    }
    return rgb.take((int) bytes());
  }

  /**
   * A buffer for so many rows, or all, with what was in it before. To be asked for once admitted.
   */
  byte[] allocateRows(int rows) {
    return rgb.take(RgbImage.CHANNELS * width * Math.min(rows, height));
  }

  /** Whether the picture was drawn in bands, so that there is none to show. */
  boolean isInBands() {
    return inBands;
  }

  /**
   * Takes an array with the picture, as {@link #allocate} gives it, or longer, in place of its own.
   */
  void adopt(byte[] drawn) {
    rgb.adopt(drawn);
  }

  /** As {@link #allocate}, black. */
  byte[] allocateBlack() throws ImageException {
    byte[] black = allocate();
    Arrays.fill(black, 0, (int) bytes(), (byte) 0);
    return black;
  }

  private RgbImage picture() {
    return new RgbImage(width, height, rgb.taken());
  }

  /**
   * The picture that was drawn, turned as {@code ImageOps.exif_transpose} does where wanted;
   * without samples of its own where it was drawn in bands.
   */
  RgbImage finished() throws ImageException {
    if (inBands || wanted == Orientation.AS_STORED) {
      return picture();
    }
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
    byte[] samples = rgb.taken();
    for (int y = 0; y < height; y++) {
      int left = y * width * 3;
      int right = left + (width - 1) * 3;
      while (left < right) {
        for (int c = 0; c < 3; c++) {
          byte sample = samples[left + c];
          samples[left + c] = samples[right + c];
          samples[right + c] = sample;
        }
        left += 3;
        right -= 3;
      }
    }
  }

  private void reverseRows() {
    byte[] samples = rgb.taken();
    int rowBytes = width * 3;
    byte[] row = new byte[rowBytes];
    for (int top = 0, bottom = height - 1; top < bottom; top++, bottom--) {
      System.arraycopy(samples, top * rowBytes, row, 0, rowBytes);
      System.arraycopy(samples, bottom * rowBytes, samples, top * rowBytes, rowBytes);
      System.arraycopy(row, 0, samples, bottom * rowBytes, rowBytes);
    }
  }

  /** Rows become columns: tile by tile, so that both sides stay in the cache. */
  private void transpose(int orientation) throws ImageException {
    byte[] stored = rgb.taken();
    byte[] upright = turned.take((int) bytes());
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
            upright[to] = stored[from];
            upright[to + 1] = stored[from + 1];
            upright[to + 2] = stored[from + 2];
          }
        }
      }
    }
    KeptBuffer swap = rgb;
    rgb = turned;
    turned = swap;
    int oldWidth = width;
    width = height;
    height = oldWidth;
  }
}
