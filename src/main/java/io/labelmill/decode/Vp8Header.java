package io.labelmill.decode;

/**
 * What a VP8 key frame says before its macroblocks (RFC 6386, section 9.2 on), and the readers of
 * what follows. No pixels are allocated for it.
 */
final class Vp8Header {
  private final Encoded file;
  final int width;
  final int height;

  /** Macroblocks side by side, and above each other. */
  final int columns;

  final int rows;

  boolean segmented;
  boolean segmentMap;
  boolean segmentAbsolute = true;
  private final int[] segmentQuantizer = new int[4];
  final int[] segmentFilter = new int[4];
  final int[] segmentProbability = {255, 255, 255};
  final boolean simpleFilter;
  final int filterLevel;
  final int sharpness;
  final boolean filterDeltas;
  int referenceDelta;
  int modeDelta;

  /** By segment: steps of first and further coefficients of luma, second order and chroma. */
  final int[][] quantizers = new int[4][6];

  final int[] probabilities;
  final boolean skips;
  final int skipProbability;

  final Vp8BitReader modes;
  final Vp8BitReader[] partitions;

  /**
   * @param from where the frame begins in the file
   * @param to where its chunk ends
   */
  Vp8Header(Encoded file, int from, int to) throws BrokenImage {
    this.file = file;
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
    partitions = partitions(first + firstSize, to, 1 << modes.number(2));
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

  private Vp8BitReader[] partitions(int from, int to, int count) throws BrokenImage {
    Vp8BitReader[] readers = new Vp8BitReader[count];
    int at = from + 3 * (count - 1);
    if (at >= to) {
      throw new BrokenImage("it has no room for its " + count + " partitions");
    }
    for (int i = 0; i < count; i++) {
      int sizeAt = from + 3 * i;
      int size = i == count - 1 ? to - at : file.u16le(sizeAt) | (file.u8(sizeAt + 2) << 16);
      int end = (int) Math.min((long) at + size, to);
      readers[i] = new Vp8BitReader(file, at, end);
      at = end;
    }
    return readers;
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
      steps[0] = Vp8Constants.DC_QUANTIZERS[Vp8Constants.clip(index + lumaDc, 127)];
      steps[1] = Vp8Constants.AC_QUANTIZERS[Vp8Constants.clip(index, 127)];
      steps[2] = Vp8Constants.DC_QUANTIZERS[Vp8Constants.clip(index + secondDc, 127)] * 2;
      steps[3] =
          Math.max(
              8, Vp8Constants.AC_QUANTIZERS[Vp8Constants.clip(index + secondAc, 127)] * 155 / 100);
      steps[4] = Vp8Constants.DC_QUANTIZERS[Vp8Constants.clip(index + chromaDc, 117)];
      steps[5] = Vp8Constants.AC_QUANTIZERS[Vp8Constants.clip(index + chromaAc, 127)];
    }
  }
}
