package io.labelmill.decode;

import io.labelmill.error.ImageException;

/**
 * The first frame of a GIF, on its logical screen. What the frame does not cover has the
 * transparent colour, or colour 0, as in Pillow; transparency changes nothing.
 */
final class GifDecoder implements FormatDecoder {
  private static final int MAX_CODES = 4096;

  /** A code of 12 bits stands for fewer than 4096 pixels. */
  private static final long MAX_LZW_RATIO = MAX_CODES;

  private final Palette palette = new Palette();
  private final short[] prefix = new short[MAX_CODES];
  private final byte[] suffix = new byte[MAX_CODES];
  private final byte[] string = new byte[MAX_CODES];

  private Encoded file;
  private int at;
  private int blockEnd;

  @Override
  public void decode(Encoded encoded, Canvas canvas) throws BrokenImage, ImageException {
    file = encoded;
    palette.clear();
    int screenWidth = file.u16le(6);
    int screenHeight = file.u16le(8);
    int flags = file.u8(10);
    canvas.declare(screenWidth, screenHeight);
    file.u8(12);
    at = 13;
    if ((flags & 0x80) != 0) {
      readPalette(2 << (flags & 7));
    }
    int transparent = blocksBeforeFrame(canvas);

    int left = file.u16le(at);
    int top = file.u16le(at + 2);
    int width = file.u16le(at + 4);
    int height = file.u16le(at + 6);
    int frameFlags = file.u8(at + 8);
    at += 9;
    if (width == 0 || height == 0) {
      throw new BrokenImage("its first frame is " + width + "x" + height + " pixels");
    }
    // A frame that is larger than the screen enlarges it.
    canvas.declare(Math.max(screenWidth, left + width), Math.max(screenHeight, top + height));
    if ((frameFlags & 0x80) != 0) {
      palette.clear();
      readPalette(2 << (frameFlags & 7));
    }
    if (palette.colours() == 0) {
      throw new BrokenImage("it has no colour table");
    }
    int codeBits = file.u8(at++);
    if (codeBits < 1 || codeBits > 8) {
      throw new BrokenImage("its pixels are packed from " + codeBits + " bits, not 1 to 8");
    }
    if ((long) width * height > (file.length - at) * MAX_LZW_RATIO) {
      throw new BrokenImage(
          "its %s bytes of packed data cannot hold the declared %sx%s pixels"
              .formatted(file.length - at, width, height));
    }
    byte[] rgb = canvas.allocate();
    if (width < canvas.width() || height < canvas.height()) {
      fill(canvas, rgb, Math.max(transparent, 0));
    }
    unpack(canvas, rgb, left, top, width, height, codeBits, (frameFlags & 0x40) != 0);
    file = null;
  }

  private void readPalette(int colours) throws BrokenImage {
    file.require(at, 3L * colours);
    for (int i = 0; i < colours; i++) {
      palette.set(i, file.u8(at), file.u8(at + 1), file.u8(at + 2));
      at += 3;
    }
  }

  /** Stops behind the image separator; returns the transparent colour or -1. */
  private int blocksBeforeFrame(Canvas canvas) throws BrokenImage, ImageException {
    int transparent = -1;
    while (true) {
      canvas.deadline().check();
      int separator = file.u8(at++);
      switch (separator) {
        case ',' -> {
          return transparent;
        }
        case ';' -> throw new BrokenImage("it has no frame");
        case '!' -> {
          int label = file.u8(at++);
          if (label == 0xF9 && file.u8(at) >= 4 && (file.u8(at + 1) & 1) != 0) {
            transparent = file.u8(at + 4);
          }
          int size = file.u8(at++);
          while (size != 0) {
            at += size;
            size = file.u8(at++);
          }
        }
        default -> {
          // Pillow looks further for something that it knows.
        }
      }
    }
  }

  private void fill(Canvas canvas, byte[] rgb, int colour) throws BrokenImage {
    int end = canvas.width() * canvas.height() * 3;
    for (int i = 0; i < end; i += 3) {
      palette.draw(colour, rgb, i);
    }
  }

  private void unpack(
      Canvas canvas,
      byte[] rgb,
      int left,
      int top,
      int width,
      int height,
      int codeBits,
      boolean interlaced)
      throws BrokenImage, ImageException {
    int clear = 1 << codeBits;
    int end = clear + 1;
    int next = clear + 2;
    int bits = codeBits + 1;
    int last = -1;
    int first = 0;
    int x = 0;
    int y = 0;
    int pass = 0;
    int done = 0;
    int to = (top * canvas.width() + left) * 3;
    long window = 0;
    int held = 0;
    blockEnd = at;
    for (int i = 0; i < clear; i++) {
      suffix[i] = (byte) i;
    }
    while (done < height) {
      while (held < bits) {
        window |= (long) dataByte() << held;
        held += 8;
      }
      int code = (int) (window & ((1 << bits) - 1));
      window >>>= bits;
      held -= bits;
      if (code == clear) {
        bits = codeBits + 1;
        next = clear + 2;
        last = -1;
        continue;
      }
      if (code == end) {
        throw new BrokenImage("its packed data ends before the last row");
      }
      if (code > next || (last < 0 && code >= end)) {
        throw new BrokenImage("its packed data is damaged (code " + code + " of " + next + ")");
      }
      int from = MAX_CODES;
      int walk = code;
      if (code == next) {
        string[--from] = (byte) first;
        walk = last;
      }
      while (walk > end) {
        string[--from] = suffix[walk];
        walk = prefix[walk];
      }
      string[--from] = suffix[walk];
      first = suffix[walk] & 0xFF;
      if (last >= 0 && next < MAX_CODES) {
        prefix[next] = (short) last;
        suffix[next] = (byte) first;
        next++;
        if (next == 1 << bits && bits < 12) {
          bits++;
        }
      }
      last = code;
      while (from < MAX_CODES && done < height) {
        palette.draw(string[from++] & 0xFF, rgb, to);
        to += 3;
        if (++x == width) {
          canvas.deadline().check();
          x = 0;
          done++;
          y++;
          if (interlaced) {
            y = y - 1 + STEPS[pass];
            while (y >= height && pass < 3) {
              pass++;
              y = STARTS[pass];
            }
          }
          to = ((top + y) * canvas.width() + left) * 3;
        }
      }
    }
  }

  private static final int[] STARTS = {0, 4, 2, 1};
  private static final int[] STEPS = {8, 8, 4, 2};

  private int dataByte() throws BrokenImage {
    if (at == blockEnd) {
      int size = file.u8(at++);
      if (size == 0) {
        throw new BrokenImage("its packed data ends before the last row");
      }
      blockEnd = at + size;
    }
    return file.u8(at++);
  }
}
