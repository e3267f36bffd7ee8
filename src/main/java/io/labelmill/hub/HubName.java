package io.labelmill.hub;

import io.labelmill.error.InputException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A repository on the hub: a model, as {@code hf://ORG/NAME[@REVISION]} names it, with or without
 * an explicit {@code hf://models/} in front, or a data set, which {@link HubPath} reads.
 *
 * @param organisation or user that owns it
 * @param revision branch, tag or commit; default the branch main
 */
public record HubName(Kind kind, String organisation, String name, Optional<String> revision) {
  enum Kind {
    MODEL("models", "", "model", "hf://ORG/NAME, or hf://ORG/NAME@REVISION"),
    DATASET(
        "datasets",
        "datasets/",
        "data set",
        "hf://datasets/ORG/NAME/PATH, or hf://datasets/ORG/NAME@REVISION/PATH");

    private final String plural;
    private final String prefix;
    private final String word;
    private final String form;

    Kind(String plural, String prefix, String word, String form) {
      this.plural = plural;
      this.prefix = prefix;
      this.word = word;
      this.form = form;
    }

    /** In the hub's interface and in names of the cache. */
    String plural() {
      return plural;
    }

    /** In messages. */
    String word() {
      return word;
    }

    InputException malformed(String location, String problem) {
      return new InputException(
          "%s does not name a %s on the hub: %s. Write %s."
              .formatted(printable(location), word, problem, form));
    }
  }

  private static final String SCHEME = "hf:";

  /** As the hub's own client checks names; {@code --} parts the words of a cache folder's name. */
  private static final Pattern PART =
      Pattern.compile("[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?");

  private static final int MAX_REPOSITORY_LENGTH = 96;
  private static final int MAX_REVISION_LENGTH = 200;

  /** What git forbids in names of branches and tags. */
  private static final Pattern FORBIDDEN_IN_REVISION =
      Pattern.compile(
          "[\\x00-\\x20\\x7f~^:?*\\[\\\\]|\\.\\.|@\\{|//|(^|/)\\.|\\.lock(/|$)|[./]$|^/|^-");

  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  /** Repositories that hold no models. */
  private static final List<String> OTHER_TYPES =
      List.of("datasets", "spaces", "kernels", "buckets");

  /** A model. */
  public HubName(String organisation, String name, Optional<String> revision) {
    this(Kind.MODEL, organisation, name, revision);
  }

  /** Whether something is named by this scheme, well-formed or not. */
  public static boolean isHubName(String location) {
    return location.toLowerCase(Locale.ROOT).startsWith(SCHEME);
  }

  /**
   * @throws InputException when it is not of the form, with the part that is not
   */
  public static HubName parse(String location) {
    if (!location.startsWith("hf://")) {
      throw Kind.MODEL.malformed(location, "it does not begin with hf://");
    }
    String rest = location.substring("hf://".length());
    int at = rest.indexOf('@');
    Optional<String> revision = at < 0 ? Optional.empty() : Optional.of(rest.substring(at + 1));
    String repository = at < 0 ? rest.replaceFirst("/$", "") : rest.substring(0, at);
    String[] parts = repository.replaceFirst("^models/(?=[^/]*/)", "").split("/", -1);
    if (OTHER_TYPES.contains(parts[0])) {
      throw Kind.MODEL.malformed(location, "%s are not models".formatted(parts[0]));
    }
    if (parts.length != 2) {
      throw Kind.MODEL.malformed(
          location,
          parts.length < 2
              ? "it names no organisation or no model"
              : "'%s' has more than two parts".formatted(printable(repository)));
    }
    return of(Kind.MODEL, parts[0], parts[1], revision, location);
  }

  /**
   * @param location for messages
   * @throws InputException when a part is none
   */
  static HubName of(
      Kind kind, String organisation, String name, Optional<String> revision, String location) {
    for (String part : List.of(organisation, name)) {
      if (!PART.matcher(part).matches() || part.contains("--") || part.contains("..")) {
        throw kind.malformed(
            location,
            ("'%s' is no name on the hub: letters, digits, '_', '-' and '.' make one, which neither"
                    + " begins nor ends with '-' or '.', and has no '--' or '..'")
                .formatted(printable(part)));
      }
    }
    if (organisation.length() + 1 + name.length() > MAX_REPOSITORY_LENGTH
        || name.endsWith(".git")) {
      throw kind.malformed(
          location,
          "a name has at most %d characters and does not end in .git"
              .formatted(MAX_REPOSITORY_LENGTH));
    }
    revision.ifPresent(
        text -> {
          if (text.isEmpty()
              || text.length() > MAX_REVISION_LENGTH
              || FORBIDDEN_IN_REVISION.matcher(text).find()) {
            throw kind.malformed(
                location, "'%s' can't be a branch, tag or commit".formatted(printable(text)));
          }
        });
    return new HubName(kind, organisation, name, revision);
  }

  /** Text from elsewhere, fit for one line of a message. */
  static String printable(String text) {
    String plain = text.replaceAll("\\p{Cntrl}", "?");
    return plain.length() > 300 ? plain.substring(0, 300) + "…" : plain;
  }

  /** {@code ORG/NAME}. */
  public String repository() {
    return organisation + "/" + name;
  }

  /** {@code ORG/NAME}, below {@code datasets} for a data set: where its pages and files are. */
  String page() {
    return kind.prefix + repository();
  }

  /** The folder of the cache, as the Python client calls it. */
  String cacheFolder() {
    return kind.plural + "--" + organisation + "--" + name;
  }

  String revisionOrMain() {
    return revision.orElse("main");
  }

  /** Whether the revision is a whole commit hash, which never comes to mean something else. */
  boolean isCommit() {
    return isCommit(revisionOrMain());
  }

  static boolean isCommit(String revision) {
    return COMMIT.matcher(revision).matches();
  }

  /** As it is written on a command line. */
  @Override
  public String toString() {
    return "hf://" + page() + revision.map(text -> "@" + text).orElse("");
  }
}
