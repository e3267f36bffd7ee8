package io.labelmill.table;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;

/** How a file as a whole is compressed, told by its name. */
public final class Compression {
  private Compression() {}

  /**
   * A file's content, decompressed where its name says that it is compressed.
   *
   * @param stored its bytes; closed with what is given
   */
  public static InputStream decompressed(InputStream stored, Path file, Configuration configuration)
      throws IOException {
    // Hadoop's own needs a native library; Spark reads it with this one too.
    if (file.getName().matches("(?i).*\\.zstd?")) {
      return new ZstdInputStream(stored);
    }
    CompressionCodec codec = new CompressionCodecFactory(configuration).getCodec(file);
    return codec == null ? stored : codec.createInputStream(stored);
  }
}
