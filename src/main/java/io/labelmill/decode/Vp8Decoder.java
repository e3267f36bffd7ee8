package io.labelmill.decode;

import io.labelmill.error.ImageException;
import java.util.Arrays;

/**
 * A VP8 key frame, the lossy kind of WebP: RFC 6386, with the colours as libwebp makes them.
 *
 * <p>Written here because libwebp's chroma upsampling is part of what Pillow decodes, and no Java
 * library does it. Three steps: all macroblocks are predicted and completed on planes of whole
 * macroblocks, the planes are filtered, and rows are converted with upsampled chroma. Memory: 1.5
 * bytes a pixel besides the canvas.
 */
final class Vp8Decoder {
  private static final int DC_PRED = 0;
  private static final int V_PRED = 1;
  private static final int H_PRED = 2;
  private static final int TM_PRED = 3;
  private static final int B_PRED = 4;

  private static final int B_DC = 0;
  private static final int B_TM = 1;
  private static final int B_VE = 2;
  private static final int B_HE = 3;
  private static final int B_LD = 4;
  private static final int B_RD = 5;
  private static final int B_VR = 6;
  private static final int B_VL = 7;
  private static final int B_HD = 8;
  private static final int B_HU = 9;

  private static final int[] BANDS = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0};
  private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
  private static final int[][] LARGE_VALUES = {
    {173, 148, 140},
    {176, 155, 140, 135},
    {180, 157, 141, 134, 130},
    {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
  };

  /** What stands for pixels left of and above the picture. */
  private static final byte LEFT_OF_PICTURE = (byte) 129;

  private static final byte ABOVE_PICTURE = 127;

  /** Room on the left of each row and, for prediction from above right, on its right. */
  private static final int MARGIN = 8;

  private final Encoded file;
  private final Canvas canvas;

  private int width;
  private int height;
  private int columns;
  private int rows;

  private boolean segmented;
  private boolean segmentMap;
  private boolean segmentAbsolute = true;
  private final int[] segmentQuantizer = new int[4];
  private final int[] segmentFilter = new int[4];
  private final int[] segmentProbability = {255, 255, 255};
  private boolean simpleFilter;
  private int filterLevel;
  private int sharpness;
  private boolean filterDeltas;
  private int referenceDelta;
  private int modeDelta;
  private final int[][] quantizers = new int[4][6];
  private int[] probabilities;
  private boolean skips;
  private int skipProbability;

  private Vp8BitReader modes;
  private Vp8BitReader[] partitions;

  private Plane luma;
  private Plane blueChroma;
  private Plane redChroma;

  private int[] modesAbove;
  private final int[] modesLeft = new int[4];

  /** Whether blocks above had coefficients: 4 luma, 2 and 2 chroma, 1 second-order, per column. */
  private int[] coefficientsAbove;

  private final int[] coefficientsLeft = new int[9];
  private final int[] blockModes = new int[16];
  private final int[] coefficients = new int[25 * 16];
  private final int[] transformed = new int[16];
  private final int[] edge = new int[13];

  private byte[] limits;
  private byte[] innerLimits;
  private byte[] thresholds;
  private boolean[] innerEdges;

  /** One plane of samples with its margins. */
  private static final class Plane {
    final int stride;
    final int origin;
    final byte[] samples;

    static long bytes(int width, int height) {
      return (width + 2L * MARGIN) * (height + 1L);
    }

    Plane(int width, int height) {
      stride = width + 2 * MARGIN;
      origin = stride + MARGIN;
      samples = new byte[Math.multiplyExact(stride, height + 1)];
      Arrays.fill(samples, 0, stride, ABOVE_PICTURE);
      for (int y = 0; y < height; y++) {
        samples[origin + y * stride - 1] = LEFT_OF_PICTURE;
      }
    }
  }

  Vp8Decoder(Encoded file, Canvas canvas) {
    this.file = file;
    this.canvas = canvas;
  }

  /** Decodes the frame, and draws it on the canvas as far as it lies inside. */
  void draw(int left, int top) throws BrokenImage, ImageException {
    allocate();
    for (int y = 0; y < rows; y++) {
      canvas.deadline().check();
      Arrays.fill(modesLeft, B_DC);
      Arrays.fill(coefficientsLeft, 0);
      Vp8BitReader tokens = partitions[y & (partitions.length - 1)];
      for (int x = 0; x < columns; x++) {
        macroblock(x, y, tokens);
      }
    }
    if (filterLevel > 0) {
      for (int y = 0; y < rows; y++) {
        canvas.deadline().check();
        for (int x = 0; x < columns; x++) {
          filter(x, y);
        }
      }
    }
    colour(left, top);
  }

  /**
   * Reads what comes before the macroblocks; allocates no pixels.
   *
   * @param from where the frame begins in the file
   * @param to where its chunk ends
   */
  void readHeader(int from, int to) throws BrokenImage {
    int tag = file.u16le(from) | (file.u8(from + 2) << 16);
    if ((tag & 1) != 0) {
      throw new BrokenImage("its VP8 frame is not a key frame");
    }
    if (((tag >> 1) & 7) > 3) {
      throw new BrokenImage("its VP8 version " + ((tag >> 1) & 7) + " is unknown");
    }
    if (file.u8(from + 3) != 0x9D || file.u8(from + 4) != 0x01 || file.u8(from + 5) != 0x2A) {
      throw new BrokenImage("its VP8 frame has no start code");
    }
    width = file.u16le(from + 6) & 0x3FFF;
    height = file.u16le(from + 8) & 0x3FFF;
    columns = (width + 15) >> 4;
    rows = (height + 15) >> 4;
    int first = from + 10;
    int firstSize = tag >> 5;
    if (first + (long) firstSize > to) {
      throw new BrokenImage("its first partition is longer than its chunk");
    }
    modes = new Vp8BitReader(file, first, first + firstSize);
    modes.number(2); // Colour space and clamping: both of no effect here.
    segments();
    simpleFilter = modes.flag() == 1;
    filterLevel = modes.number(6);
    sharpness = modes.number(3);
    filterDeltas = modes.flag() == 1;
    if (filterDeltas && modes.flag() == 1) {
      referenceDelta = modes.optionalSigned(6);
      for (int i = 0; i < 3; i++) {
        modes.optionalSigned(6);
      }
      modeDelta = modes.optionalSigned(6);
      for (int i = 0; i < 3; i++) {
        modes.optionalSigned(6);
      }
    }
    partitions(first + firstSize, to, 1 << modes.number(2));
    quantizers();
    modes.flag(); // Whether later frames keep the probabilities: there are none.
    probabilities = Vp8Constants.COEFFICIENTS.clone();
    for (int i = 0; i < probabilities.length; i++) {
      if (modes.bit(Vp8Constants.COEFFICIENT_UPDATES[i]) == 1) {
        probabilities[i] = modes.number(8);
      }
    }
    skips = modes.flag() == 1;
    skipProbability = skips ? modes.number(8) : 0;
  }

  private void segments() throws BrokenImage {
    segmented = modes.flag() == 1;
    if (!segmented) {
      return;
    }
    segmentMap = modes.flag() == 1;
    if (modes.flag() == 1) {
      segmentAbsolute = modes.flag() == 1;
      for (int i = 0; i < 4; i++) {
        segmentQuantizer[i] = modes.optionalSigned(7);
      }
      for (int i = 0; i < 4; i++) {
        segmentFilter[i] = modes.optionalSigned(6);
      }
    }
    if (segmentMap) {
      for (int i = 0; i < 3; i++) {
        segmentProbability[i] = modes.flag() == 1 ? modes.number(8) : 255;
      }
    }
  }

  private void partitions(int from, int to, int count) throws BrokenImage {
    partitions = new Vp8BitReader[count];
    int at = from + 3 * (count - 1);
    if (at >= to) {
      throw new BrokenImage("it has no room for its " + count + " partitions");
    }
    for (int i = 0; i < count; i++) {
      int sizeAt = from + 3 * i;
      int size = i == count - 1 ? to - at : file.u16le(sizeAt) | (file.u8(sizeAt + 2) << 16);
      int end = (int) Math.min((long) at + size, to);
      partitions[i] = new Vp8BitReader(file, at, end);
      at = end;
    }
  }

  private void quantizers() throws BrokenImage {
    int base = modes.number(7);
    int lumaDc = modes.optionalSigned(4);
    int secondDc = modes.optionalSigned(4);
    int secondAc = modes.optionalSigned(4);
    int chromaDc = modes.optionalSigned(4);
    int chromaAc = modes.optionalSigned(4);
    for (int i = 0; i < 4; i++) {
      int index = base;
      if (segmented) {
        index = segmentQuantizer[i] + (segmentAbsolute ? 0 : base);
      }
      int[] steps = quantizers[i];
      steps[0] = Vp8Constants.DC_QUANTIZERS[clip(index + lumaDc, 127)];
      steps[1] = Vp8Constants.AC_QUANTIZERS[clip(index, 127)];
      steps[2] = Vp8Constants.DC_QUANTIZERS[clip(index + secondDc, 127)] * 2;
      steps[3] = Math.max(8, Vp8Constants.AC_QUANTIZERS[clip(index + secondAc, 127)] * 155 / 100);
      steps[4] = Vp8Constants.DC_QUANTIZERS[clip(index + chromaDc, 117)];
      steps[5] = Vp8Constants.AC_QUANTIZERS[clip(index + chromaAc, 127)];
    }
  }

  /** What {@link #draw} allocates: planes, and a few numbers for each block and column. */
  long bytes() {
    long blocks = (long) columns * rows;
    return Plane.bytes(columns * 16, rows * 16)
        + 2 * Plane.bytes(columns * 8, rows * 8)
        + 4 * blocks
        + 64L * columns;
  }

  private void allocate() {
    luma = new Plane(columns * 16, rows * 16);
    blueChroma = new Plane(columns * 8, rows * 8);
    redChroma = new Plane(columns * 8, rows * 8);
    modesAbove = new int[columns * 4];
    coefficientsAbove = new int[columns * 9];
    limits = new byte[columns * rows];
    innerLimits = new byte[columns * rows];
    thresholds = new byte[columns * rows];
    innerEdges = new boolean[columns * rows];
  }

  private void macroblock(int x, int y, Vp8BitReader tokens) throws BrokenImage {
    int segment = 0;
    if (segmentMap) {
      segment =
          modes.bit(segmentProbability[0]) == 0
              ? modes.bit(segmentProbability[1])
              : 2 + modes.bit(segmentProbability[2]);
    }
    boolean skipped = skips && modes.bit(skipProbability) == 1;
    int lumaMode = lumaMode(x);
    int chromaMode =
        modes.bit(142) == 0
            ? DC_PRED
            : (modes.bit(114) == 0 ? V_PRED : (modes.bit(183) == 0 ? H_PRED : TM_PRED));
    boolean empty = true;
    if (skipped) {
      int second = lumaMode == B_PRED ? 8 : 9;
      Arrays.fill(coefficientsAbove, x * 9, x * 9 + second, 0);
      Arrays.fill(coefficientsLeft, 0, second, 0);
    } else {
      empty = !residuals(x, lumaMode, quantizers[segment], tokens);
    }
    predictLuma(x, y, lumaMode, empty);
    predictChroma(blueChroma, x, y, chromaMode, 16, empty);
    predictChroma(redChroma, x, y, chromaMode, 20, empty);
    storeFilter(x, y, segment, lumaMode == B_PRED, empty);
  }

  private int lumaMode(int x) throws BrokenImage {
    if (modes.bit(145) == 0) {
      for (int i = 0; i < 16; i++) {
        int above = i < 4 ? modesAbove[x * 4 + i] : blockModes[i - 4];
        int left = (i & 3) == 0 ? modesLeft[i >> 2] : blockModes[i - 1];
        blockModes[i] = blockMode((above * 10 + left) * 9);
      }
      for (int i = 0; i < 4; i++) {
        modesAbove[x * 4 + i] = blockModes[12 + i];
        modesLeft[i] = blockModes[4 * i + 3];
      }
      return B_PRED;
    }
    int mode =
        modes.bit(156) == 0
            ? (modes.bit(163) == 0 ? DC_PRED : V_PRED)
            : (modes.bit(128) == 0 ? H_PRED : TM_PRED);
    int implied =
        switch (mode) {
          case V_PRED -> B_VE;
          case H_PRED -> B_HE;
          case TM_PRED -> B_TM;
          default -> B_DC;
        };
    Arrays.fill(modesAbove, x * 4, x * 4 + 4, implied);
    Arrays.fill(modesLeft, implied);
    return mode;
  }

  private int blockMode(int row) throws BrokenImage {
    int[] p = Vp8Constants.BLOCK_MODES;
    if (modes.bit(p[row]) == 0) {
      return B_DC;
    }
    if (modes.bit(p[row + 1]) == 0) {
      return B_TM;
    }
    if (modes.bit(p[row + 2]) == 0) {
      return B_VE;
    }
    if (modes.bit(p[row + 3]) == 0) {
      if (modes.bit(p[row + 4]) == 0) {
        return B_HE;
      }
      return modes.bit(p[row + 5]) == 0 ? B_RD : B_VR;
    }
    if (modes.bit(p[row + 6]) == 0) {
      return B_LD;
    }
    if (modes.bit(p[row + 7]) == 0) {
      return B_VL;
    }
    return modes.bit(p[row + 8]) == 0 ? B_HD : B_HU;
  }

  /** Reads all blocks of a macroblock; whether one has a coefficient that is not zero. */
  private boolean residuals(int x, int lumaMode, int[] steps, Vp8BitReader tokens)
      throws BrokenImage {
    Arrays.fill(coefficients, 0);
    int above = x * 9;
    boolean some = false;
    int type = 3;
    int first = 0;
    if (lumaMode != B_PRED) {
      int context = coefficientsAbove[above + 8] + coefficientsLeft[8];
      int count = block(tokens, 1, context, steps[2], steps[3], 0, 24 * 16);
      int flag = count > 0 ? 1 : 0;
      coefficientsAbove[above + 8] = flag;
      coefficientsLeft[8] = flag;
      secondOrder(count);
      type = 0;
      first = 1;
    }
    for (int i = 0; i < 16; i++) {
      int column = above + (i & 3);
      int row = i >> 2;
      int count =
          block(
              tokens,
              type,
              coefficientsAbove[column] + coefficientsLeft[row],
              steps[0],
              steps[1],
              first,
              i * 16);
      int flag = count > first ? 1 : 0;
      coefficientsAbove[column] = flag;
      coefficientsLeft[row] = flag;
      some |= count > 1 || coefficients[i * 16] != 0;
    }
    for (int i = 16; i < 24; i++) {
      int plane = i < 20 ? 4 : 6;
      int column = above + plane + (i & 1);
      int row = plane + ((i >> 1) & 1);
      int count =
          block(
              tokens,
              2,
              coefficientsAbove[column] + coefficientsLeft[row],
              steps[4],
              steps[5],
              0,
              i * 16);
      int flag = count > 0 ? 1 : 0;
      coefficientsAbove[column] = flag;
      coefficientsLeft[row] = flag;
      some |= count > 1 || coefficients[i * 16] != 0;
    }
    return some;
  }

  /** Reads one block's tokens; returns the position behind the last coefficient that is not 0. */
  private int block(
      Vp8BitReader tokens, int type, int context, int dcStep, int acStep, int first, int out)
      throws BrokenImage {
    int[] p = probabilities;
    int n = first;
    int row = ((type * 8 + BANDS[n]) * 3 + context) * 11;
    while (n < 16) {
      if (tokens.bit(p[row]) == 0) {
        return n;
      }
      while (tokens.bit(p[row + 1]) == 0) {
        n++;
        if (n == 16) {
          return 16;
        }
        row = (type * 8 + BANDS[n]) * 33;
      }
      int value;
      int nextContext;
      if (tokens.bit(p[row + 2]) == 0) {
        value = 1;
        nextContext = 1;
      } else {
        value = largeValue(tokens, row);
        nextContext = 2;
      }
      int signed = tokens.flag() == 1 ? -value : value;
      coefficients[out + ZIGZAG[n]] = signed * (n == 0 ? dcStep : acStep);
      n++;
      row = ((type * 8 + BANDS[n]) * 3 + nextContext) * 11;
    }
    return 16;
  }

  private int largeValue(Vp8BitReader tokens, int row) throws BrokenImage {
    int[] p = probabilities;
    if (tokens.bit(p[row + 3]) == 0) {
      return tokens.bit(p[row + 4]) == 0 ? 2 : 3 + tokens.bit(p[row + 5]);
    }
    if (tokens.bit(p[row + 6]) == 0) {
      if (tokens.bit(p[row + 7]) == 0) {
        return 5 + tokens.bit(159);
      }
      int high = 2 * tokens.bit(165);
      return 7 + high + tokens.bit(145);
    }
    int high = tokens.bit(p[row + 8]);
    int category = 2 * high + tokens.bit(p[row + 9 + high]);
    int value = 0;
    for (int probability : LARGE_VALUES[category]) {
      value = 2 * value + tokens.bit(probability);
    }
    return value + 3 + (8 << category);
  }

  /** The inverse Walsh-Hadamard transform: first coefficients of the 16 luma blocks. */
  private void secondOrder(int count) {
    int in = 24 * 16;
    if (count <= 1) {
      int dc = (coefficients[in] + 3) >> 3;
      for (int i = 0; i < 16; i++) {
        coefficients[i * 16] = dc;
      }
      return;
    }
    int[] t = transformed;
    for (int i = 0; i < 4; i++) {
      int a0 = coefficients[in + i] + coefficients[in + 12 + i];
      int a1 = coefficients[in + 4 + i] + coefficients[in + 8 + i];
      int a2 = coefficients[in + 4 + i] - coefficients[in + 8 + i];
      int a3 = coefficients[in + i] - coefficients[in + 12 + i];
      t[i] = a0 + a1;
      t[8 + i] = a0 - a1;
      t[4 + i] = a3 + a2;
      t[12 + i] = a3 - a2;
    }
    for (int i = 0; i < 4; i++) {
      int dc = t[i * 4] + 3;
      int a0 = dc + t[3 + i * 4];
      int a1 = t[1 + i * 4] + t[2 + i * 4];
      int a2 = t[1 + i * 4] - t[2 + i * 4];
      int a3 = dc - t[3 + i * 4];
      coefficients[i * 64] = (a0 + a1) >> 3;
      coefficients[i * 64 + 16] = (a3 + a2) >> 3;
      coefficients[i * 64 + 32] = (a0 - a1) >> 3;
      coefficients[i * 64 + 48] = (a3 - a2) >> 3;
    }
  }

  private void predictLuma(int x, int y, int mode, boolean empty) {
    byte[] s = luma.samples;
    int stride = luma.stride;
    int at = luma.origin + y * 16 * stride + x * 16;
    if (mode != B_PRED) {
      predictWhole(luma, at, 16, mode, x, y);
      if (!empty) {
        for (int i = 0; i < 16; i++) {
          addResidual(s, at + (i >> 2) * 4 * stride + (i & 3) * 4, stride, i * 16);
        }
      }
      return;
    }
    int aboveRight = at - stride + 16;
    // The last column has no macroblock above right: its last sample above is repeated.
    if (y > 0 && x == columns - 1) {
      Arrays.fill(s, aboveRight, aboveRight + 4, s[aboveRight - 1]);
    }
    for (int i = 0; i < 16; i++) {
      int block = at + (i >> 2) * 4 * stride + (i & 3) * 4;
      // Blocks on the right take the samples above right of the macroblock, in all rows.
      int right = (i & 3) == 3 ? aboveRight : block - stride + 4;
      predictBlock(s, block, stride, right, blockModes[i]);
      if (!empty) {
        addResidual(s, block, stride, i * 16);
      }
    }
  }

  private void predictChroma(Plane plane, int x, int y, int mode, int firstBlock, boolean empty) {
    int stride = plane.stride;
    int at = plane.origin + y * 8 * stride + x * 8;
    predictWhole(plane, at, 8, mode, x, y);
    if (!empty) {
      for (int i = 0; i < 4; i++) {
        addResidual(
            plane.samples, at + (i >> 1) * 4 * stride + (i & 1) * 4, stride, (firstBlock + i) * 16);
      }
    }
  }

  private static void predictWhole(Plane plane, int at, int size, int mode, int x, int y) {
    byte[] s = plane.samples;
    int stride = plane.stride;
    switch (mode) {
      case DC_PRED -> {
        int shift = size == 16 ? 3 : 2;
        int sum = 0;
        if (y > 0) {
          for (int i = 0; i < size; i++) {
            sum += s[at - stride + i] & 0xFF;
          }
          shift++;
        }
        if (x > 0) {
          for (int i = 0; i < size; i++) {
            sum += s[at + i * stride - 1] & 0xFF;
          }
          shift++;
        }
        int dc = 128;
        if (x > 0 || y > 0) {
          // One side is 2^shift samples, both are twice as many.
          dc = (sum + (1 << (shift - 1))) >> shift;
        }
        for (int i = 0; i < size; i++) {
          Arrays.fill(s, at + i * stride, at + i * stride + size, (byte) dc);
        }
      }
      case V_PRED -> {
        for (int i = 0; i < size; i++) {
          System.arraycopy(s, at - stride, s, at + i * stride, size);
        }
      }
      case H_PRED -> {
        for (int i = 0; i < size; i++) {
          int row = at + i * stride;
          Arrays.fill(s, row, row + size, s[row - 1]);
        }
      }
      default -> trueMotion(s, at, stride, size);
    }
  }

  private static void trueMotion(byte[] s, int at, int stride, int size) {
    int corner = s[at - stride - 1] & 0xFF;
    for (int j = 0; j < size; j++) {
      int row = at + j * stride;
      int base = (s[row - 1] & 0xFF) - corner;
      for (int i = 0; i < size; i++) {
        s[row + i] = (byte) clip(base + (s[at - stride + i] & 0xFF), 255);
      }
    }
  }

  /**
   * Predicts 4x4 samples. {@code edge} runs from the lower left over the corner to the upper right:
   * 0 to 3 the left samples from below, 4 the corner, 5 to 12 those above.
   */
  private void predictBlock(byte[] s, int at, int stride, int right, int mode) {
    int[] e = edge;
    for (int i = 0; i < 4; i++) {
      e[3 - i] = s[at + i * stride - 1] & 0xFF;
      e[5 + i] = s[at - stride + i] & 0xFF;
      e[9 + i] = s[right + i] & 0xFF;
    }
    e[4] = s[at - stride - 1] & 0xFF;
    switch (mode) {
      case B_DC -> {
        int sum = 4;
        for (int i = 0; i < 4; i++) {
          sum += e[i] + e[5 + i];
        }
        for (int j = 0; j < 4; j++) {
          Arrays.fill(s, at + j * stride, at + j * stride + 4, (byte) (sum >> 3));
        }
      }
      case B_TM -> trueMotion(s, at, stride, 4);
      case B_VE -> {
        for (int i = 0; i < 4; i++) {
          byte value = average3(5 + i);
          for (int j = 0; j < 4; j++) {
            s[at + j * stride + i] = value;
          }
        }
      }
      case B_HE -> {
        for (int j = 0; j < 4; j++) {
          int below = j == 3 ? e[0] : e[2 - j];
          byte value = (byte) ((e[4 - j] + 2 * e[3 - j] + below + 2) >> 2);
          Arrays.fill(s, at + j * stride, at + j * stride + 4, value);
        }
      }
      case B_LD -> {
        for (int j = 0; j < 4; j++) {
          for (int i = 0; i < 4; i++) {
            int d = i + j;
            s[at + j * stride + i] =
                d == 6 ? (byte) ((e[11] + 3 * e[12] + 2) >> 2) : average3(6 + d);
          }
        }
      }
      case B_RD -> {
        for (int j = 0; j < 4; j++) {
          for (int i = 0; i < 4; i++) {
            s[at + j * stride + i] = average3(4 - j + i);
          }
        }
      }
      case B_VR -> verticalRight(s, at, stride);
      case B_VL -> verticalLeft(s, at, stride);
      case B_HD -> horizontalDown(s, at, stride);
      default -> horizontalUp(s, at, stride);
    }
  }

  private void verticalRight(byte[] s, int at, int stride) {
    for (int i = 0; i < 4; i++) {
      s[at + i] = average2(4 + i);
      s[at + stride + i] = average3(4 + i);
    }
    s[at + 2 * stride] = average3(3);
    s[at + 3 * stride] = average3(2);
    for (int i = 1; i < 4; i++) {
      s[at + 2 * stride + i] = s[at + i - 1];
      s[at + 3 * stride + i] = s[at + stride + i - 1];
    }
  }

  private void verticalLeft(byte[] s, int at, int stride) {
    for (int i = 0; i < 4; i++) {
      s[at + i] = average2(5 + i);
      s[at + stride + i] = average3(6 + i);
    }
    for (int i = 0; i < 3; i++) {
      s[at + 2 * stride + i] = s[at + i + 1];
      s[at + 3 * stride + i] = s[at + stride + i + 1];
    }
    s[at + 2 * stride + 3] = average3(10);
    s[at + 3 * stride + 3] = average3(11);
  }

  private void horizontalDown(byte[] s, int at, int stride) {
    for (int j = 0; j < 4; j++) {
      s[at + j * stride] = average2(3 - j);
      s[at + j * stride + 1] = average3(4 - j);
    }
    s[at + 2] = average3(5);
    s[at + 3] = average3(6);
    for (int j = 1; j < 4; j++) {
      s[at + j * stride + 2] = s[at + (j - 1) * stride];
      s[at + j * stride + 3] = s[at + (j - 1) * stride + 1];
    }
  }

  private void horizontalUp(byte[] s, int at, int stride) {
    // Left samples from above: edge[3] to edge[0].
    for (int j = 0; j < 4; j++) {
      for (int i = 0; i < 4; i++) {
        int d = 2 * j + i;
        byte value;
        if (d > 5) {
          value = (byte) edge[0];
        } else if (d == 5) {
          value = (byte) ((edge[1] + 3 * edge[0] + 2) >> 2);
        } else if (d % 2 == 0) {
          value = average2(2 - d / 2);
        } else {
          value = average3(2 - d / 2);
        }
        s[at + j * stride + i] = value;
      }
    }
  }

  /** Of edge samples {@code i} and {@code i + 1}. */
  private byte average2(int i) {
    return (byte) ((edge[i] + edge[i + 1] + 1) >> 1);
  }

  /** Around edge sample {@code i}. */
  private byte average3(int i) {
    return (byte) ((edge[i - 1] + 2 * edge[i] + edge[i + 1] + 2) >> 2);
  }

  /** The inverse cosine transform of a block, added to its prediction. */
  private void addResidual(byte[] s, int at, int stride, int in) {
    int[] c = coefficients;
    int[] t = transformed;
    for (int i = 0; i < 4; i++) {
      int a = c[in + i] + c[in + 8 + i];
      int b = c[in + i] - c[in + 8 + i];
      int m = multiply2(c[in + 4 + i]) - multiply1(c[in + 12 + i]);
      int n = multiply1(c[in + 4 + i]) + multiply2(c[in + 12 + i]);
      t[4 * i] = a + n;
      t[4 * i + 1] = b + m;
      t[4 * i + 2] = b - m;
      t[4 * i + 3] = a - n;
    }
    for (int i = 0; i < 4; i++) {
      int dc = t[i] + 4;
      int a = dc + t[8 + i];
      int b = dc - t[8 + i];
      int m = multiply2(t[4 + i]) - multiply1(t[12 + i]);
      int n = multiply1(t[4 + i]) + multiply2(t[12 + i]);
      int row = at + i * stride;
      s[row] = (byte) clip((s[row] & 0xFF) + ((a + n) >> 3), 255);
      s[row + 1] = (byte) clip((s[row + 1] & 0xFF) + ((b + m) >> 3), 255);
      s[row + 2] = (byte) clip((s[row + 2] & 0xFF) + ((b - m) >> 3), 255);
      s[row + 3] = (byte) clip((s[row + 3] & 0xFF) + ((a - n) >> 3), 255);
    }
  }

  private static int multiply1(int a) {
    return ((a * 20_091) >> 16) + a;
  }

  private static int multiply2(int a) {
    return (a * 35_468) >> 16;
  }

  private void storeFilter(int x, int y, int segment, boolean blocks, boolean empty) {
    int level = filterLevel;
    if (segmented) {
      level = segmentFilter[segment] + (segmentAbsolute ? 0 : filterLevel);
    }
    if (filterDeltas) {
      level += referenceDelta + (blocks ? modeDelta : 0);
    }
    level = clip(level, 63);
    if (level == 0) {
      return;
    }
    int inner = level;
    if (sharpness > 0) {
      inner >>= sharpness > 4 ? 2 : 1;
      inner = Math.min(inner, 9 - sharpness);
    }
    inner = Math.max(inner, 1);
    int i = y * columns + x;
    innerLimits[i] = (byte) inner;
    limits[i] = (byte) (2 * level + inner);
    thresholds[i] = (byte) (level >= 40 ? 2 : (level >= 15 ? 1 : 0));
    innerEdges[i] = blocks || !empty;
  }

  private void filter(int x, int y) {
    int i = y * columns + x;
    int limit = limits[i] & 0xFF;
    if (limit == 0) {
      return;
    }
    int inner = innerLimits[i];
    int threshold = thresholds[i];
    int lumaAt = luma.origin + y * 16 * luma.stride + x * 16;
    int chromaAt = blueChroma.origin + y * 8 * blueChroma.stride + x * 8;
    if (x > 0) {
      outerEdge(lumaAt, chromaAt, true, limit + 4, inner, threshold);
    }
    if (innerEdges[i]) {
      innerEdges(lumaAt, chromaAt, true, limit, inner, threshold);
    }
    if (y > 0) {
      outerEdge(lumaAt, chromaAt, false, limit + 4, inner, threshold);
    }
    if (innerEdges[i]) {
      innerEdges(lumaAt, chromaAt, false, limit, inner, threshold);
    }
  }

  private void outerEdge(
      int lumaAt, int chromaAt, boolean leftEdge, int limit, int inner, int threshold) {
    int across = leftEdge ? 1 : luma.stride;
    int along = leftEdge ? luma.stride : 1;
    if (simpleFilter) {
      simpleEdge(luma.samples, lumaAt, across, along, limit);
      return;
    }
    Vp8LoopFilter.macroblockEdge(luma.samples, lumaAt, across, along, 16, limit, inner, threshold);
    across = leftEdge ? 1 : blueChroma.stride;
    along = leftEdge ? blueChroma.stride : 1;
    Vp8LoopFilter.macroblockEdge(
        blueChroma.samples, chromaAt, across, along, 8, limit, inner, threshold);
    Vp8LoopFilter.macroblockEdge(
        redChroma.samples, chromaAt, across, along, 8, limit, inner, threshold);
  }

  private void innerEdges(
      int lumaAt, int chromaAt, boolean leftEdges, int limit, int inner, int threshold) {
    int across = leftEdges ? 1 : luma.stride;
    int along = leftEdges ? luma.stride : 1;
    for (int k = 4; k < 16; k += 4) {
      if (simpleFilter) {
        simpleEdge(luma.samples, lumaAt + k * across, across, along, limit);
      } else {
        Vp8LoopFilter.blockEdge(
            luma.samples, lumaAt + k * across, across, along, 16, limit, inner, threshold);
      }
    }
    if (!simpleFilter) {
      across = leftEdges ? 1 : blueChroma.stride;
      along = leftEdges ? blueChroma.stride : 1;
      int at = chromaAt + 4 * across;
      Vp8LoopFilter.blockEdge(blueChroma.samples, at, across, along, 8, limit, inner, threshold);
      Vp8LoopFilter.blockEdge(redChroma.samples, at, across, along, 8, limit, inner, threshold);
    }
  }

  private static void simpleEdge(byte[] s, int at, int across, int along, int limit) {
    Vp8LoopFilter.simpleEdge(s, at, across, along, 16, limit);
  }

  /** Colours: each row with the chroma row that it lies in and the one that it lies nearer to. */
  private void colour(int left, int top) {
    byte[] rgb = canvas.rgb();
    int chromaRows = (height + 1) / 2;
    int shown = Math.min(width, canvas.width() - left);
    for (int y = 0; y < Math.min(height, canvas.height() - top); y++) {
      int near = y / 2;
      int far = Math.max(0, Math.min(y % 2 == 0 ? near - 1 : near + 1, chromaRows - 1));
      drawRow(
          y,
          blueChroma.origin + near * blueChroma.stride,
          blueChroma.origin + far * blueChroma.stride,
          rgb,
          ((top + y) * canvas.width() + left) * 3,
          shown);
    }
  }

  /**
   * {@code UPSAMPLE_FUNC} of libwebp's {@code upsampling.c}: of the four chroma samples around a
   * pixel, 9, 3, 3 and 1 sixteenths, rounded in two steps.
   */
  private void drawRow(int y, int near, int far, byte[] rgb, int start, int shown) {
    int lumaRow = luma.origin + y * luma.stride;
    byte[] u = blueChroma.samples;
    byte[] v = redChroma.samples;
    int last = (width - 1) / 2;
    for (int x = 0; x < shown; x++) {
      int blue;
      int red;
      int c = (x + 1) / 2;
      if (x == 0 || c > last) {
        int edgeColumn = x == 0 ? 0 : last;
        blue = (3 * (u[near + edgeColumn] & 0xFF) + (u[far + edgeColumn] & 0xFF) + 2) >> 2;
        red = (3 * (v[near + edgeColumn] & 0xFF) + (v[far + edgeColumn] & 0xFF) + 2) >> 2;
      } else {
        // The nearer of the two columns c - 1 and c, and the other.
        int close = x % 2 == 0 ? c : c - 1;
        int away = x % 2 == 0 ? c - 1 : c;
        blue = upsampled(u, near + close, near + away, far + close, far + away);
        red = upsampled(v, near + close, near + away, far + close, far + away);
      }
      colour(luma.samples[lumaRow + x] & 0xFF, blue, red, rgb, start + 3 * x);
    }
  }

  private static int upsampled(byte[] s, int close, int beside, int below, int diagonal) {
    int closest = s[close] & 0xFF;
    int sides = (s[beside] & 0xFF) + (s[below] & 0xFF);
    int sum = closest + sides + (s[diagonal] & 0xFF) + 8;
    return (((sum + 2 * sides) >> 3) + closest) >> 1;
  }

  /** {@code VP8YUVToR}, {@code G} and {@code B} of libwebp's {@code yuv.h}: 14-bit fixed point. */
  private static void colour(int y, int u, int v, byte[] rgb, int at) {
    int luma = (y * 19_077) >> 8;
    rgb[at] = clip6(luma + ((v * 26_149) >> 8) - 14_234);
    rgb[at + 1] = clip6(luma - ((u * 6_419) >> 8) - ((v * 13_320) >> 8) + 8_708);
    rgb[at + 2] = clip6(luma + ((u * 33_050) >> 8) - 17_685);
  }

  private static byte clip6(int value) {
    return (byte) clip(value >> 6, 255);
  }

  private static int clip(int value, int max) {
    return value < 0 ? 0 : Math.min(value, max);
  }
}
