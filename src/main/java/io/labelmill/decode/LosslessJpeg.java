package io.labelmill.decode;

import io.labelmill.error.ImageException;

/**
 * Lossless JPEG with Huffman coding and 8 bits a sample (ITU-T T.81, annex H), which the JDK's
 * libjpeg does not read: samples as differences to what those on the left and above promise.
 *
 * <p>One per picture. Of one component (gray), three (RGB) or four (inverted CMYK), in one scan or,
 * for less than four, several.
 */
final class LosslessJpeg {
  private static final int BITS = 8;
  private static final int LONGEST_CODE = 16;

  private static final int DHT = 0xC4;
  private static final int RST0 = 0xD0;
  private static final int RST7 = 0xD7;
  private static final int EOI = 0xD9;
  private static final int SOS = 0xDA;
  private static final int DRI = 0xDD;

  private final Encoded file;
  private final Canvas canvas;
  private final byte[] ids;
  private final byte[] rgb;
  private final int width;

  /** By table and the next 16 bits: length of the code and what it stands for, in a byte each. */
  private final short[][] codes = new short[4][];

  private int restartRows;
  private int at;
  private long window;
  private int held;

  /** Of the bits held, how many stand for data that has ended. */
  private int madeUp;

  /**
   * @param ids of the components, in the order of the frame
   */
  LosslessJpeg(Encoded file, Canvas canvas, byte... ids) throws ImageException {
    this.file = file;
    this.canvas = canvas;
    this.ids = ids.clone();
    rgb = canvas.allocateBlack();
    width = canvas.width();
  }

  /** Fills the canvas, up to the end marker. */
  void draw() throws BrokenImage, ImageException {
    at = 2;
    int drawn = 0;
    for (int marker = marker(); marker != EOI; marker = marker()) {
      int length = file.u16be(at);
      int start = at + 2;
      file.require(at, length);
      at += length;
      switch (marker) {
        case DHT -> readCodes(start, at);
        case DRI -> readRestarts(file.u16be(start));
        case SOS -> {
          drawn += file.u8(start);
          drawScan(start);
        }
        default -> {
          // The frame was read before, and metadata does not matter.
        }
      }
    }
    if (drawn != ids.length) {
      throw new BrokenImage("its scans have " + drawn + " of " + ids.length + " components");
    }
  }

  private int marker() throws BrokenImage, ImageException {
    while (true) {
      canvas.deadline().check();
      while (file.u8(at) != 0xFF) {
        at++;
      }
      while (file.u8(at) == 0xFF) {
        at++;
      }
      int marker = file.u8(at++);
      if (marker > 1 && (marker < RST0 || marker > RST7)) {
        return marker;
      }
    }
  }

  private void readCodes(int start, int end) throws BrokenImage {
    int from = start;
    while (from < end) {
      int table = file.u8(from) & 3;
      short[] filled = new short[1 << LONGEST_CODE];
      int values = from + 1 + LONGEST_CODE;
      int next = 0;
      for (int length = 1; length <= LONGEST_CODE; length++) {
        int span = 1 << (LONGEST_CODE - length);
        for (int i = file.u8(from + length); i > 0; i--) {
          int category = file.u8(values++);
          if (category > LONGEST_CODE || next + span > filled.length) {
            throw new BrokenImage("its Huffman table " + table + " is none of differences");
          }
          for (int j = 0; j < span; j++) {
            filled[next++] = (short) ((length << 8) | category);
          }
        }
      }
      codes[table] = filled;
      from = values;
    }
  }

  private void readRestarts(int interval) throws BrokenImage {
    if (interval % width != 0) {
      throw new BrokenImage("its restart interval " + interval + " is no number of whole rows");
    }
    restartRows = interval / width;
  }

