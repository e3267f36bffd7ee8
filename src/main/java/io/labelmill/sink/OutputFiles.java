package io.labelmill.sink;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** What outputs do with files of any Hadoop file system. */
public final class OutputFiles {
  private OutputFiles() {}

  /** Stores in which a file appears when it is closed, and in place of the one there was. */
  private static final Set<String> OBJECT_STORES = Set.of("s3a", "gs");

  /** Stores that list a thousand files in a request, however many folders they lie in. */
  private static final Set<String> LISTS_FLAT = Set.of("s3a");

  /**
   * Writes a file of which every writer writes the same: one that is there stays.
   *
   * @param temporary a name on the same file system
   */
  static void writeOnce(FileSystem fileSystem, Path temporary, Path file, byte[] content)
      throws IOException {
    if (fileSystem.exists(file)) {
      return;
    }
    if (appears(fileSystem)) {
      write(fileSystem, file, content);
      return;
    }
    write(fileSystem, temporary, content);
    if (!renamed(fileSystem, temporary, file)) {
      boolean isThere = fileSystem.exists(file);
      fileSystem.delete(temporary, false);
      if (!isThere) {
        throw new IOException("cannot rename " + temporary + " to " + file);
      }
    }
  }

  /** Some file systems say no where a file is, and some throw. */
  private static boolean renamed(FileSystem fileSystem, Path from, Path to) throws IOException {
    try {
      return fileSystem.rename(from, to);
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  /**
   * Writes a small file in place of another, which may be missing. A reader sees the old content or
   * the new, but on file systems that rename to no existing file may see none in between.
   *
   * @param temporary a name on the same file system
   */
  public static void write(FileSystem fileSystem, Path temporary, Path file, byte[] content)
      throws IOException {
    replace(fileSystem, prepared(fileSystem, temporary, content), file, content);
  }

  /**
   * Writes what is to become the content of a file.
   *
   * @return where it is; in stores where a file appears when it is closed, nothing is written
   */
  static Path prepared(FileSystem fileSystem, Path temporary, byte[] content) throws IOException {
    if (!appears(fileSystem)) {
      write(fileSystem, temporary, content);
    }
    return temporary;
  }

  /** Puts what was prepared in the place of a file, which may be missing. */
  static void replace(FileSystem fileSystem, Path prepared, Path file, byte[] content)
      throws IOException {
    if (appears(fileSystem)) {
      write(fileSystem, file, content);
      return;
    }
    if (!"file".equals(fileSystem.getUri().getScheme()) && fileSystem.exists(prepared)) {
      // rename(2) replaces; other file systems refuse.
      fileSystem.delete(file, false);
    }
    if (!replacing(fileSystem).rename(prepared, file)) {
      throw new IOException("cannot rename " + prepared + " to " + file);
    }
  }

  /**
   * The same files, by Hadoop's own class where they are local: Hive's, which has its place in
   * Spark's distributions, renames nothing to a file that exists.
   */
  private static FileSystem replacing(FileSystem fileSystem) {
    return fileSystem instanceof LocalFileSystem local
        ? new LocalFileSystem(local.getRaw())
        : fileSystem;
  }

  private static boolean appears(FileSystem fileSystem) {
    return OBJECT_STORES.contains(fileSystem.getUri().getScheme());
  }

  private static void write(FileSystem fileSystem, Path file, byte[] content) throws IOException {
    try (OutputStream out = fileSystem.create(file, true)) {
      out.write(content);
    }
  }

  /** Whether Spark reads an entry of that name as part of a table. */
  static boolean isData(String name) {
    return !(name.startsWith("_") && !name.contains("=")) && !name.startsWith(".");
  }

  /** What lies below a folder under a relative name, whatever letters that has. */
  static Path below(Path folder, String relative) {
    return new Path(folder, new Path(null, null, relative));
  }

  /** The name of a file relative to a folder that it lies below. */
  static String relative(Path folder, Path file) {
    return folder.toUri().relativize(file.toUri()).getPath();
  }

  /** The entries of a folder; none where it is missing. */
  static List<FileStatus> entries(FileSystem fileSystem, Path folder) throws IOException {
    try {
      return List.of(fileSystem.listStatus(folder));
    } catch (FileNotFoundException e) {
      return List.of();
    }
  }

  /**
   * The data files of a table with their lengths, by path: those below its folder of which no name
   * on the way begins with {@code _} or {@code .}.
   */
  static SortedMap<String, Long> data(FileSystem fileSystem, Path folder) throws IOException {
    return LISTS_FLAT.contains(fileSystem.getUri().getScheme())
        ? flat(fileSystem, folder)
        : walked(fileSystem, folder);
  }

  private static SortedMap<String, Long> walked(FileSystem fileSystem, Path folder)
      throws IOException {
    SortedMap<String, Long> files = new TreeMap<>();
    List<Path> open = new ArrayList<>(List.of(folder));
    while (!open.isEmpty()) {
      for (FileStatus entry : entries(fileSystem, open.remove(open.size() - 1))) {
        String name = entry.getPath().getName();
        if (!isData(name)) {
          continue;
        }
        if (entry.isDirectory()) {
          open.add(entry.getPath());
        } else {
          files.put(entry.getPath().toString(), entry.getLen());
        }
      }
    }
    return files;
  }

  private static SortedMap<String, Long> flat(FileSystem fileSystem, Path folder)
      throws IOException {
    SortedMap<String, Long> files = new TreeMap<>();
    try {
      RemoteIterator<LocatedFileStatus> found = fileSystem.listFiles(folder, true);
      while (found.hasNext()) {
        FileStatus file = found.next();
        if (isData(folder, file.getPath())) {
          files.put(file.getPath().toString(), file.getLen());
        }
      }
    } catch (FileNotFoundException e) {
      return new TreeMap<>();
    }
    return files;
  }

  /** Whether each name from below the folder to the file is one of data. */
  private static boolean isData(Path folder, Path file) {
    for (Path each = file; each.depth() > folder.depth(); each = each.getParent()) {
      if (!isData(each.getName())) {
        return false;
      }
    }
    return true;
  }
}
