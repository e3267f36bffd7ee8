package io.labelmill.train;

import io.labelmill.error.UsageException;
import io.labelmill.option.Reader;

/**
 * How images are parted into those that a head is trained on and those that it is tested on.
 *
 * @param testShare of the images, for {@link Kind#FRACTION}
 * @param column of the truth, for {@link Kind#COLUMN}; else empty
 */
public record SplitRule(Kind kind, double testShare, String column) {
  private static final String COLUMN_PREFIX = "column:";

  public enum Kind {
    /** All images are trained on. */
    NONE,
    /** A seeded share of every combination of labels. */
    FRACTION,
    /**
     * Every fifth image, as in the public fridgeObjects samples of Azure ML: of a folder for each
     * label the first, sixth, eleventh … by path, of a table the fifth, tenth, fifteenth … row.
     */
    EVERY_FIFTH,
    COLUMN
  }

  /**
   * Reads an option's value: {@code none}, {@code every-fifth}, {@code column:NAME}, or the share
   * of test images.
   *
   * @throws UsageException on anything else
   */
  public static SplitRule parse(String text) {
    if (text.equals("none")) {
      return new SplitRule(Kind.NONE, 0, "");
    }
    if (text.equals("every-fifth")) {
      return new SplitRule(Kind.EVERY_FIFTH, 0, "");
    }
    if (text.startsWith(COLUMN_PREFIX) && text.length() > COLUMN_PREFIX.length()) {
      return new SplitRule(Kind.COLUMN, 0, text.substring(COLUMN_PREFIX.length()));
    }
    try {
      double share = Double.parseDouble(text);
      if (share > 0 && share < 1) {
        return new SplitRule(Kind.FRACTION, share, "");
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new UsageException(
        ("--split is %s: it must be none, every-fifth, column:NAME, or the share of test images,"
                + " above 0 and below 1")
            .formatted(text));
  }

  /** As {@link #parse} reads it. */
  public String text() {
    return switch (kind) {
      case FRACTION -> Double.toString(testShare);
      case COLUMN -> COLUMN_PREFIX + column;
      case NONE, EVERY_FIFTH -> Reader.word(kind);
    };
  }
}
