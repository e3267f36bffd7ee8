package io.labelmill.decode;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;

/** Names content that is of no format that is read, so that its row says what it is. */
final class ForeignContent {
  private static final String TGA_FOOTER = "TRUEVISION-XFILE.\0";
  private static final int TGA_HEADER = 18;
  private static final int TEXT_SHOWN = 40;
  private static final int TEXT_LOOKED_AT = 1024;

  /** Offset, bytes (ISO 8859-1), name. */
  private record Mark(int at, String bytes, String name) {}

  private static final Mark[] MARKS = {
    new Mark(0, "\0\0\0\fJXL ", "a JPEG XL picture"),
    new Mark(0, "\u00FF\n", "a JPEG XL picture"),
    new Mark(0, "\0\0\0\fjP  ", "a JPEG 2000 picture"),
    new Mark(0, "\u00FFO\u00FFQ", "a JPEG 2000 picture"),
    new Mark(0, "II\u00BC\u0001", "a JPEG XR picture"),
    new Mark(0, "II+\0", "a BigTIFF picture"),
    new Mark(0, "MM\0+", "a BigTIFF picture"),
    new Mark(0, "8BPS", "a Photoshop document"),
    new Mark(0, "\0\0\1\0", "a Windows icon"),
    new Mark(0, "\0\0\2\0", "a Windows cursor"),
    new Mark(0, "icns", "an Apple icon"),
    new Mark(0, "\u0001\u00DA", "an SGI picture"),
    new Mark(0, "Y\u00A6j\u0095", "a Sun raster picture"),
    new Mark(0, "PF\n", "a PFM picture"),
    new Mark(0, "Pf\n", "a PFM picture"),
    new Mark(0, "id=ImageMagick", "a MIFF picture"),
    new Mark(0, "DDS ", "a DirectDraw surface"),
    new Mark(0, "qoif", "a QOI picture"),
    new Mark(0, "v/1\1", "an OpenEXR picture"),
    new Mark(0, "#?RADIANCE", "a Radiance HDR picture"),
    new Mark(0, "SIMPLE  =", "a FITS picture"),
    new Mark(0, "gimp xcf", "a GIMP picture"),
    new Mark(0, "AT&TFORM", "a DjVu document"),
    new Mark(128, "DICM", "a DICOM file"),
    new Mark(0, "%PDF", "a PDF document"),
    new Mark(0, "%!PS", "a PostScript document"),
    new Mark(0, "\u00C5\u00D0\u00D3\u00C6", "a PostScript document"),
    new Mark(0, "PAR1", "a Parquet file"),
    new Mark(0, "Obj\1", "an Avro file"),
    new Mark(0, "ORC", "an ORC file"),
    new Mark(0, "PK\3\4", "a ZIP archive"),
    new Mark(0, "\u001F\u008B", "gzip data"),
    new Mark(0, "BZh", "bzip2 data"),
    new Mark(0, "(\u00B5/\u00FD", "Zstandard data"),
    new Mark(0, "\u00FD7zXZ\0", "XZ data"),
    new Mark(0, "7z\u00BC\u00AF'\u001C", "a 7z archive"),
    new Mark(0, "Rar!", "a RAR archive"),
    new Mark(257, "ustar", "a tar archive"),
    new Mark(0, "\u001AE\u00DF\u00A3", "a Matroska or WebM video"),
    new Mark(0, "OggS", "an Ogg file"),
    new Mark(0, "ID3", "an MP3 file"),
    new Mark(0, "fLaC", "a FLAC file"),
    new Mark(0, "\u007FELF", "a program"),
    new Mark(0, "MZ", "a program"),
    new Mark(0, "SQLite format 3", "an SQLite database"),
    new Mark(0, "\u0089HDF", "an HDF5 file"),
    new Mark(0, "version https://git-lfs", "a Git LFS pointer; the file itself was not fetched"),
  };

  private ForeignContent() {}

