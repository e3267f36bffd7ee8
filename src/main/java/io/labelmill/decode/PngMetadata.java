package io.labelmill.decode;

import io.labelmill.error.ImageException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The chunks of a PNG file that may say which way up its picture is, as Pillow reads them: {@code
 * eXIf}; the text {@code Raw profile type exif}, in which ImageMagick keeps EXIF as hexadecimal
 * digits; the text {@code XML:com.adobe.xmp}. Of several alike the last one counts.
 *
 * <p>Text that Pillow refuses leaves the picture as it is stored: its samples are whole.
 */
final class PngMetadata {
  private static final String EXIF_KEY = "exif";
  private static final String PROFILE_KEY = "Raw profile type exif";
  private static final String XMP_KEY = "XML:com.adobe.xmp";

  /** Unpacked text that is longer is not read; Pillow's limit too. */
  private static final int MAX_TEXT_BYTES = 1 << 20;

  private static final long MAX_TEXT_BYTES_IN_ALL = 8L * MAX_TEXT_BYTES;

  /** Lines of a profile before its digits: an empty one, its name, its length. */
  private static final int PROFILE_HEAD_LINES = 3;

  // A view, never compared.
  @SuppressWarnings("ArrayRecordComponent")
  private record Part(byte[] bytes, int from, int to) {
    int length() {
      return to - from;
    }

    int indexOf(int value) {
      int at = from;
      while (at < to && bytes[at] != value) {
        at++;
      }
      return at;
    }

    Part behind(int at) {
      return new Part(bytes, Math.min(at, to), to);
    }

    boolean isUtf8() {
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, length()));
        return true;
      } catch (CharacterCodingException e) {
        return false;
      }
    }
  }

  private final Inflater inflater = new Inflater();
  private long unpackedBytes;
  private Part exif;
  private Part profile;
  private Part xmp;

  /** Of an international text whatever its encoding; counts where there is no {@link #xmp}. */
  private Part xmpBytes;

  void clear() {
    unpackedBytes = 0;
    exif = null;
    profile = null;
    xmp = null;
    xmpBytes = null;
  }

  /** Looks at a chunk, of whatever name; {@code at} is where its length stands. */
  void chunk(Encoded file, long at, long size, Deadline deadline)
      throws BrokenImage, ImageException {
    if (file.has(at + 4, "eXIf")) {
      exif = data(file, at, size);
    } else if (file.has(at + 4, "tEXt")) {
      text(data(file, at, size));
    } else if (file.has(at + 4, "zTXt")) {
      deadline.check();
      packedText(data(file, at, size));
    } else if (file.has(at + 4, "iTXt")) {
      deadline.check();
      internationalText(data(file, at, size));
    }
  }

  private static Part data(Encoded file, long at, long size) throws BrokenImage {
    file.require(at + 8, size);
    return new Part(file.bytes, (int) at + 8, (int) (at + 8 + size));
  }

  /** Says what the chunks said. */
  void tell(OrientationTags tags) {
    if (exif != null) {
      tags.exif(exif.bytes, exif.from, exif.to);
    } else if (profile != null) {
      byte[] block = unhex(profile);
      tags.exif(block, 0, block.length);
    }
    Part packet = xmp != null && xmp.length() > 0 ? xmp : xmpBytes;
    if (packet != null) {
      tags.xmp(packet.bytes, packet.from, packet.to);
    }
  }

  private void text(Part chunk) {
    String key = key(chunk);
    Part value = chunk.behind(chunk.indexOf(0) + 1);
    if (key.equals(EXIF_KEY)) {
      exif = value;
    } else {
      set(key, value);
    }
  }

  private void packedText(Part chunk) {
    String key = key(chunk);
    Part value = chunk.behind(chunk.indexOf(0) + 1);
    if (isKnown(key) && value.length() > 0 && value.bytes[value.from] == 0) {
      try {
        set(key, inflated(value.behind(value.from + 1)));
      } catch (DataFormatException e) {
        set(key, new Part(new byte[0], 0, 0));
      }
    }
  }

  private void internationalText(Part chunk) {
    String key = key(chunk);
    Part rest = chunk.behind(chunk.indexOf(0) + 1);
    if (!isKnown(key) || rest.length() < 2) {
      return;
    }
    boolean packed = rest.bytes[rest.from] != 0;
    boolean deflated = rest.bytes[rest.from + 1] == 0;
    Part language = rest.behind(rest.from + 2);
    Part translated = language.behind(language.indexOf(0) + 1);
    int end = translated.indexOf(0);
    if (end == translated.to || (packed && !deflated)) {
      return;
    }
    Part value = translated.behind(end + 1);
    if (packed) {
      try {
        value = inflated(value);
      } catch (DataFormatException e) {
        return;
      }
    }
    if (value == null) {
      return;
    }
    if (key.equals(XMP_KEY)) {
      xmpBytes = value;
    }
    if (new Part(rest.bytes, language.from, end).isUtf8() && value.isUtf8()) {
      set(key, value);
    }
  }

  /** The text before the first zero, as far as it may matter. */
  private static String key(Part chunk) {
    int length = Math.min(chunk.indexOf(0) - chunk.from, PROFILE_KEY.length() + 1);
    return new String(chunk.bytes, chunk.from, length, StandardCharsets.ISO_8859_1);
  }

  private static boolean isKnown(String key) {
    return key.equals(PROFILE_KEY) || key.equals(XMP_KEY);
  }

  private void set(String key, Part value) {
    if (value != null && key.equals(PROFILE_KEY)) {
      profile = value;
    } else if (value != null && key.equals(XMP_KEY)) {
      xmp = value;
    }
  }

  /** What can be unpacked of a text, also of one that is cut short; null above the limits. */
  private Part inflated(Part packed) throws DataFormatException {
    if (unpackedBytes > MAX_TEXT_BYTES_IN_ALL) {
      return null;
    }
    inflater.reset();
    inflater.setInput(packed.bytes, packed.from, packed.length());
    byte[] text = new byte[Math.min(MAX_TEXT_BYTES + 1, 4 * packed.length() + 64)];
    int length = 0;
    while (true) {
      int count = inflater.inflate(text, length, text.length - length);
      length += count;
      unpackedBytes += count;
      if (length > MAX_TEXT_BYTES) {
        return null;
      } else if (length == text.length) {
        text = Arrays.copyOf(text, Math.min(MAX_TEXT_BYTES + 1, 4 * length));
      } else if (count == 0) {
        return new Part(text, 0, length);
      }
    }
  }

  /** The bytes of a profile; without any where it is not made of digits. */
  private static byte[] unhex(Part text) {
    byte[] block = new byte[text.length() / 2];
    int length = 0;
    int lines = 0;
    int high = -1;
    for (int at = text.from; at < text.to; at++) {
      byte letter = text.bytes[at];
      if (letter == '\n') {
        lines++;
      } else if (lines >= PROFILE_HEAD_LINES) {
        int digit = Character.digit(letter, 16);
        if (digit < 0 && (high >= 0 || " \t\r\f\u000B".indexOf(letter) < 0)) {
          return new byte[0];
        } else if (digit >= 0 && high < 0) {
          high = digit;
        } else if (digit >= 0) {
          block[length++] = (byte) ((high << 4) | digit);
          high = -1;
        }
      }
    }
    return high < 0 ? Arrays.copyOf(block, length) : new byte[0];
  }
}
