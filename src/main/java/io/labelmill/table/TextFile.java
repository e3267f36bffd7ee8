package io.labelmill.table;

import io.labelmill.error.Cause;
import io.labelmill.error.UsageException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;

/** A small UTF-8 file that an option names, on any file system that Hadoop knows. */
public final class TextFile {
  /** Longer ones are certainly not what was meant. */
  private static final int MAX_BYTES = 16 << 20;

  private TextFile() {}

  /**
   * @param option that names the file, for messages
   * @throws UsageException when it can't be read
   */
  public static String read(String option, String file) {
    Configuration configuration = SparkHadoopUtil.get().newConfiguration(new SparkConf());
    try {
      Path path = Location.of(file).hadoop();
      try (FSDataInputStream in = path.getFileSystem(configuration).open(path)) {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
          throw new UsageException(option + " " + file + " is longer than 16 MB");
        }
        return new String(bytes, StandardCharsets.UTF_8);
      }
    } catch (FileNotFoundException e) {
      throw new UsageException(option + " " + file + ": there is no such file");
    } catch (IOException | IllegalArgumentException e) {
      throw Cause.ofArgument(option + " " + file + " can't be read: " + e.getMessage(), e);
    }
  }
}
