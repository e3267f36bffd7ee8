package io.labelmill.sink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.MultipartUploader;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Uploads to a store below a table that nobody has committed, or not to the end.
 *
 * <p>Until the commit of a wave is over, S3A's magic committer keeps a list of the wave's uploads.
 * While the list is there, each file on it is in doubt: the committer completes uploads one after
 * another, and deletes again what it made visible when one of them fails. A run that takes the
 * output over {@link #doubtful reads the lists}, {@link #abort ends the uploads} and deletes the
 * files: none of them is there then, and none comes or goes any more, whatever the run before does
 * when it goes on. Names of files are of one wave alone.
 */
record PendingUploads(FileSystem fileSystem, Path table) {
  private static final Logger LOG = LoggerFactory.getLogger(PendingUploads.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Folders in which S3A's magic committer keeps what is not committed. */
  private static final String FOLDER = "__magic";

  /** What the lists of uploads end with, each of them that of a task. */
  private static final String LIST = ".pendingset";

  /** What becomes of uploads that can't be looked for. */
  enum Unseen {
    /** Nobody is left who could complete them. */
    STAY,
    /** A run may go on that would. */
    FAIL
  }

  /** Whether an entry of a table's folder is one of those where uploads are listed. */
  static boolean isFolder(String name) {
    return name.startsWith(FOLDER);
  }

  /**
   * The files that commits of some runs may yet make visible, or take back.
   *
   * @param found entries of the table's folder
   * @param runs each of which had its last look at the lock before
   */
  List<Path> doubtful(Collection<Path> found, List<String> runs) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path list : lists(found, runs)) {
      addFiles(list, files);
    }
    return files;
  }

  /** Takes from doubt what a run has committed, of which S3A may have left lists. */
  void settle(Collection<Path> found, String run) throws IOException {
    for (Path list : lists(found, List.of(run))) {
      fileSystem.delete(list, false);
    }
  }

  private List<Path> lists(Collection<Path> found, List<String> runs) throws IOException {
    List<Path> lists = new ArrayList<>();
    for (Path folder : found) {
      if (isFolder(folder.getName())) {
        addLists(folder, runs, lists);
      }
    }
    return lists;
  }

  /** Folders and lists go when a commit is over: what it did then stays. */
  private void addLists(Path folder, List<String> runs, List<Path> lists) throws IOException {
    try {
      RemoteIterator<LocatedFileStatus> below = fileSystem.listFiles(folder, true);
      while (below.hasNext()) {
        Path file = below.next().getPath();
        if (file.getName().endsWith(LIST) && runs.stream().anyMatch(run -> isOf(run, file))) {
          lists.add(file);
        }
      }
    } catch (FileNotFoundException e) {
      LOG.debug("{} went while it was listed", folder);
    }
  }

  private static boolean isOf(String run, Path list) {
    return list.toString().contains("job-" + FencedCommitter.jobPrefix(run));
  }

  private void addFiles(Path list, List<Path> files) throws IOException {
    try (InputStream in = fileSystem.open(list)) {
      for (JsonNode commit : JSON.readTree(in).path("commits")) {
        // Its "uri" is where the task wrote it.
        String key = "/" + commit.path("destinationKey").asText();
        Path file = new Path(table.toUri().getScheme(), table.toUri().getAuthority(), key);
        if (!file.toUri().getPath().startsWith(table.toUri().getPath() + "/")) {
          throw new IOException(list + " lists " + file + ", which is not below " + table);
        }
        files.add(file);
      }
    } catch (FileNotFoundException e) {
      LOG.debug("{} went before it was read", list);
    }
  }

  /**
   * Ends the uploads of files that tasks wrote and nobody committed: they are not visible, but a
   * run that was paused could complete them, and the store keeps their bytes, and charges for them.
   *
   * @throws IOException when they can't be looked for, and may not stay
   */
  void abort(Unseen unseen) throws IOException {
    if (!fileSystem.hasPathCapability(table, CommonPathCapabilities.FS_MULTIPART_UPLOADER)) {
      return;
    }
    try (MultipartUploader uploads = fileSystem.createMultipartUploader(table).build()) {
      uploads.abortUploadsUnderPath(table).get();
    } catch (ExecutionException | IOException e) {
      if (unseen == Unseen.FAIL) {
        throw new IOException(
            ("a run that did not end may have uploads below %s, and these cannot be looked for, for"
                    + " which a store has a right of its own (s3:ListBucketMultipartUploads): %s")
                .formatted(table, e),
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
