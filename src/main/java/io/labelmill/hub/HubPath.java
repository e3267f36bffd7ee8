package io.labelmill.hub;

import io.labelmill.error.InputException;
import io.labelmill.hub.HubName.Kind;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Files of a data set on the hub, as {@code hf://datasets/ORG/NAME[@REVISION][/PATH]} names them:
 * one file, what lies below a folder, or what a glob matches. Slashes in a revision are written
 * {@code %2F}, but for {@code refs/convert/NAME} and {@code refs/pr/NUMBER}.
 *
 * @param path within it, without slashes at its ends; empty for all of it
 */
public record HubPath(HubName dataset, String path) {
  private static final Pattern REVISION =
      Pattern.compile("(refs/convert/\\w+|refs/pr/\\d+|[^/]*)(?:/(.*))?");

  private static final Pattern GLOB = Pattern.compile("[*?\\[{]");

  /** What stands beside the data of a data set. */
  private static final Set<String> DOCUMENT_ENDINGS =
      Set.of("md", "py", "ipynb", "yaml", "yml", "lock", "cff", "bib");

  private static final Set<String> DOCUMENTS =
      Set.of("license", "license.txt", "dataset_infos.json", "dataset_info.json");

  /**
   * @throws InputException when it is not of the form, with the part that is not
   */
  public static HubPath parse(String location) {
    String prefix = "hf://datasets/";
    if (!location.startsWith(prefix)) {
      throw Kind.DATASET.malformed(location, "it does not begin with " + prefix);
    }
    String[] parts = location.substring(prefix.length()).split("/", 2);
    if (parts.length < 2 || parts[1].isEmpty()) {
      throw Kind.DATASET.malformed(location, "it names no organisation or no data set");
    }
    int end = indexOf(parts[1], "[@/]");
    String name = parts[1].substring(0, end);
    Optional<String> revision = Optional.empty();
    String path = parts[1].substring(Math.min(end + 1, parts[1].length()));
    if (end < parts[1].length() && parts[1].charAt(end) == '@') {
      Matcher found = REVISION.matcher(path);
      found.matches();
      revision = Optional.of(found.group(1).replaceAll("(?i)%2F", "/"));
      path = Optional.ofNullable(found.group(2)).orElse("");
    }
    HubName dataset = HubName.of(Kind.DATASET, parts[0], name, revision, location);
    String bare = path.replaceFirst("/+$", "");
    if (!bare.isEmpty() && !isSafe(bare)) {
      throw Kind.DATASET.malformed(
          location, "'%s' is no path within a data set".formatted(HubName.printable(bare)));
    }
    return new HubPath(dataset, bare);
  }

  private static int indexOf(String text, String pattern) {
    Matcher found = Pattern.compile(pattern).matcher(text);
    return found.find() ? found.start() : text.length();
  }

  /** Whether a name from elsewhere stays within the folder that it is put into. */
  static boolean isSafe(String name) {
    return name.indexOf('\\') < 0
        && name.chars().noneMatch(Character::isISOControl)
        && Arrays.stream(name.split("/", -1))
            .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
  }

  /**
   * The files that are meant. Of a folder these are its Parquet files, or where it has none all
   * that are no documentation and not hidden; those of a glob are taken as they are.
   *
   * @param all names of the data set's files
   * @throws InputException when the path is a glob that is none
   */
  List<String> of(List<String> all) {
    if (all.contains(path)) {
      return List.of(path);
    }
    if (GLOB.matcher(path).find()) {
      PathMatcher glob = matcher();
      return all.stream().filter(name -> glob.matches(Path.of(name))).sorted().toList();
    }
    List<String> data =
        all.stream()
            .filter(name -> path.isEmpty() || name.startsWith(path + "/"))
            .filter(HubPath::isData)
            .sorted()
            .toList();
    List<String> parquet = data.stream().filter(hasEnding("parquet")).toList();
    return parquet.isEmpty() ? data : parquet;
  }

  private PathMatcher matcher() {
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + path);
    } catch (PatternSyntaxException e) {
      throw Kind.DATASET.malformed(
          toString(), "the glob '%s' is not closed".formatted(HubName.printable(path)));
    }
  }

  private static boolean isData(String name) {
    String file = name.substring(name.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    return !("/" + name).contains("/.")
        && !DOCUMENTS.contains(file)
        && DOCUMENT_ENDINGS.stream().noneMatch(ending -> hasEnding(ending).test(file));
  }

  private static Predicate<String> hasEnding(String ending) {
    return name -> name.toLowerCase(Locale.ROOT).endsWith("." + ending);
  }

  /** As it is written on a command line. */
  @Override
  public String toString() {
    return dataset + (path.isEmpty() ? "" : "/" + path);
  }
}
