package io.labelmill.source;

import io.labelmill.error.InputException;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;

/** Files that users name in place of a table, and that would be broken images. */
final class TextOfPaths {
  private static final int LOOKED_AT_BYTES = 2048;

  private static final Pattern LIST = Pattern.compile("(?i)(.*\\.(txt|text|lst|list)|[^.]*)");

  private static final Pattern PATH =
      Pattern.compile("(?i)\\S.*/.*|\\S.*\\.(jpe?g|png|webp|gif|bmp|tiff?)");

  private static final Pattern COMPRESSED = Pattern.compile("(?i)(.*)\\.(br|xz|lzma|lzo|7z|z)");

  private TextOfPaths() {}

  /**
   * @param file that is no table by its name
   * @throws InputException when it is a text of paths, or a table in a compression that is not read
   */
  static void refuse(String given, FileStatus file, Configuration configuration) {
    String name = file.getPath().getName();
    Matcher compressed = COMPRESSED.matcher(name);
    if (compressed.matches() && TableFormat.ofFile(compressed.group(1)).isPresent()) {
      throw new InputException(
          "The input %s is a table that is compressed as .%s, which is not read: decompress it, or compress it by gzip or zstd instead."
              .formatted(given, compressed.group(2).toLowerCase(Locale.ROOT)));
    }
    if (!LIST.matcher(name).matches()) {
      return;
    }
    try (InputStream in = file.getPath().getFileSystem(configuration).open(file.getPath())) {
      byte[] bytes = in.readNBytes(LOOKED_AT_BYTES);
      String text = new String(bytes, StandardCharsets.UTF_8);
      if (isText(bytes) && PATH.matcher(text.lines().findFirst().orElse("")).matches()) {
        throw new InputException(
            "The input %s is a text with a path in each line, as it seems: read it with --input-format text --path-column value."
                .formatted(given));
      }
    } catch (IOException e) {
      throw Listing.unlistable(given, e);
    }
  }

  /** Whether there is nothing but text up to the last line's end. */
  private static boolean isText(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && bytes.length == LOOKED_AT_BYTES && bytes[end - 1] != '\n') {
      end--;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, 0, end))
          .chars()
          .noneMatch(c -> c < ' ' && c != '\n' && c != '\r' && c != '\t');
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
