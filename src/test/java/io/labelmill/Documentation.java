package io.labelmill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The pages for users: the README, then those of {@code src/docs} in the order of its index. */
public final class Documentation {
  public static final Path README = Path.of("README.md");
  private static final Path FOLDER = Path.of("src/docs");
  private static final Pattern LINK = Pattern.compile("\\]\\((src/docs/[a-z-]+\\.md)[)#]");

  private Documentation() {}

  public static List<Path> pages() {
    Matcher links = LINK.matcher(read(README));
    Stream<Path> linked = links.results().map(link -> Path.of(link.group(1))).distinct();
    return Stream.concat(Stream.of(README), linked).toList();
  }

  /** The pages that lie in the folder, in no order. */
  public static List<Path> files() {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().endsWith(".md")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All pages, one after the other. */
  public static String text() {
    return pages().stream().map(Documentation::read).collect(Collectors.joining("\n"));
  }

  private static String read(Path page) {
    try {
      return Files.readString(page);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