  private void drawScan(int start) throws BrokenImage, ImageException {
    int count = file.u8(start);
    int predictor = file.u8(start + 1 + 2 * count);
    int shift = file.u8(start + 3 + 2 * count) & 15;
    if (predictor < 1 || predictor > 7 || shift >= BITS || count == 0 || count > ids.length) {
      throw new BrokenImage(
          "its scan of " + count + " components has predictor " + predictor + ", shift " + shift);
    }
    if (ids.length == 4 && count != 4) {
      throw canvas.notRead("it is lossless CMYK in several scans");
    }
    int[] places = new int[count];
    short[][] tables = new short[count][];
    for (int i = 0; i < count; i++) {
      places[i] = place(file.u8(start + 1 + 2 * i));
      tables[i] = codes[(file.u8(start + 2 + 2 * i) >> 4) & 3];
      if (tables[i] == null) {
        throw new BrokenImage("its scan has no Huffman table");
      }
    }
    int[][] above = new int[count][width];
    int[][] now = new int[count][width];
    begin();
    for (int y = 0; y < canvas.height(); y++) {
      canvas.deadline().check();
      boolean first = y == 0;
      if (restartRows > 0 && y > 0 && y % restartRows == 0) {
        restart();
        first = true;
      }
      for (int x = 0; x < width; x++) {
        for (int i = 0; i < count; i++) {
          int[] row = now[i];
          int promised;
          if (x == 0) {
            promised = first ? 1 << (BITS - 1 - shift) : above[i][0];
          } else {
            promised = first ? row[x - 1] : promised(predictor, row, above[i], x);
          }
          row[x] = (promised + difference(tables[i])) & 0xFFFF;
        }
      }
      writeRow(y * width * 3, places, now, shift);
      int[][] swap = above;
      above = now;
      now = swap;
    }
  }

  private int place(int id) throws BrokenImage {
    for (int i = 0; i < ids.length; i++) {
      if ((ids[i] & 0xFF) == id) {
        return i;
      }
    }
    throw new BrokenImage("its scan has component " + id + ", which the frame has not");
  }

  private static int promised(int predictor, int[] row, int[] above, int x) {
    int left = row[x - 1];
    int up = above[x];
    int corner = above[x - 1];
    return switch (predictor) {
      case 1 -> left;
      case 2 -> up;
      case 3 -> corner;
      case 4 -> left + up - corner;
      case 5 -> left + ((up - corner) >> 1);
      case 6 -> up + ((left - corner) >> 1);
      default -> (left + up) >> 1;
    };
  }

  private void writeRow(int start, int[] places, int[][] row, int shift) {
    for (int x = 0, to = start; x < width; x++, to += 3) {
      if (ids.length == 4) {
        Cmyk.toRgb(
            ink(row[0][x], shift),
            ink(row[1][x], shift),
            ink(row[2][x], shift),
            ink(row[3][x], shift),
            rgb,
            to);
        continue;
      }
      for (int i = 0; i < places.length; i++) {
        byte sample = (byte) (row[i][x] << shift);
        rgb[to + places[i]] = sample;
        if (ids.length == 1) {
          rgb[to + 1] = sample;
          rgb[to + 2] = sample;
        }
      }
    }
  }

  /** Adobe's CMYK is stored inverted. */
  private static int ink(int sample, int shift) {
    return 255 - ((sample << shift) & 0xFF);
  }

  private int difference(short[] table) throws BrokenImage {
    int code = table[peek(LONGEST_CODE)];
    if (code == 0) {
      throw new BrokenImage("its packed data is damaged");
    }
    skip(code >> 8);
    int category = code & 0xFF;
    if (category == 0) {
      return 0;
    } else if (category == LONGEST_CODE) {
      return 1 << 15;
    }
    int bits = peek(category);
    skip(category);
    return bits >> (category - 1) != 0 ? bits : bits - (1 << category) + 1;
  }

  private void begin() {
    window = 0;
    held = 0;
    madeUp = 0;
  }

  private int peek(int count) {
    while (held < count) {
      int next = 0;
      boolean ended = at >= file.length;
      if (!ended) {
        next = file.bytes[at] & 0xFF;
        ended = next == 0xFF && (at + 1 >= file.length || file.bytes[at + 1] != 0);
      }
      if (ended) {
        next = 0;
        madeUp += 8;
      } else {
        at += next == 0xFF ? 2 : 1;
      }
      window = (window << 8) | next;
      held += 8;
    }
    return (int) (window >> (held - count)) & ((1 << count) - 1);
  }

  private void skip(int count) throws BrokenImage {
    held -= count;
    if (held < madeUp) {
      throw new BrokenImage("its packed data ends before its last row, at byte " + at);
    }
  }

  private void restart() throws BrokenImage {
    begin();
    if (file.u8(at) != 0xFF || file.u8(at + 1) < RST0 || file.u8(at + 1) > RST7) {
      throw new BrokenImage("there is no restart marker at byte " + at);
    }
    at += 2;
  }
}
