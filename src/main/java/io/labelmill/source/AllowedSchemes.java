package io.labelmill.source;

import io.labelmill.error.UsageException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The schemes that a path of a table may have: those of stores, and what the user names. Whoever
 * writes tables chooses no other way out: schemes that wrap others or unpack archives, and those of
 * protocols, reach hosts that nobody allowed.
 *
 * @param names in lower case
 */
public record AllowedSchemes(Set<String> names) implements Serializable {
  /** Those of stores, whose addresses Hadoop's settings know. */
  private static final List<String> STORES =
      List.of("file", "s3", "s3a", "s3n", "hdfs", "abfs", "abfss", "gs", "wasb", "wasbs", "dbfs");

  public static final AllowedSchemes OF_STORES = new AllowedSchemes(Set.copyOf(STORES));

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9+.-]*");
  private static final Set<String> WEB = Set.of("http", "https");

  public AllowedSchemes {
    names = Set.copyOf(names);
  }

  /**
   * Those of stores and others.
   *
   * @param given as users write them, with or without what follows a scheme
   * @throws UsageException naming everything that is no scheme, or is allowed in another way
   */
  public static AllowedSchemes of(Collection<String> given) {
    Set<String> names = new TreeSet<>(STORES);
    List<String> problems = new ArrayList<>();
    for (String each : given) {
      String name = each.strip().toLowerCase(Locale.ROOT).replaceFirst(":(//)?$", "");
      if (isWeb(name)) {
        problems.add(
            "--allow-schemes is " + name + ": name the hosts to fetch from with --allow-hosts.");
      } else if (NAME.matcher(name).matches()) {
        names.add(name);
      } else {
        problems.add(
            "--allow-schemes is " + each + ": name schemes, commas between them, such as viewfs.");
      }
    }
    UsageException.throwIfAny(problems);
    return new AllowedSchemes(names);
  }

  /** Whether hosts are allowed one by one. */
  static boolean isWeb(String scheme) {
    return WEB.contains(scheme.toLowerCase(Locale.ROOT));
  }
}
