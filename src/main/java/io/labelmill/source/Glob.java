package io.labelmill.source;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern of paths: {@code *} and {@code ?} stay within one name, {@code **} spans folders,
 * {@code [a-z]}, {@code [!a-z]} and {@code {a,b}} choose, {@code \} takes the next character as it
 * is. Immutable.
 */
public final class Glob implements Serializable {
  private static final String SPECIAL = "*?[{";

  private final String glob;
  private final Pattern whole;
  private final List<Pattern> components;

  private Glob(String glob, Pattern whole, List<Pattern> components) {
    this.glob = glob;
    this.whole = whole;
    this.components = List.copyOf(components);
  }

  /**
   * A glob for paths relative to a folder: a file matches when its path, or that of a folder above
   * it, does.
   */
  static Glob beneath(String glob) {
    List<Pattern> components = new ArrayList<>();
    if (!glob.contains("**") && !glob.contains("{")) {
      for (String component : glob.split("/", -1)) {
        components.add(Pattern.compile(regex(component), Pattern.DOTALL));
      }
    }
    return new Glob(glob, Pattern.compile(regex(glob) + "(?:/.*)?", Pattern.DOTALL), components);
  }

  /**
   * A glob for the end of a path: {@code *.jpg} matches names, {@code train/*.jpg} names in a
   * folder {@code train} anywhere.
   */
  static Glob ending(String glob) {
    return new Glob(glob, Pattern.compile("(?:.*/)?" + regex(glob), Pattern.DOTALL), List.of());
  }

  /** Whether a path has characters that make it a glob. */
  public static boolean isGlob(String path) {
    return path.chars().anyMatch(c -> SPECIAL.indexOf(c) >= 0);
  }

  /** A sentence about what is wrong with the glob, or empty. */
  static Optional<String> problem(String glob) {
    try {
      Pattern.compile(regex(glob));
      return glob.isBlank() ? Optional.of("A glob is empty.") : Optional.empty();
    } catch (PatternSyntaxException e) {
      return Optional.of("The glob " + glob + " is wrong: " + e.getDescription() + ".");
    }
  }

  boolean matches(String path) {
    return whole.matcher(path).matches();
  }

  /** Whether files beneath this folder may match; true where that cannot be told. */
  boolean mayHold(String folder) {
    String[] names = folder.split("/", -1);
    for (int i = 0; i < Math.min(names.length, components.size()); i++) {
      if (!components.get(i).matcher(names[i]).matches()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return glob;
  }

  private static String regex(String glob) {
    StringBuilder regex = new StringBuilder();
    int braces = 0;
    for (int i = 0; i < glob.length(); i++) {
      char c = glob.charAt(i);
      switch (c) {
        case '*' -> {
          if (glob.startsWith("**/", i)) {
            regex.append("(?:.*/)?");
            i += 2;
          } else if (glob.startsWith("**", i)) {
            regex.append(".*");
            i++;
          } else {
            regex.append("[^/]*");
          }
        }
        case '?' -> regex.append("[^/]");
        case '[' -> {
          int end = glob.indexOf(']', glob.startsWith("!", i + 1) ? i + 3 : i + 2);
          if (end < 0) {
            throw new PatternSyntaxException("a [ has no ]", glob, i);
          }
          String set = glob.substring(i + 1, end);
          boolean not = set.startsWith("!") || set.startsWith("^");
          regex.append(not ? "[^/" : "[");
          regex.append((not ? set.substring(1) : set).replaceAll("([\\\\\\[\\]&^])", "\\\\$1"));
          regex.append(']');
          i = end;
        }
        case '{' -> {
          braces++;
          regex.append("(?:");
        }
        case '}' -> {
          if (braces == 0) {
            regex.append("\\}");
          } else {
            braces--;
            regex.append(')');
          }
        }
        case ',' -> regex.append(braces > 0 ? "|" : ",");
        case '\\' -> {
          i++;
          regex.append(Pattern.quote(i < glob.length() ? glob.substring(i, i + 1) : "\\"));
        }
        default -> regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    if (braces > 0) {
      throw new PatternSyntaxException("a { has no }", glob, glob.length());
    }
    return regex.toString();
  }
}
