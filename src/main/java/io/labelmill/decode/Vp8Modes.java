package io.labelmill.decode;

import java.util.Arrays;

/** Reads how macroblocks are predicted (RFC 6386, section 11). Not thread-safe. */
final class Vp8Modes {
  static final int DC_PRED = 0;
  static final int V_PRED = 1;
  static final int H_PRED = 2;
  static final int TM_PRED = 3;
  static final int B_PRED = 4;

  static final int B_DC = 0;
  static final int B_TM = 1;
  static final int B_VE = 2;
  static final int B_HE = 3;
  static final int B_LD = 4;
  static final int B_RD = 5;
  static final int B_VR = 6;
  static final int B_VL = 7;
  static final int B_HD = 8;
  static final int B_HU = 9;

  private final Vp8Header header;
  private final Vp8BitReader modes;
  private final int[] modesAbove;
  private final int[] modesLeft = new int[4];

  /** Of the last macroblock's 16 blocks, where its luma is predicted by {@link #B_PRED}. */
  final int[] blockModes = new int[16];

  Vp8Modes(Vp8Header header) {
    this.header = header;
    this.modes = header.modes;
    this.modesAbove = new int[header.columns * 4];
  }

  void startRow() {
    Arrays.fill(modesLeft, B_DC);
  }

  int segment() throws BrokenImage {
    if (!header.segmentMap) {
      return 0;
    }
    int[] p = header.segmentProbability;
    return modes.bit(p[0]) == 0 ? modes.bit(p[1]) : 2 + modes.bit(p[2]);
  }

  boolean isSkipped() throws BrokenImage {
    return header.skips && modes.bit(header.skipProbability) == 1;
  }

  int chromaMode() throws BrokenImage {
    if (modes.bit(142) == 0) {
      return DC_PRED;
    }
    return modes.bit(114) == 0 ? V_PRED : (modes.bit(183) == 0 ? H_PRED : TM_PRED);
  }

  int lumaMode(int x) throws BrokenImage {
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
}
