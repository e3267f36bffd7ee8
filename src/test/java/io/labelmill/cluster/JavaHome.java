package io.labelmill.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** JDKs of this machine other than the one that runs the tests. */
final class JavaHome {
  private static final Path PLACE = Path.of("/usr/lib/jvm");
  private static final Pattern VERSION = Pattern.compile("(?m)^JAVA_VERSION=\"(.+)\"");

  private JavaHome() {}

  /**
   * Finds one: what {@code JAVA_HOME_25_X64} names, as on machines that build for others, or in
   * {@code /usr/lib/jvm}. Empty, with one loud line, where there is none.
   *
   * @param major the version, such as 25
   */
  static Optional<Path> of(int major) {
    for (Map.Entry<String, String> variable : System.getenv().entrySet()) {
      if (variable.getKey().matches("JAVA_HOME_" + major + "_\\w+")) {
        return Optional.of(Path.of(variable.getValue()));
      }
    }
    if (Files.isDirectory(PLACE)) {
      try (Stream<Path> homes = Files.list(PLACE)) {
        Optional<Path> home =
            homes
                .filter(each -> Files.isExecutable(each.resolve("bin/java")))
                .filter(each -> Files.isReadable(each.resolve("release")))
                .filter(each -> version(each).matches(major + "\\b.*"))
                .findFirst();
        if (home.isPresent()) {
          return home;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(PLACE + " can't be listed", e);
      }
    }
    System.err.println(
        "WARNING: there is no Java "
            + major
            + " in JAVA_HOME_"
            + major
            + "_X64 or "
            + PLACE
            + ": tests on it do not run.");
    return Optional.empty();
  }

  /** What a JDK says of itself, such as {@code 17.0.15}. */
  static String version(Path home) {
    try {
      Matcher version = VERSION.matcher(Files.readString(home.resolve("release")));
      if (!version.find()) {
        throw new IllegalStateException(home + "/release names no JAVA_VERSION");
      }
      return version.group(1);
    } catch (IOException e) {
      throw new UncheckedIOException(home + "/release can't be read", e);
    }
  }
}
