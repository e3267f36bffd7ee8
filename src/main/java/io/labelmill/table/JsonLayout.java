package io.labelmill.table;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;

/** How JSON text is laid out. */
public enum JsonLayout {
  /** A value a line. */
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
        InputStream text = decompressed(stored, file, configuration)) {
      int c = text.read();
      // Blanks, and the byte order mark of UTF-8.
      while (c >= 0 && (Character.isWhitespace(c) || c == 0xEF || c == 0xBB || c == 0xBF)) {
        c = text.read();
      }
      return c == '[' ? DOCUMENT : LINES;
    }
  }

  private static InputStream decompressed(
      InputStream stored, Path file, Configuration configuration) throws IOException {
    // Hadoop's own needs a native library; Spark reads it with this one too.
    if (file.getName().matches("(?i).*\\.zstd?")) {
      return new ZstdInputStream(stored);
    }
    CompressionCodec codec = new CompressionCodecFactory(configuration).getCodec(file);
    return codec == null ? stored : codec.createInputStream(stored);
  }
}
