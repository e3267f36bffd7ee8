package io.labelmill.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What answers for a location as one: a host, a bucket, or a mounted file system. */
final class StoreName {
  /** The kernel's own list, which no hung file system keeps from being read. */
  private static final Path MOUNTS = Path.of("/proc/self/mounts");

  private static final long AGE_NANOS = 60_000_000_000L;
  private static final List<String> ROOT = List.of("/");

  private static volatile Mounts mounts = new Mounts(ROOT, System.nanoTime() - AGE_NANOS);

  /**
   * @param folders longest first
   */
  private record Mounts(List<String> folders, long readNanos) {}

  private StoreName() {}

  /**
   * @param location as Hadoop opens it, or an address
   */
  static String of(String location) {
    if (AllowedHosts.isHttp(location)) {
      return HttpAddress.of(location).authority();
    }
    int mark = location.indexOf("://");
    if (mark >= 0) {
      int end = location.indexOf('/', mark + 3);
      return end < 0 ? location : location.substring(0, end);
    }
    String file = location.startsWith("file:") ? location.substring(5) : location;
    return file.length() < location.length() || file.startsWith("/")
        ? mount(file, current())
        : location.replaceFirst("[:/].*", "");
  }

  /** The folder at which the file system of a file is mounted. */
  static String mount(String file, List<String> folders) {
    return folders.stream().filter(folder -> isWithin(file, folder)).findFirst().orElse("/");
  }

  /** Asked of each image and each mount, so without making texts. */
  private static boolean isWithin(String file, String folder) {
    return folder.equals("/")
        || (file.startsWith(folder)
            && (file.length() == folder.length() || file.charAt(folder.length()) == '/'));
  }

  private static List<String> current() {
    Mounts known = mounts;
    if (System.nanoTime() - known.readNanos() >= AGE_NANOS) {
      known = new Mounts(read(), System.nanoTime());
      mounts = known;
    }
    return known.folders();
  }

  private static List<String> read() {
    try {
      return folders(Files.readString(MOUNTS, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      return ROOT; // Not Linux: all local files are one.
    }
  }

  /**
   * @param table in the form of {@code fstab}
   */
  static List<String> folders(String table) {
    return Stream.concat(
            table
                .lines()
                .map(line -> line.split(" "))
                .filter(fields -> fields.length > 1)
                .map(fields -> unescaped(fields[1])),
            ROOT.stream())
        .distinct()
        .sorted((one, other) -> other.length() - one.length())
        .toList();
  }

  private static String unescaped(String folder) {
    return folder
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }
}
