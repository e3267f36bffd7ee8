package io.labelmill.sink;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** What the output does with files of any Hadoop file system. */
final class Files {
  private Files() {}

  /** Stores in which a file appears when it is closed, and in place of the one there was. */
  private static final Set<String> OBJECT_STORES = Set.of("s3a", "gs");

  /** Stores that list a thousand files in a request, however many folders they lie in. */
  private static final Set<String> LISTS_FLAT = Set.of("s3a");

  /**
   * Writes a small file in place of another, which may be missing. A reader sees the old content or
   * the new, but on file systems that rename to no existing file may see none in between.
   *
   * @param temporary a name beside it
   */
  static void write(FileSystem fileSystem, Path temporary, Path file, byte[] content)
      throws IOException {
    boolean appears = OBJECT_STORES.contains(fileSystem.getUri().getScheme());
    try (OutputStream out = fileSystem.create(appears ? file : temporary, true)) {
      out.write(content);
    }
    if (!appears) {
      replace(fileSystem, temporary, file);
    }
  }

  private static void replace(FileSystem fileSystem, Path from, Path to) throws IOException {
    if (!"file".equals(fileSystem.getScheme())) {
      // rename(2) replaces; other file systems refuse.
      fileSystem.delete(to, false);
    }
    if (!fileSystem.rename(from, to)) {
      throw new IOException("cannot rename " + from + " to " + to);
    }
  }

  /** Whether Spark reads an entry of that name as part of a table. */
  static boolean isData(String name) {
    return !(name.startsWith("_") && !name.contains("=")) && !name.startsWith(".");
  }

  /** All files below a folder, to any depth; none where it is missing. */
  static List<Path> below(FileSystem fileSystem, Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    List<Path> open = new ArrayList<>(List.of(folder));
    while (!open.isEmpty()) {
      for (FileStatus entry : entries(fileSystem, open.remove(open.size() - 1))) {
        (entry.isDirectory() ? open : files).add(entry.getPath());
      }
    }
    return files;
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
