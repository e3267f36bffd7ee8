package io.labelmill.table;

import io.labelmill.error.InputException;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A place as a user names it: a path of any file system that Hadoop knows, or {@code table:NAME}, a
 * table of Spark's catalog. It is parsed nowhere else.
 *
 * @param given as the user wrote it
 */
public record Location(String given) {
  private static final String CATALOG = "table:";
  private static final Pattern SCHEME = Pattern.compile("^[A-Za-z][A-Za-z0-9+.-]*:(?=/)");
  private static final Pattern S3 = Pattern.compile("^(?i:s3[an]?)://");

  /** Schemes of which what stands before an @ is a container, and no secret. */
  private static final Set<String> WITH_CONTAINERS = Set.of("abfs", "abfss", "wasb", "wasbs");

  private static final Set<String> WEB = Set.of("http", "https");

  /** Longer places are shown by their beginning. */
  private static final int LONGEST_SHOWN = 1_000;

  /** Words of a text that are longer are shown by so much of their beginning. */
  private static final int LONGEST_WORD = 2_000;

  private static final int BEGINNING = 100;

  /** A run of what a URI in a sentence may hold. */
  private static final Pattern WORD = Pattern.compile("[^\\s'\"<>]+");

  private static final Pattern URI_START = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://");

  /** What a data: URI says of what it holds. */
  private static final Pattern DATA =
      Pattern.compile(
          "(?i:\\bdata:)(?:[\\w.+-]{1,60}/[\\w.+-]{1,60}(?=[;,]|$))?(?:;(?i:base64)(?=,|$))?,?");

  public static Location of(String given) {
    return new Location(given);
  }

  /** Whether this names a table of Spark's catalog. */
  public boolean isCatalog() {
    return given.startsWith(CATALOG);
  }

  /**
   * The name of a table of Spark's catalog, empty where none stands behind {@code table:}.
   *
   * @throws IllegalStateException where this is no such table
   */
  public String table() {
    if (!isCatalog()) {
      throw new IllegalStateException(redacted() + " is no table of the catalog");
    }
    return given.substring(CATALOG.length());
  }

  /**
   * Whether this is a path of this machine's disks, told by its scheme alone: no file system is
   * opened, which would be kept with the settings of who asks first.
   */
  public boolean isLocal(Configuration configuration) {
    try {
      String scheme = isCatalog() ? "" : hadoop().toUri().getScheme();
      return "file"
          .equals(scheme == null ? FileSystem.getDefaultUri(configuration).getScheme() : scheme);
    } catch (IllegalArgumentException e) {
      return false; // Whoever opens it says what is wrong with it.
    }
  }

  /**
   * The path that Hadoop opens: {@code s3://} and {@code s3n://} are read through {@code s3a://}.
   *
   * @throws IllegalArgumentException where the text is no path
   */
  public Path hadoop() {
    String path = S3.matcher(given).replaceFirst("s3a://");
    // Hadoop looks for FILE: and HDFS: in vain.
    return new Path(
        SCHEME
            .matcher(path)
            .replaceFirst(
                scheme -> Matcher.quoteReplacement(scheme.group().toLowerCase(Locale.ROOT))));
  }

  /**
   * The path with scheme and authority.
   *
   * @throws IOException where its file system cannot be reached
   */
  public Path qualified(Configuration configuration) throws IOException {
    return fileSystem(configuration).makeQualified(hadoop());
  }

  /**
   * @throws IOException where it cannot be reached
   * @throws InputException where the class path has no connector for it
   */
  public FileSystem fileSystem(Configuration configuration) throws IOException {
    Optional<String> missing = Connector.missing(given, configuration);
    if (missing.isPresent()) {
      throw new InputException(missing.get());
    }
    return hadoop().getFileSystem(configuration);
  }

  /** Something below this folder. */
  public Path below(String relative) {
    return new Path(hadoop(), relative);
  }

  /** The last part, for headings. */
  public String name() {
    return given.replaceFirst("/+$", "").replaceFirst(".*/", "");
  }

  /**
   * What messages may show of it: without user name and password, without the query of an address,
   * without what a {@code data:} URI holds, and not all of what is very long.
   */
  public String redacted() {
    Matcher data = DATA.matcher(given);
    if (data.lookingAt()) {
      return data.end() == given.length() ? data.group() : data.group() + "...";
    }
    return shown(withoutQuery(withoutUser()));
  }

  private static String shown(String text) {
    return text.length() <= LONGEST_SHOWN ? text : text.substring(0, BEGINNING) + "...";
  }

  /** Whether a user name or password stands before an @. */
  public boolean holdsUser() {
    return !withoutUser().equals(given);
  }

  private String withoutUser() {
    int start = given.indexOf("://") + 3;
    String scheme = start < 3 ? "" : given.substring(0, start - 3).toLowerCase(Locale.ROOT);
    if (start < 3 || WITH_CONTAINERS.contains(scheme)) {
      return given;
    }
    int end = end(start, "/?#");
    int at = given.lastIndexOf('@', end - 1);
    if (at < start) {
      // An unescaped secret may hold slashes; what stands behind the colon of a host is a port.
      int colon = given.indexOf(':', start);
      boolean isSecret =
          colon >= 0
              && colon < end
              && given.charAt(start) != '['
              && !given.substring(colon + 1, end).matches("\\d*");
      at = isSecret ? given.indexOf('@', colon) : -1;
    }
    return at < start ? given : given.substring(0, start) + given.substring(at + 1);
  }

  private int end(int start, String letters) {
    int end = start;
    while (end < given.length() && letters.indexOf(given.charAt(end)) < 0) {
      end++;
    }
    return end;
  }

  /** A question mark in the path of a store is a glob's, unless an equals sign follows. */
  private static String withoutQuery(String uri) {
    int mark = uri.indexOf("://");
    int question = mark < 0 ? -1 : uri.indexOf('?', mark);
    boolean isQuery =
        question >= 0
            && (WEB.contains(uri.substring(0, mark).strip().toLowerCase(Locale.ROOT))
                || uri.indexOf('=', question) >= 0);
    return isQuery ? uri.substring(0, question) : uri;
  }

  /** A text in which each URI is shown as {@link #redacted()} shows it. */
  public static String redacted(String text) {
    if (text.indexOf(':') < 0) {
      return text;
    }
    return WORD.matcher(text).replaceAll(word -> Matcher.quoteReplacement(ofWord(word.group())));
  }

  /** What stands before a URI in a word stays. */
  private static String ofWord(String whole) {
    if (!whole.contains("://") && !whole.toLowerCase(Locale.ROOT).contains("data:")) {
      return whole;
    }
    String word = whole.substring(0, Math.min(whole.length(), LONGEST_WORD));
    Matcher data = DATA.matcher(word);
    if (data.find() && !word.substring(0, data.start()).contains("://")) {
      return word.substring(0, data.start()) + of(word.substring(data.start())).redacted();
    }
    Matcher uri = URI_START.matcher(word);
    return uri.find()
        ? word.substring(0, uri.start()) + of(word.substring(uri.start())).redacted()
        : word;
  }

  /** As the user wrote it. */
  @Override
  public String toString() {
    return given;
  }
}
