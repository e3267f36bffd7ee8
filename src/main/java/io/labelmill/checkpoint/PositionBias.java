package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.error.InputException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How BEiT's table of relative positions is read where the grid of patches is not square. A model
 * is right with the formula that it was trained with.
 */
public enum PositionBias {
  /** As the checkpoint's files say, where they do. */
  AUTO,

  /** As the authors' code, and Transformers before 4.43. */
  AUTHORS,

  /** As Transformers since 4.43, which exchanges width and height. */
  TRANSFORMERS;

  /** In {@code config.json}, says more than the version; Transformers does not look at it. */
  public static final String KEY = "labelmill_position_bias";

  private static final Pattern VERSION = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})");

  /** As options and files write it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * What a configuration speaks for, by {@value #KEY}, else by {@code transformers_version}; never
   * {@link #AUTO}.
   *
   * @param config {@code config.json}
   * @throws InputException when it names another formula
   */
  public static PositionBias of(JsonNode config) {
    JsonNode named = config.path(KEY);
    if (!named.isMissingNode()) {
      for (PositionBias known : new PositionBias[] {AUTHORS, TRANSFORMERS}) {
        if (known.word().equals(named.textValue())) {
          return known;
        }
      }
      throw new InputException(
          "%s is %s in config.json; it must be authors or transformers.".formatted(KEY, named));
    }
    Matcher version = VERSION.matcher(config.path("transformers_version").asText(""));
    if (!version.lookingAt()) {
      return AUTHORS;
    }
    int major = Integer.parseInt(version.group(1));
    boolean exchanges = major > 4 || (major == 4 && Integer.parseInt(version.group(2)) >= 43);
    return exchanges ? TRANSFORMERS : AUTHORS;
  }
}
