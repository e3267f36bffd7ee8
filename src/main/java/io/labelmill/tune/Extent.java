package io.labelmill.tune;

import io.labelmill.error.UsageException;
import java.io.Serializable;
import java.util.Locale;

/**
 * How much of a network is trained.
 *
 * @param last blocks, for {@link Kind#LAST}; else 0
 */
public record Extent(Kind kind, int last) implements Serializable {
  public enum Kind {
    /** The classifier, by a regression on vectors; nothing is tuned. */
    HEAD,
    /** The last blocks, the norm behind them and the classifier. */
    LAST,
    ALL
  }

  private static final String LAST = "last:";

  /** The classifier alone. */
  public static final Extent HEAD = new Extent(Kind.HEAD, 0);

  /**
   * Reads an option's value: {@code head}, {@code last:N} or {@code all}.
   *
   * @throws UsageException on anything else
   */
  public static Extent parse(String text) {
    if (text.equals("head")) {
      return HEAD;
    }
    if (text.equals("all")) {
      return new Extent(Kind.ALL, 0);
    }
    if (text.matches("last:[1-9][0-9]{0,3}")) {
      return new Extent(Kind.LAST, Integer.parseInt(text.substring(LAST.length())));
    }
    throw new UsageException(
        "--tune is " + text + ": it must be head, last:N with N blocks from 1, or all");
  }

  /** As {@link #parse} reads it. */
  public String text() {
    return kind == Kind.LAST ? LAST + last : kind.name().toLowerCase(Locale.ROOT);
  }

  /** Whether blocks stand in front of those that are trained, see {@link Front}. */
  public boolean hasFront() {
    return kind != Kind.ALL;
  }

  /** The first part that is trained: 0 is in front of the blocks, their number plus one behind. */
  int firstPart(int blocks) {
    return switch (kind) {
      case HEAD -> blocks + 1;
      case LAST -> Math.max(1, blocks + 1 - last);
      case ALL -> 0;
    };
  }
}
