package io.labelmill.sink;

import io.labelmill.checkpoint.Sha256;
import io.labelmill.error.Cause;
import java.io.IOException;
import java.io.Serializable;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Where the masks of a run lie as files: {@code masks/RUN} in the folder of run records, which
 * readers of tables pass over. Thread-safe.
 *
 * @param folder of run records
 */
public record MaskFolder(String folder, String runId) implements Serializable {
  private static final String MASKS = "masks";

  /** Of names, what all file systems take. */
  private static final int LONGEST_NAME = 80;

  /**
   * Writes a mask in place of one that another try at the same image left.
   *
   * @param image its path
   * @return where the mask is
   * @throws io.labelmill.error.UserException if it can't be written
   */
  public String write(String image, byte[] png, Configuration configuration) {
    String hash = Sha256.of(String.valueOf(image));
    Path file =
        new Path(
            ofRun(),
            hash.substring(0, 2) + "/" + name(image) + "-" + hash.substring(0, 16) + ".png");
    try {
      FileSystem files = file.getFileSystem(configuration);
      Path temporary = new Path(file.getParent(), "." + UUID.randomUUID() + ".new");
      Files.write(files, temporary, file, png);
      return file.toString();
    } catch (IOException e) {
      throw Cause.failure("The mask " + file + " cannot be written: " + e, e);
    }
  }

  /**
   * Removes masks of other runs, whose rows this one has replaced.
   *
   * @throws io.labelmill.error.UserException if they can't be removed
   */
  public void removeOthers(Configuration configuration) {
    Path masks = new Path(folder, MASKS);
    try {
      FileSystem files = masks.getFileSystem(configuration);
      for (FileStatus entry : Files.entries(files, masks)) {
        if (!entry.getPath().getName().equals(runId)) {
          files.delete(entry.getPath(), true);
        }
      }
    } catch (IOException e) {
      throw Cause.failure("The masks of replaced rows in " + masks + " cannot be removed: " + e, e);
    }
  }

  private Path ofRun() {
    return new Path(folder, MASKS + "/" + runId);
  }

  /** The image's name, as far as it can be read everywhere. */
  private static String name(String image) {
    String path = String.valueOf(image);
    String name = path.substring(path.lastIndexOf('/') + 1).replaceFirst("\\.[A-Za-z0-9]+$", "");
    String plain = name.replaceAll("[^A-Za-z0-9._-]", "_").replaceFirst("^[._]+", "");
    return plain.substring(0, Math.min(plain.length(), LONGEST_NAME));
  }
}
