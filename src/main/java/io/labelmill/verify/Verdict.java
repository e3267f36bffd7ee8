package io.labelmill.verify;

import java.util.List;
import java.util.Locale;

/**
 * How a comparison ended.
 *
 * @param lines the figures, as a terminal shows them
 * @param agrees whether the model computes what it should
 * @param sentence that says so, or what is wrong; without a full stop
 */
public record Verdict(List<String> lines, boolean agrees, String sentence) {
  public Verdict {
    lines = List.copyOf(lines);
  }

  /** A row of a table of at most five columns. */
  static String row(Object... columns) {
    Object[] all = new Object[] {"", "", "", "", ""};
    System.arraycopy(columns, 0, all, 0, columns.length);
    return "%-20s %-18s %12s %12s %s".formatted(all).stripTrailing();
  }

  /** A figure and its name. */
  static String figure(String name, Object value) {
    return "%-24s %s".formatted(name, value);
  }

  static String scientific(double value) {
    return String.format(Locale.ROOT, "%.2e", value);
  }
}
