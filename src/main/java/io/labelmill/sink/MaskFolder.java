package io.labelmill.sink;

import io.labelmill.checkpoint.Sha256;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import io.labelmill.error.UserException;
import io.labelmill.table.Location;
import java.io.IOException;
import java.io.Serializable;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the masks of a run lie as files: {@code masks/RUN} in the folder of run records, which
 * readers of tables pass over. Thread-safe.
 *
 * @param folder of run records
 */
public record MaskFolder(String folder, String runId) implements Serializable {
  private static final Logger LOG = LoggerFactory.getLogger(MaskFolder.class);
  private static final String MASKS = "masks";

  /** Of names, what all file systems take. */
  private static final int LONGEST_NAME = 80;

  /**
   * Writes a mask, or leaves it where another try at the same image wrote it. Equal names mean
   * equal masks, so that no try, ended at whatever point, takes one from under a row.
   *
   * @param image its path; null where the input has none
   * @param version of its content; null when unknown
   * @return where the mask is
   * @throws io.labelmill.error.UserException if it can't be written
   */
  public String write(String image, String version, byte[] png, Configuration configuration) {
    // Rows may share their path, and a version column may say the same of all of them.
    String hash = Sha256.of(image + "\n" + version + "\n" + Sha256.of(png));
    Path file =
        new Path(
            ofRun(),
            hash.substring(0, 2) + "/" + name(image) + "-" + hash.substring(0, 16) + ".png");
    try {
      FileSystem files = file.getFileSystem(configuration);
      Path temporary = new Path(file.getParent(), "." + UUID.randomUUID() + ".new");
      OutputFiles.writeOnce(files, temporary, file, png);
      // With its scheme: who reads it may have another file system by default.
      return files.makeQualified(file).toString();
    } catch (IOException e) {
      throw Cause.failure("The mask " + file + " cannot be written: " + e, e);
    }
  }

  /**
   * Removes masks of other runs, whose rows this one has replaced. Those that can't be removed are
   * told in the log: the table is complete without that.
   *
   * @param output as run records name it, when other tables may have masks here: then only masks of
   *     runs go whose records name it; empty when the folder is of one table alone
   */
  public void removeReplaced(Optional<String> output, Configuration configuration) {
    Path masks = new Path(folder, MASKS);
    try {
      FileSystem files = masks.getFileSystem(configuration);
      for (FileStatus entry : OutputFiles.entries(files, masks)) {
        String run = entry.getPath().getName();
        if (!run.equals(runId)
            && (output.isEmpty() || wrote(run, output.orElseThrow(), configuration))) {
          files.delete(entry.getPath(), true);
        }
      }
    } catch (IOException | UserException | OutageException e) {
      LOG.warn("The masks of replaced rows in {} cannot be removed: {}", masks, e.toString());
    }
  }

  /** Whether a run surely wrote to that output: a relative path may lead elsewhere today. */
  private boolean wrote(String run, String output, Configuration configuration) {
    if (!Location.of(output).isCatalog() && !new Path(output).isAbsolute()) {
      return false;
    }
    try {
      RunRecord record = RunRecord.read(RunRecord.file(new Path(folder), run), configuration);
      return record.configuration() != null && output.equals(record.configuration().get("output"));
    } catch (InputException e) {
      return false;
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
