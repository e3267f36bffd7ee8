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

  /**
   * Whether a BEiT has positions that the codes read differently: relative ones on a grid of
   * patches that is not square, or absolute ones there on pictures that are not square either.
   *
   * @param config {@code config.json}; what is wrong in it counts as missing
   */
  public static boolean isChoice(JsonNode config) {
    int height = side(config, "image_size", 0, 224);
    int width = side(config, "image_size", 1, 224);
    int rows = height / side(config, "patch_size", 0, 16);
    int columns = width / side(config, "patch_size", 1, 16);
    boolean isRelative =
        config.path("use_relative_position_bias").asBoolean()
            || config.path("use_shared_relative_position_bias").asBoolean();
    // Transformers looks at the picture before it takes positions as they are stored.
    boolean isStretched =
        config.path("use_absolute_position_embeddings").asBoolean() && height != width;
    return rows != columns && (isRelative || isStretched);
  }

  /** One of [height, width], or of the number that is both. */
  private static int side(JsonNode config, String key, int index, int fallback) {
    JsonNode size = config.path(key);
    int side = (size.isArray() ? size.path(index) : size).asInt();
    return side > 0 ? side : fallback;
  }

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
