package io.labelmill.evaluate;

import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/** Where Hadoop opens an image of a score table. */
final class ImageFiles {
  private static final Pattern S3 = Pattern.compile("^(?i:s3n?)://");

  private ImageFiles() {}

  /**
   * @throws IllegalArgumentException where the text is no path
   */
  static Path path(String uri) {
    return new Path(S3.matcher(uri).replaceFirst("s3a://"));
  }
}
