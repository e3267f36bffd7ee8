package io.labelmill.source;

import io.labelmill.error.UsageException;
import io.labelmill.table.Location;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;

/**
 * The hosts from which images are fetched by {@code http} and {@code https}; none unless the user
 * names them, since a table of paths could otherwise reach any host that an executor can.
 *
 * @param names in lower case: {@code host}, which is the scheme's own port, or {@code host:port}
 */
public record AllowedHosts(Set<String> names) implements Serializable {
  public static final AllowedHosts NONE = new AllowedHosts(Set.of());

  /** Where a configuration that travels to the tasks has the names, commas between them. */
  private static final String KEY = "labelmill.allow-hosts";

  private static final Pattern NAME =
      Pattern.compile("([a-z0-9]([a-z0-9_-]*\\.?)*|\\[[0-9a-f:.]+])(:[1-9][0-9]{0,4})?");

  public AllowedHosts {
    names = Set.copyOf(names);
  }

  /**
   * @param given as users write them
   * @throws UsageException naming everything that is no host
   */
  public static AllowedHosts of(Collection<String> given) {
    Set<String> names = new TreeSet<>();
    List<String> problems = new ArrayList<>();
    for (String each : given) {
      String name = each.strip().toLowerCase(Locale.ROOT);
      if (NAME.matcher(name).matches()) {
        names.add(name);
      } else {
        problems.add(
            "--allow-hosts is "
                + Location.redacted(each)
                + ": name hosts alone, commas between them, such as images.example.com or"
                + " images.example.com:8443.");
      }
    }
    if (!problems.isEmpty()) {
      throw new UsageException(problems);
    }
    return new AllowedHosts(names);
  }

  /** The hosts that a configuration was given by {@link #put}. */
  static AllowedHosts of(Configuration configuration) {
    return new AllowedHosts(Set.copyOf(configuration.getTrimmedStringCollection(KEY)));
  }

  /** Puts the hosts, and no others, into a configuration. */
  void put(Configuration configuration) {
    configuration.set(KEY, String.join(",", names));
  }

  /** Whether a path is one that these rules are about. */
  static boolean isHttp(String location) {
    return location.regionMatches(true, 0, "http://", 0, 7)
        || location.regionMatches(true, 0, "https://", 0, 8);
  }

  /**
   * Why a URI may not be fetched, as what follows its name in a sentence; empty where it may be.
   *
   * @param uri absolute, of any scheme
   */
  Optional<String> problem(URI uri) {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      return Optional.of("is neither http nor https");
    }
    if (uri.getRawUserInfo() != null) {
      return Optional.of("holds a user name or password, which is not sent");
    }
    if (uri.getHost() == null) {
      return Optional.of("has no host");
    }
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    int ownPort = scheme.equals("http") ? 80 : 443;
    int port = uri.getPort() < 0 ? ownPort : uri.getPort();
    if ((port == ownPort && names.contains(host)) || names.contains(host + ":" + port)) {
      return Optional.empty();
    }
    return Optional.of(
        "is on a host that --allow-hosts does not name: "
            + (port == ownPort ? host : host + ":" + port));
  }

  /**
   * The URI of a path as users write it: what a URI may not hold, spaces and letters beyond ASCII
   * among it, is escaped as browsers do; the fragment is left out.
   *
   * @throws IllegalArgumentException when it is none even then
   */
  static URI uri(String path) {
    StringBuilder escaped = new StringBuilder();
    int end = path.indexOf('#');
    for (byte b :
        (end < 0 ? path : path.substring(0, end))
            .getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c <= ' ' || c >= 0x7f || "\"<>\\^`{|}".indexOf(c) >= 0) {
        escaped.append("%%%02X".formatted((int) c));
      } else {
        escaped.append(c);
      }
    }
    return URI.create(escaped.toString());
  }
}
