package io.labelmill.table;

import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** How JSON text is laid out. */
public enum JsonLayout {
  LINES,
  /** One value, an array as a rule. */
  DOCUMENT;

  /**
   * By the first letter of a file.
   *
   * @throws IOException where it cannot be read
   */
  public static JsonLayout of(Path file, Configuration configuration) throws IOException {
    try (InputStream stored = file.getFileSystem(configuration).open(file);
        InputStream text = Compression.decompressed(stored, file, configuration)) {
      int c = text.read();
      // Blanks, and the byte order mark of UTF-8.
      while (c >= 0 && (Character.isWhitespace(c) || c == 0xEF || c == 0xBB || c == 0xBF)) {
        c = text.read();
      }
      return c == '[' ? DOCUMENT : LINES;
    }
  }
}
