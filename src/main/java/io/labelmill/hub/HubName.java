package io.labelmill.hub;

import io.labelmill.error.InputException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A model on the hub, as {@code hf://ORG/NAME[@REVISION]} names it. An explicit {@code
 * hf://models/} in front means the same.
 *
 * @param organisation or user that owns the model
 * @param model its name
 * @param revision branch, tag or commit; default the branch main
 */
public record HubName(String organisation, String model, Optional<String> revision) {
  private static final String SCHEME = "hf:";
  private static final String FORM = "hf://ORG/NAME, or hf://ORG/NAME@REVISION";

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

  /** Whether a model is named by this scheme, well-formed or not. */
  public static boolean isHubName(String location) {
    return location.toLowerCase(Locale.ROOT).startsWith(SCHEME);
  }

  /**
   * @throws InputException when it is not of the form, with the part that is not
   */
  public static HubName parse(String location) {
    if (!location.startsWith("hf://")) {
      throw malformed(location, "it does not begin with hf://");
    }
    String rest = location.substring("hf://".length());
    int at = rest.indexOf('@');
    Optional<String> revision = at < 0 ? Optional.empty() : Optional.of(rest.substring(at + 1));
    String repository = at < 0 ? rest.replaceFirst("/$", "") : rest.substring(0, at);
    String[] parts = repository.replaceFirst("^models/(?=[^/]*/)", "").split("/", -1);
    if (OTHER_TYPES.contains(parts[0])) {
      throw malformed(location, "%s are not models".formatted(parts[0]));
    }
    if (parts.length != 2) {
      throw malformed(
          location,
          parts.length < 2
              ? "it names no organisation or no model"
              : "'%s' has more than two parts".formatted(printable(repository)));
    }
    for (String part : parts) {
      if (!PART.matcher(part).matches() || part.contains("--") || part.contains("..")) {
        throw malformed(
            location,
            ("'%s' is no name on the hub: letters, digits, '_', '-' and '.' make one, which neither"
                    + " begins nor ends with '-' or '.', and has no '--' or '..'")
                .formatted(printable(part)));
      }
    }
    if (parts[0].length() + 1 + parts[1].length() > MAX_REPOSITORY_LENGTH
        || parts[1].endsWith(".git")) {
      throw malformed(
          location,
          "a name has at most %d characters and does not end in .git"
              .formatted(MAX_REPOSITORY_LENGTH));
    }
    revision.ifPresent(
        name -> {
          if (name.isEmpty()
              || name.length() > MAX_REVISION_LENGTH
              || FORBIDDEN_IN_REVISION.matcher(name).find()) {
            throw malformed(
                location, "'%s' can't be a branch, tag or commit".formatted(printable(name)));
          }
        });
    return new HubName(parts[0], parts[1], revision);
  }

  private static InputException malformed(String location, String problem) {
    return new InputException(
        "%s does not name a model on the hub: %s. Write %s."
            .formatted(printable(location), problem, FORM));
  }

  /** Text from elsewhere, fit for one line of a message. */
  static String printable(String text) {
    String plain = text.replaceAll("\\p{Cntrl}", "?");
    return plain.length() > 300 ? plain.substring(0, 300) + "…" : plain;
  }

  /** {@code ORG/NAME}. */
  public String repository() {
    return organisation + "/" + model;
  }

  /** The revision, or main. */
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
    return "hf://" + repository() + revision.map(name -> "@" + name).orElse("");
  }
}
