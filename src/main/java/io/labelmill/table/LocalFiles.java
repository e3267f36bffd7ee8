package io.labelmill.table;

import java.io.IOException;
import java.nio.file.Files;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * This machine's disks, as Hadoop has them, but without a process for each file and folder that is
 * made: where its native library is missing, as in Spark's own packages, Hadoop starts {@code
 * chmod} for their permissions. A job makes some twenty. Named by {@code fs.file.impl}, for
 * processes that have this class on their class path.
 */
public final class LocalFiles extends LocalFileSystem {
  private static final String MODE = "unix:mode";

  /** What {@code chmod} leaves a folder: set-user-ID and set-group-ID. */
  private static final int KEPT = 06000;

  /** Made by Hadoop, by name. */
  public LocalFiles() {
    super(new Raw());
  }

  private static final class Raw extends RawLocalFileSystem {
    @Override
    public void setPermission(Path path, FsPermission permission) throws IOException {
      java.nio.file.Path file = pathToFile(path).toPath();
      if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
        super.setPermission(path, permission);
        return;
      }
      int kept = Files.isDirectory(file) ? (int) Files.getAttribute(file, MODE) & KEPT : 0;
      Files.setAttribute(file, MODE, kept | permission.toShort());
    }
  }
}
