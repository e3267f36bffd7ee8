package io.labelmill.table;

import java.io.IOException;
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
  private static final Pattern S3 = Pattern.compile("^(?i:s3[an]?)://");

  /** User information; before the @ of Azure's schemes stands the container, which is no secret. */
  private static final Pattern USER = Pattern.compile("(?<!abfs|abfss|wasb|wasbs)(://)[^/@\\s]*@");

  /** User information in which an unescaped secret holds slashes; a port is none. */
  private static final Pattern SECRET =
      Pattern.compile("(://)[^/@\\s:\\[]*:(?!\\d+(?:[/\\s]|$))[^\\s@]*@");

  /** Without an equals sign a question mark is a glob's. */
  private static final Pattern QUERY = Pattern.compile("(://[^\\s?'\"]*)\\?[^\\s'\"]*=[^\\s'\"]*");

  public static Location of(String given) {
    return new Location(given);
  }

  /** A table of Spark's catalog. */
  public static Location ofTable(String name) {
    return new Location(CATALOG + name);
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
   * The path that Hadoop opens: {@code s3://} and {@code s3n://} are read through {@code s3a://}.
   *
   * @throws IllegalArgumentException where the text is no path
   */
  public Path hadoop() {
    return new Path(S3.matcher(given).replaceFirst("s3a://"));
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
   */
  public FileSystem fileSystem(Configuration configuration) throws IOException {
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

  /** What messages may show. */
  public String redacted() {
    return redacted(given);
  }

  /** The text without what may be a secret in its URIs: user information and queries. */
  public static String redacted(String text) {
    String bare = SECRET.matcher(USER.matcher(text).replaceAll("$1")).replaceAll("$1");
    return QUERY.matcher(bare).replaceAll("$1");
  }

  /** As the user wrote it. */
  @Override
  public String toString() {
    return given;
  }
}
