package io.labelmill.sink;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.MultipartUploader;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runs left that ended without tidying up, or that go on and have lost the output: as it was
 * found before a look at the lock, so that nothing is among it that a later run made.
 *
 * @param runFolders folders of runs
 * @param others whatever else
 */
record Leftovers(List<Path> runFolders, List<Path> others) {
  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

  /** Deletes all of it. */
  void delete(FileSystem fileSystem) throws IOException {
    for (List<Path> paths : List.of(runFolders, others)) {
      for (Path path : paths) {
        LOG.info("Deleting {}, left by a run that ended early", path);
        fileSystem.delete(path, true);
        if (fileSystem.exists(path)) {
          // A run that goes on wrote into it meanwhile.
          fileSystem.delete(path, true);
        }
      }
    }
  }

  /** What becomes of uploads that can't be looked for. */
  enum Unseen {
    /** Nobody is left who could complete them. */
    STAY,
    /** A run may go on that would. */
    FAIL
  }

  /**
   * Ends the uploads of files that tasks wrote and nobody committed: they are not visible, but a
   * run that was paused could complete them, and the store keeps their bytes, and charges for them.
   *
   * @throws IOException when they can't be looked for, and may not stay
   */
  static void abortUploads(FileSystem fileSystem, Path table, Unseen unseen) throws IOException {
    if (!fileSystem.hasPathCapability(table, CommonPathCapabilities.FS_MULTIPART_UPLOADER)) {
      return;
    }
    try (MultipartUploader uploads = fileSystem.createMultipartUploader(table).build()) {
      uploads.abortUploadsUnderPath(table).get();
    } catch (ExecutionException | IOException e) {
      if (unseen == Unseen.FAIL) {
        throw new IOException(
            "a run that did not end may have uploads below "
                + table
                + ", and these cannot be looked for, for which a store has a right of its own"
                + " (s3:ListBucketMultipartUploads): "
                + e,
            e);
      }
      // Credentials for a table need not include this right.
      LOG.warn(
          "Uploads below {} that dead runs left could not be looked for: {}", table, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }
}
