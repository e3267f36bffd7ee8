package io.labelmill.decode;

/** Filters the edges of a frame's macroblocks, each as strongly as its level says. */
final class Vp8FrameFilter {
  private final Vp8Header header;
  private final Vp8Plane luma;
  private final Vp8Plane blueChroma;
  private final Vp8Plane redChroma;
  private final byte[] limits;
  private final byte[] innerLimits;
  private final byte[] thresholds;
  private final boolean[] innerEdges;

  Vp8FrameFilter(Vp8Header header, Vp8Plane luma, Vp8Plane blueChroma, Vp8Plane redChroma) {
    this.header = header;
    this.luma = luma;
    this.blueChroma = blueChroma;
    this.redChroma = redChroma;
    int macroblocks = header.columns * header.rows;
    this.limits = new byte[macroblocks];
    this.innerLimits = new byte[macroblocks];
    this.thresholds = new byte[macroblocks];
    this.innerEdges = new boolean[macroblocks];
  }

  /** Keeps how a macroblock is to be filtered, once all are predicted. */
  void level(int x, int y, int segment, boolean blocks, boolean empty) {
    int level = header.filterLevel;
    if (header.segmented) {
      level = header.segmentFilter[segment] + (header.segmentAbsolute ? 0 : header.filterLevel);
    }
    if (header.filterDeltas) {
      level += header.referenceDelta + (blocks ? header.modeDelta : 0);
    }
    level = Vp8Constants.clip(level, 63);
    if (level == 0) {
      return;
    }
    int inner = level;
    if (header.sharpness > 0) {
      inner >>= header.sharpness > 4 ? 2 : 1;
      inner = Math.min(inner, 9 - header.sharpness);
    }
    inner = Math.max(inner, 1);
    int i = y * header.columns + x;
    innerLimits[i] = (byte) inner;
    limits[i] = (byte) (2 * level + inner);
    thresholds[i] = (byte) (level >= 40 ? 2 : (level >= 15 ? 1 : 0));
    innerEdges[i] = blocks || !empty;
  }

  void apply(int x, int y) {
    int i = y * header.columns + x;
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
    if (header.simpleFilter) {
      Vp8LoopFilter.simpleEdge(luma.samples, lumaAt, across, along, 16, limit);
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
      if (header.simpleFilter) {
        Vp8LoopFilter.simpleEdge(luma.samples, lumaAt + k * across, across, along, 16, limit);
      } else {
        Vp8LoopFilter.blockEdge(
            luma.samples, lumaAt + k * across, across, along, 16, limit, inner, threshold);
      }
    }
    if (!header.simpleFilter) {
      across = leftEdges ? 1 : blueChroma.stride;
      along = leftEdges ? blueChroma.stride : 1;
      int at = chromaAt + 4 * across;
      Vp8LoopFilter.blockEdge(blueChroma.samples, at, across, along, 8, limit, inner, threshold);
      Vp8LoopFilter.blockEdge(redChroma.samples, at, across, along, 8, limit, inner, threshold);
    }
  }
}
