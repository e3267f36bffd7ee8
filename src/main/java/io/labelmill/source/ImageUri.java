package io.labelmill.source;

import io.labelmill.table.Location;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.LinkedHashSet;
import java.util.List;
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
  private static final Pattern ESCAPE = Pattern.compile("%[0-9A-Fa-f]{2}");
  private static final Pattern S3 = Pattern.compile("^(?i:s3[an]?)://");
  private static final Pattern LOCAL = Pattern.compile("^(?i:file):(?://(?:localhost)?(?=/))?");

  /** No store has longer names, and no server takes longer addresses, in characters. */
  static final int MAX_LENGTH = 8_192;

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
    Location location = Location.of(uri);
    return location.holdsUser()
        ? Optional.of(
            location.redacted()
                + " is given with a user name or password before an @: take them out, credentials"
                + " come from the environment or from Hadoop's settings")
        : Optional.empty();
  }

  /**
   * Why a place that an option names cannot be one of images; empty where it can. Its scheme is the
   * user's own.
   */
  static Optional<String> malformed(String uri) {
    if (uri == null) {
      return Optional.of("The path is null.");
    }
    if (uri.isBlank()) {
      return Optional.of("The path is empty.");
    }
    if (uri.length() > MAX_LENGTH) {
      return Optional.of(
          "The path is %d characters long, more than the %d that are read: %s"
              .formatted(uri.length(), MAX_LENGTH, Location.of(uri).redacted()));
    }
    String shown = Location.of(uri).redacted();
    if (uri.indexOf('\0') >= 0) {
      return Optional.of("The path holds a NUL character: " + shown.replace("\0", "\\0"));
    }
    Matcher scheme = SCHEME.matcher(uri);
    // Hadoop would open http:/x too, past the hosts that are allowed.
    if (scheme.lookingAt() && AllowedSchemes.isWeb(scheme.group(1))) {
      return Optional.of("The path is malformed: " + shown);
    }
    if (Location.of(uri).holdsUser()) {
      return Optional.of(
          "The path holds a user name or password before an @, which is not sent: " + shown);
    }
    try {
      Location.of(uri).hadoop();
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of("The path is malformed: " + shown);
    }
  }

  /**
   * The sentence of an INVALID_INPUT row, or empty for a path of a table that may be opened. Takes
   * time in proportion to the path's length, which is bounded.
   */
  public static Optional<String> problem(String uri, AllowedPlaces allowed) {
    if (uri == null || uri.isBlank() || uri.length() > MAX_LENGTH) {
      return malformed(uri);
    }
    if (AllowedHosts.isHttp(uri)) {
      return httpProblem(uri, allowed.hosts());
    }
    Matcher scheme = SCHEME.matcher(uri);
    return scheme.lookingAt()
        ? schemeProblem(scheme.group(1), uri, allowed.schemes())
        : malformed(uri);
  }

  private static Optional<String> schemeProblem(String scheme, String uri, AllowedSchemes schemes) {
    String shown = Location.of(uri).redacted();
    if (scheme.equalsIgnoreCase("data")) {
      return Optional.of(
          "The path is a data: URI, which holds the image itself: name its column with"
              + " --content-column: "
              + shown);
    }
    if (!uri.startsWith("/", scheme.length() + 1) || AllowedSchemes.isWeb(scheme)) {
      return Optional.of("The path is malformed: " + shown);
    }
    return schemes.names().contains(scheme.toLowerCase(Locale.ROOT))
        ? malformed(uri)
        : Optional.of(
            "The scheme %s is not allowed in the path %s, since --allow-schemes does not name it"
                .formatted(scheme, shown));
  }

  private static Optional<String> httpProblem(String uri, AllowedHosts hosts) {
    String shown = Location.of(uri).redacted();
    if (hosts.names().isEmpty()) {
      return Optional.of(
          "The scheme %s is not allowed in the path %s, since --allow-hosts names no host"
              .formatted(uri.strip().substring(0, uri.strip().indexOf(':')), shown));
    }
    try {
      return hosts.problem(HttpAddress.of(uri)).map(problem -> "The path " + shown + " " + problem);
    } catch (IllegalArgumentException e) {
      return Optional.of("The path is malformed: " + shown);
    }
  }

  /** A path whose percent signs are escapes, without them; empty where they are none. */
  static Optional<Path> unescaped(Path path) {
    String escaped = path.toUri().getPath();
    if (!ESCAPE.matcher(escaped).find()) {
      return Optional.empty();
    }
    try {
      String plain = URLDecoder.decode(escaped.replace("+", "%2B"), StandardCharsets.UTF_8);
      URI uri = path.toUri();
      return plain.indexOf('\0') >= 0
          ? Optional.empty()
          : Optional.of(new Path(uri.getScheme(), uri.getAuthority(), plain));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // A percent sign that escapes nothing.
    }
  }

  /**
   * Other paths under which a store may know what a path means, the likeliest first: with what it
   * escapes as letters, and with accents composed (NFC) or apart (NFD).
   */
  static Set<Path> spellings(Path path) {
    Set<Path> spellings = new LinkedHashSet<>();
    for (Path plain : unescaped(path).map(other -> List.of(path, other)).orElse(List.of(path))) {
      spellings.add(plain);
      URI uri = plain.toUri();
      for (Normalizer.Form form : List.of(Normalizer.Form.NFC, Normalizer.Form.NFD)) {
        spellings.add(
            new Path(
                uri.getScheme(), uri.getAuthority(), Normalizer.normalize(uri.getPath(), form)));
      }
    }
    spellings.remove(path);
    return spellings;
  }

  /** SQL function: the path that Hadoop opens, or null where {@link Problem} has a sentence. */
  static final class Resolved implements UDF1<String, String> {
    private final String defaultFileSystem;
    private final String workingFolder;
    private final AllowedPlaces allowed;

    /**
     * @param workingFolder against which relative paths are resolved, the driver's: executors may
     *     have others
     */
    Resolved(String defaultFileSystem, Path workingFolder, AllowedPlaces allowed) {
      this.allowed = allowed;
      this.defaultFileSystem = defaultFileSystem;
      this.workingFolder = workingFolder.toString();
    }

    @Override
    public String call(String uri) {
      if (problem(uri, allowed).isPresent()) {
        return null;
      }
      if (AllowedHosts.isHttp(uri)) {
        return uri;
      }
      Path path = Location.of(uri).hadoop();
      return path.toUri().getScheme() != null
          ? path.toString()
          : path.makeQualified(URI.create(defaultFileSystem), new Path(workingFolder)).toString();
    }
  }

  /** SQL function: the sentence of {@link #problem}, or null. */
  record Problem(AllowedPlaces allowed) implements UDF1<String, String> {
    @Override
    public String call(String uri) {
      return problem(uri, allowed).orElse(null);
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
