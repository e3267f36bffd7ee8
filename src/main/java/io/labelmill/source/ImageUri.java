package io.labelmill.source;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.api.java.UDF1;

/**
 * Paths of images as users write them: what they open, what they equal, what is wrong with them.
 */
public final class ImageUri {
  private static final Pattern SCHEME = Pattern.compile("^([A-Za-z][A-Za-z0-9+.-]*):");
  private static final Pattern S3 = Pattern.compile("^(?i:s3[an]?)://");
  private static final Pattern LOCAL = Pattern.compile("^(?i:file):(?://(?:localhost)?(?=/))?");

  /** User information; before the @ of Azure's schemes stands the container, which is no secret. */
  private static final Pattern USER = Pattern.compile("(?<!abfs|abfss|wasb|wasbs)(://)[^/@\\s]*@");

  /** Without an equals sign a question mark is a glob's. */
  private static final Pattern QUERY = Pattern.compile("(://[^\\s?'\"]*)\\?[^\\s'\"]*=[^\\s'\"]*");

  /** Hadoop can open these, but they would let a table of paths reach any host. */
  private static final Set<String> REFUSED_SCHEMES = Set.of("http", "https", "ftp", "ftps", "sftp");

  private ImageUri() {}

  /**
   * The form under which two spellings of one path are equal: {@code /x}, {@code file:/x} and
   * {@code file:///x} are {@code /x}; {@code s3a://} and {@code s3n://} are {@code s3://}; repeated
   * slashes count once. Null stays null.
   */
  public static String comparable(String uri) {
    if (uri == null) {
      return null;
    }
    Matcher s3 = S3.matcher(uri);
    if (s3.find()) {
      return "s3://" + uri.substring(s3.end()).replaceAll("/{2,}", "/");
    }
    Matcher local = LOCAL.matcher(uri);
    String path = local.find() ? uri.substring(local.end()) : uri;
    int from = path.indexOf("://");
    return from < 0
        ? path.replaceAll("/{2,}", "/")
        : path.substring(0, from + 3) + path.substring(from + 3).replaceAll("/{2,}", "/");
  }

  /** The Hadoop path of a user's path: {@code s3://} is read through {@code s3a://}. */
  static Path hadoop(String uri) {
    return new Path(S3.matcher(uri).replaceFirst("s3a://"));
  }

  /** The sentence of an INVALID_INPUT row, or empty for a path that may be opened. */
  static Optional<String> problem(String uri) {
    if (uri == null) {
      return Optional.of("The path is null.");
    }
    if (uri.isBlank()) {
      return Optional.of("The path is empty.");
    }
    if (uri.indexOf('\0') >= 0) {
      return Optional.of("The path holds a NUL character: " + redacted(uri.replace("\0", "\\0")));
    }
    Matcher scheme = SCHEME.matcher(uri);
    if (scheme.find() && REFUSED_SCHEMES.contains(scheme.group(1).toLowerCase(Locale.ROOT))) {
      return Optional.of(
          "The scheme " + scheme.group(1) + " is not allowed in the path " + redacted(uri));
    }
    try {
      hadoop(uri);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of("The path is malformed: " + redacted(uri));
    }
  }

  /** The text without what may be a secret in its URIs: user information and queries. */
  public static String redacted(String text) {
    return QUERY.matcher(USER.matcher(text).replaceAll("$1")).replaceAll("$1");
  }

  /** SQL function: the path that Hadoop opens, or null where {@link Problem} has a sentence. */
  static final class Location implements UDF1<String, String> {
    private final String defaultFileSystem;
    private final String workingFolder;

    /**
     * @param workingFolder against which relative paths are resolved, the driver's: executors may
     *     have others
     */
    Location(String defaultFileSystem, Path workingFolder) {
      this.defaultFileSystem = defaultFileSystem;
      this.workingFolder = workingFolder.toString();
    }

    @Override
    public String call(String uri) {
      if (problem(uri).isPresent()) {
        return null;
      }
      Path path = hadoop(uri);
      return path.toUri().getScheme() != null
          ? path.toString()
          : path.makeQualified(java.net.URI.create(defaultFileSystem), new Path(workingFolder))
              .toString();
    }
  }

  /** SQL function: the sentence of {@link #problem}, or null. */
  static final class Problem implements UDF1<String, String> {
    @Override
    public String call(String uri) {
      return problem(uri).orElse(null);
    }
  }

  /** SQL function: {@link #comparable}. */
  public static final class ComparableForm implements UDF1<String, String> {
    @Override
    public String call(String uri) {
      return comparable(uri);
    }
  }
}
