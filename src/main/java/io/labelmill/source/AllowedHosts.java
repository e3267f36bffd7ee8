package io.labelmill.source;

import io.labelmill.error.UsageException;
import io.labelmill.table.Location;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The hosts from which images are fetched by {@code http} and {@code https}; none unless the user
 * names them, since a table of paths could otherwise reach any host that an executor can.
 *
 * @param names in lower case: {@code host}, which is the scheme's own port, or {@code host:port}
 */
public record AllowedHosts(Set<String> names) implements Serializable {
  public static final AllowedHosts NONE = new AllowedHosts(Set.of());

  private static final Pattern NAME =
      Pattern.compile("([^:\\[\\]/@?#\\s]+|\\[[0-9a-f:.]+])(:[1-9][0-9]{0,4})?");

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
      Matcher parts = NAME.matcher(name);
      String host = parts.matches() ? HttpAddress.host(parts.group(1)) : "";
      if (!host.isEmpty()) {
        names.add(parts.group(2) == null ? host : host + parts.group(2));
      } else {
        problems.add(
            ("--allow-hosts is %s: name hosts alone, commas between them, such as"
                    + " images.example.com or images.example.com:8443.")
                .formatted(Location.redacted(each)));
      }
    }
    UsageException.throwIfAny(problems);
    return new AllowedHosts(names);
  }

  /** Whether a path is one that these rules are about. */
  static boolean isHttp(String location) {
    int start = 0;
    while (start < location.length() && Character.isWhitespace(location.charAt(start))) {
      start++;
    }
    return location.regionMatches(true, start, "http://", 0, 7)
        || location.regionMatches(true, start, "https://", 0, 8);
  }

  /**
   * Why an address may not be fetched, as what follows its name in a sentence; empty where it may
   * be.
   */
  Optional<String> problem(HttpAddress address) {
    if (!AllowedSchemes.isWeb(address.scheme())) {
      return Optional.of("is neither http nor https");
    }
    if (address.holdsUser()) {
      return Optional.of("holds a user name or password, which is not sent");
    }
    if (address.host().isEmpty()) {
      return Optional.of("has no host");
    }
    int port = address.port() < 0 ? address.ownPort() : address.port();
    boolean isNamed =
        (port == address.ownPort() && names.contains(address.host()))
            || names.contains(address.host() + ":" + port);
    return isNamed
        ? Optional.empty()
        : Optional.of("is on a host that --allow-hosts does not name: " + address.authority());
  }
}