  /** A clause to follow "The content is ". */
  static String named(Encoded file) {
    if (file.length == 0) {
      return "empty";
    }
    if (isTga(file)) {
      return "a TGA picture";
    }
    for (Mark mark : MARKS) {
      if (file.has(mark.at, mark.bytes)) {
        return mark.name;
      }
    }
    if (file.has(4, "ftyp")) {
      return isoMedia(file.ascii(8, 4));
    }
    if (file.has(0, "RIFF")) {
      return "a RIFF file of type '" + file.ascii(8, 4) + "'";
    }
    if (file.has(0, "P")
        && file.length > 2
        && Character.isWhitespace(file.bytes[2])
        && file.bytes[1] >= '1'
        && file.bytes[1] <= '7') {
      return "a Netpbm picture";
    }
    return text(file);
  }

  /** TGA has no mark where it begins; one at its end, since its second version. */
  private static boolean isTga(Encoded file) {
    if (file.has(file.length - TGA_FOOTER.length(), TGA_FOOTER)) {
      return true;
    }
    if (file.length < TGA_HEADER) {
      return false;
    }
    byte[] head = file.bytes;
    int kind = head[2] & ~8;
    boolean mapped = head[1] == 1 && kind == 1;
    // A cursor, which begins alike, has a number of pictures where these zeros are.
    boolean plain = head[1] == 0 && (kind == 2 || kind == 3) && file.has(3, "\0\0\0\0\0");
    boolean sized = (head[12] | head[13]) != 0 && (head[14] | head[15]) != 0;
    boolean deep =
        head[16] == 8 || head[16] == 15 || head[16] == 16 || head[16] == 24 || head[16] == 32;
    return (mapped || plain) && sized && deep && (head[17] & 0xC0) == 0;
  }

  private static String isoMedia(String brand) {
    return switch (brand) {
      case "avif", "avis" -> "an AVIF picture";
      case "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1" -> "a HEIC/HEIF picture";
      case "crx " -> "a Canon raw picture";
      case "qt  " -> "a QuickTime video";
      default -> "an MP4 file (brand '" + brand + "')";
    };
  }

  private static String text(Encoded file) {
    int looked = Math.min(file.length, TEXT_LOOKED_AT);
    String head = utf8(file.bytes, looked);
    if (head == null) {
      return "of no known format; it begins with the bytes "
          + HexFormat.ofDelimiter(" ").formatHex(file.bytes, 0, Math.min(file.length, 8));
    }
    String lower = head.toLowerCase(Locale.ROOT).strip();
    if (lower.startsWith("\uFEFF")) {
      lower = lower.substring(1).strip();
    }
    String kind = "text";
    if (lower.startsWith("<") && lower.contains("<svg")) {
      return "an SVG drawing";
    } else if (lower.startsWith("<!doctype html")
        || (lower.startsWith("<") && lower.contains("<html"))) {
      kind = "an HTML page";
    } else if (lower.startsWith("<?xml")) {
      kind = "an XML document";
    } else if (lower.startsWith("{") || lower.startsWith("[{")) {
      kind = "JSON text";
    }
    String shown = head.strip().replaceAll("\\s+", " ");
    boolean whole = shown.length() <= TEXT_SHOWN && looked == file.length;
    if (shown.length() > TEXT_SHOWN) {
      shown = shown.substring(0, TEXT_SHOWN);
    }
    return kind + " ('" + shown + (whole ? "')" : "...')");
  }

  /** The text, or null where the bytes are none; a character cut at the end is left out. */
  private static String utf8(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      if ((bytes[i] >= 0 && bytes[i] < 0x20 && "\t\n\r\f".indexOf(bytes[i]) < 0)
          || bytes[i] == 0x7F) {
        return null;
      }
    }
    for (int cut = 0; cut < Math.min(4, length); cut++) {
      try {
        return StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(bytes, 0, length - cut))
            .toString();
      } catch (CharacterCodingException e) {
        // One byte less: the limit may lie inside a character.
      }
    }
    return null;
  }
}
