package io.labelmill.decode;

import io.labelmill.decode.TiffLayout.Numbers;

/**
 * The samples of an unpacked strip or tile.
 *
 * @param block its rows, in the byte order of the file; a view
 */
// A view, never compared.
@SuppressWarnings("ArrayRecordComponent")
record TiffSamples(TiffLayout layout, byte[] block) {
  /** Samples were stored as differences to those of the pixel on the left. */
  private static final int HORIZONTAL = 2;

  /** Likewise, after the bytes of a row's numbers were sorted by their weight. */
  private static final int FLOATING_POINT = 3;

  /** Whether libtiff knows the predictor for such samples. */
  static boolean isPredictor(int predictor, TiffLayout layout) {
    int bits = layout.bits();
    return predictor == HORIZONTAL
        ? bits == 8 || bits == 16 || bits == 32
        : predictor == FLOATING_POINT && layout.numbers() == Numbers.FLOAT;
  }

  void unpredict(int predictor, int rowBytes, int rows) {
    int step = layout.planar() ? 1 : layout.samplesPerPixel();
    int bytes = layout.bits() / 8;
    byte[] line = predictor == FLOATING_POINT ? new byte[rowBytes] : null;
    for (int y = 0; y < rows; y++) {
      int start = y * rowBytes;
      if (predictor == FLOATING_POINT) {
        addBytes(start, rowBytes, step);
        System.arraycopy(block, start, line, 0, rowBytes);
        mergeWeights(line, start, bytes);
      } else if (bytes == 1) {
        addBytes(start, rowBytes, step);
      } else {
        for (int at = start + bytes * step; at + bytes <= start + rowBytes; at += bytes) {
          put(at, number(at, bytes) + number(at - bytes * step, bytes), bytes);
        }
      }
    }
  }

  private void addBytes(int start, int rowBytes, int step) {
    for (int i = start + step; i < start + rowBytes; i++) {
      block[i] += block[i - step];
    }
  }

  /** The line has all highest bytes, then all of the next weight, and so on. */
  private void mergeWeights(byte[] line, int start, int bytes) {
    int count = line.length / bytes;
    for (int i = 0; i < count; i++) {
      for (int weight = 0; weight < bytes; weight++) {
        int place = layout.bigEndian() ? weight : bytes - 1 - weight;
        block[start + i * bytes + place] = line[weight * count + i];
      }
    }
  }

  private int number(int at, int bytes) {
    int number = 0;
    for (int i = 0; i < bytes; i++) {
      number = (number << 8) | (block[layout.bigEndian() ? at + i : at + bytes - 1 - i] & 0xFF);
    }
    return number;
  }

  private void put(int at, int number, int bytes) {
    for (int i = 0; i < bytes; i++) {
      block[layout.bigEndian() ? at + bytes - 1 - i : at + i] = (byte) (number >> (8 * i));
    }
  }

  /** The high byte of a sample of 8 or 16 bits. */
  byte high(int at) {
    return layout.bits() == 16 && !layout.bigEndian() ? block[at + 1] : block[at];
  }

  /** Gray of 16 or 32 bits, within 0 and 255. */
  int clipped(int at) {
    int number = number(at, layout.bits() / 8);
    return switch (layout.numbers()) {
      // Infinite or not a number too: what converts to no byte is black or white.
      case FLOAT -> (int) Math.max(0, Math.min(Float.intBitsToFloat(number), 255));
      case SIGNED -> clip(layout.bits() == 16 ? (short) number : number);
      // Of 32 bits Pillow makes signed ones.
      default -> clip(number);
    };
  }

  private static int clip(int value) {
    return Math.max(0, Math.min(value, 255));
  }

  /** A sample of less than 8 bits, or of 12, from the highest bit. */
  int level(int from, int x) {
    int bits = layout.bits();
    int bit = x * bits;
    int at = from + (bit >> 3);
    if (bits < 8) {
      return ((block[at] & 0xFF) >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
    }
    int first = block[at] & 0xFF;
    int second = block[at + 1] & 0xFF;
    return (bit & 7) == 0 ? (first << 4) | (second >> 4) : ((first & 15) << 8) | second;
  }
}
