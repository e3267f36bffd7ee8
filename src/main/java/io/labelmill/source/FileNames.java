package io.labelmill.source;

import io.labelmill.error.UsageException;
import io.labelmill.table.Location;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Whether this JVM can name every file of its machine. By the locale in which it was started it
 * turns names into bytes and back; in one without UTF-8, such as {@code LC_ALL=C}, Hadoop's listing
 * of a folder passes over each name that is not ASCII without a word.
 */
final class FileNames {
  /** The JDK's own, set from the locale as the JVM starts. */
  private static final String ENCODING = "sun.jnu.encoding";

  private FileNames() {}

  /**
   * @param places what options name
   * @throws UsageException naming the options that point to this machine's files
   */
  static void check(List<StoreProbe.Place> places, Configuration configuration) {
    List<String> local =
        places.stream()
            .filter(place -> !place.uri().contains("!/"))
            .filter(place -> Location.of(place.uri()).isLocal(configuration))
            .map(place -> place.option() + " " + place.uri())
            .toList();
    if (!local.isEmpty()) {
      check(String.join(", ", local), "the driver");
    }
  }

  /**
   * For an executor, before it lists a folder.
   *
   * @param root with its scheme, as a listing has it
   * @throws UsageException for a file of a machine whose names this JVM can't tell
   */
  static void check(String root) {
    if (root.startsWith("file:")) {
      check(root, "an executor");
    }
  }

  /**
   * The same before it opens a file, whose path may leave it to Hadoop's default where it lies.
   *
   * @throws UsageException as {@link #check(String)}
   */
  static void check(FileSystem fileSystem, Path file) {
    if ("file".equals(fileSystem.getUri().getScheme())) {
      check(file.toString(), "an executor");
    }
  }

  private static void check(String named, String jvm) {
    String encoding = System.getProperty(ENCODING, "UTF-8");
    if (!namesAll(encoding, System.getProperty("os.name"))) {
      throw new UsageException(
          ("%s: in the locale of %s names of files are %s, so that files with other names"
                  + " would be left out: set LC_ALL=C.UTF-8, or another locale with UTF-8, where it"
                  + " is started (for executors -- --conf spark.executorEnv.LC_ALL=C.UTF-8)")
              .formatted(named, jvm, encoding));
    }
  }

  /** Windows is asked in UTF-16, whatever its code page is. */
  static boolean namesAll(String encoding, String system) {
    return system.toLowerCase(Locale.ROOT).startsWith("windows")
        || (Charset.isSupported(encoding)
            && Charset.forName(encoding).equals(StandardCharsets.UTF_8));
  }
}
