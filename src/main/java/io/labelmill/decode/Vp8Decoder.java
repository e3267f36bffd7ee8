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
  private final Encoded file;
  private final Canvas canvas;
  private Vp8Header header;
  private Vp8Modes modes;
  private Vp8Residuals residuals;
  private final Vp8Prediction prediction = new Vp8Prediction();
  private Vp8Plane luma;
  private Vp8Plane blueChroma;
  private Vp8Plane redChroma;
  private Vp8FrameFilter filter;

  Vp8Decoder(Encoded file, Canvas canvas) {
    this.file = file;
    this.canvas = canvas;
  }

  /**
   * Reads what comes before the macroblocks; allocates no pixels.
   *
   * @param from where the frame begins in the file
   * @param to where its chunk ends
   */
  void readHeader(int from, int to) throws BrokenImage {
    header = new Vp8Header(file, from, to);
  }

  /** What {@link #draw} allocates: planes, and a few numbers for each block and column. */
  long bytes() {
    long blocks = (long) header.columns * header.rows;
    return Vp8Plane.bytes(header.columns * 16, header.rows * 16)
        + 2 * Vp8Plane.bytes(header.columns * 8, header.rows * 8)
        + 4 * blocks
        + 64L * header.columns;
  }

  /** Decodes the frame, and draws it on the canvas as far as it lies inside. */
  void draw(int left, int top) throws BrokenImage, ImageException {
    allocate();
    for (int y = 0; y < header.rows; y++) {
      canvas.deadline().check();
      modes.startRow();
      residuals.startRow();
      Vp8BitReader tokens = header.partitions[y & (header.partitions.length - 1)];
      for (int x = 0; x < header.columns; x++) {
        macroblock(x, y, tokens);
      }
    }
    if (header.filterLevel > 0) {
      for (int y = 0; y < header.rows; y++) {
        canvas.deadline().check();
        for (int x = 0; x < header.columns; x++) {
          filter.apply(x, y);
        }
      }
    }
    new Vp8Colours(header.width, header.height, luma, blueChroma, redChroma)
        .draw(canvas, left, top);
  }

  private void allocate() {
    luma = new Vp8Plane(header.columns * 16, header.rows * 16);
    blueChroma = new Vp8Plane(header.columns * 8, header.rows * 8);
    redChroma = new Vp8Plane(header.columns * 8, header.rows * 8);
    modes = new Vp8Modes(header);
    residuals = new Vp8Residuals(header);
    filter = new Vp8FrameFilter(header, luma, blueChroma, redChroma);
  }

  private void macroblock(int x, int y, Vp8BitReader tokens) throws BrokenImage {
    int segment = modes.segment();
    boolean skipped = modes.isSkipped();
    int lumaMode = modes.lumaMode(x);
    int chromaMode = modes.chromaMode();
    boolean empty = true;
    if (skipped) {
      residuals.skip(x, lumaMode);
    } else {
      empty = !residuals.read(x, lumaMode, header.quantizers[segment], tokens);
    }
    predictLuma(x, y, lumaMode, empty);
    predictChroma(blueChroma, x, y, chromaMode, 16, empty);
    predictChroma(redChroma, x, y, chromaMode, 20, empty);
    filter.level(x, y, segment, lumaMode == Vp8Modes.B_PRED, empty);
  }

  private void predictLuma(int x, int y, int mode, boolean empty) {
    byte[] s = luma.samples;
    int stride = luma.stride;
    int at = luma.origin + y * 16 * stride + x * 16;
    if (mode != Vp8Modes.B_PRED) {
      Vp8Prediction.whole(luma, at, 16, mode, x, y);
      if (!empty) {
        for (int i = 0; i < 16; i++) {
          residuals.addTo(s, at + (i >> 2) * 4 * stride + (i & 3) * 4, stride, i);
        }
      }
      return;
    }
    int aboveRight = at - stride + 16;
    // The last column has no macroblock above right: its last sample above is repeated.
    if (y > 0 && x == header.columns - 1) {
      Arrays.fill(s, aboveRight, aboveRight + 4, s[aboveRight - 1]);
    }
    for (int i = 0; i < 16; i++) {
      int block = at + (i >> 2) * 4 * stride + (i & 3) * 4;
      // Blocks on the right take the samples above right of the macroblock, in all rows.
      int right = (i & 3) == 3 ? aboveRight : block - stride + 4;
      prediction.block(s, block, stride, right, modes.blockModes[i]);
      if (!empty) {
        residuals.addTo(s, block, stride, i);
      }
    }
  }

  private void predictChroma(
      Vp8Plane plane, int x, int y, int mode, int firstBlock, boolean empty) {
    int stride = plane.stride;
    int at = plane.origin + y * 8 * stride + x * 8;
    Vp8Prediction.whole(plane, at, 8, mode, x, y);
    if (!empty) {
      for (int i = 0; i < 4; i++) {
        residuals.addTo(
            plane.samples, at + (i >> 1) * 4 * stride + (i & 1) * 4, stride, firstBlock + i);
      }
    }
  }
}
