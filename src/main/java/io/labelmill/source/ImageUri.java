package io.labelmill.source;

import io.labelmill.table.Location;
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

  /** Hadoop can open these, but they would let a table of paths reach any host. */
  private static final Set<String> REFUSED_SCHEMES =
      Set.of("ftp", "ftps", "sftp", "webhdfs", "swebhdfs");

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

  /**
   * Why a path that an option names cannot be used: it holds a secret that would be shown wherever
   * the path is. Empty for any other.
   */
  public static Optional<String> secretIn(String uri) {
    return Location.redacted(uri.replaceFirst("\\?.*", "")).equals(uri.replaceFirst("\\?.*", ""))
        ? Optional.empty()
        : Optional.of(
            Location.redacted(uri)
                + " is given with a user name or password before an @: take them out, credentials"
                + " come from the environment or from Hadoop's settings");
  }

  /** The sentence of an INVALID_INPUT row, or empty for a path that may be opened. */
  static Optional<String> problem(String uri) {
    return problem(uri, AllowedHosts.NONE);
  }

  /**
   * As {@link #problem(String)}.
   *
   * @param hosts that a path may name by {@code http} and {@code https}
   */
  static Optional<String> problem(String uri, AllowedHosts hosts) {
    if (uri == null) {
      return Optional.of("The path is null.");
    }
    if (uri.isBlank()) {
      return Optional.of("The path is empty.");
    }
    if (uri.indexOf('\0') >= 0) {
      return Optional.of(
          "The path holds a NUL character: " + Location.redacted(uri.replace("\0", "\\0")));
    }
    Matcher scheme = SCHEME.matcher(uri);
    if (scheme.find() && REFUSED_SCHEMES.contains(scheme.group(1).toLowerCase(Locale.ROOT))) {
      return Optional.of(
          "The scheme "
              + scheme.group(1)
              + " is not allowed in the path "
              + Location.redacted(uri));
    }
    if (AllowedHosts.isHttp(uri)) {
      return httpProblem(uri, hosts);
    }
    if (uri.regionMatches(true, 0, "http:", 0, 5) || uri.regionMatches(true, 0, "https:", 0, 6)) {
      // Hadoop would open these too, past the hosts that are allowed.
      return Optional.of("The path is malformed: " + Location.redacted(uri));
    }
    if (secretIn(uri).isPresent()) {
      return Optional.of(
          "The path holds a user name or password before an @, which is not sent: "
              + Location.redacted(uri));
    }
    try {
      Location.of(uri).hadoop();
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of("The path is malformed: " + Location.redacted(uri));
    }
  }

  private static Optional<String> httpProblem(String uri, AllowedHosts hosts) {
    if (hosts.names().isEmpty()) {
      return Optional.of(
          "The scheme "
              + uri.substring(0, uri.indexOf(':'))
              + " is not allowed in the path "
              + Location.redacted(uri)
              + ", since --allow-hosts names no host");
    }
    try {
      return hosts
          .problem(AllowedHosts.uri(uri))
          .map(problem -> "The path " + Location.redacted(uri) + " " + problem);
    } catch (IllegalArgumentException e) {
      return Optional.of("The path is malformed: " + Location.redacted(uri));
    }
  }

  /** SQL function: the path that Hadoop opens, or null where {@link Problem} has a sentence. */
  static final class Resolved implements UDF1<String, String> {
    private final String defaultFileSystem;
    private final String workingFolder;
    private final AllowedHosts hosts;

    /**
     * @param workingFolder against which relative paths are resolved, the driver's: executors may
     *     have others
     */
    Resolved(String defaultFileSystem, Path workingFolder, AllowedHosts hosts) {
      this.hosts = hosts;
      this.defaultFileSystem = defaultFileSystem;
      this.workingFolder = workingFolder.toString();
    }

    @Override
    public String call(String uri) {
      if (problem(uri, hosts).isPresent()) {
        return null;
      }
      if (AllowedHosts.isHttp(uri)) {
        return uri;
      }
      Path path = Location.of(uri).hadoop();
      return path.toUri().getScheme() != null
          ? path.toString()
          : path.makeQualified(java.net.URI.create(defaultFileSystem), new Path(workingFolder))
              .toString();
    }
  }

  /** SQL function: the sentence of {@link #problem}, or null. */
  static final class Problem implements UDF1<String, String> {
    private final AllowedHosts hosts;

    Problem(AllowedHosts hosts) {
      this.hosts = hosts;
    }

    @Override
    public String call(String uri) {
      return problem(uri, hosts).orElse(null);
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
