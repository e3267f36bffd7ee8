package io.labelmill.table;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What may stand between the columns of delimited text. */
public record Separator(String text) {
  /** The usual first. */
  private static final List<Separator> ALL =
      Stream.of(",", ";", "\t", "|").map(Separator::new).toList();

  /** The first that a header holds; a comma where it holds none. */
  public static String of(String header) {
    return in(header, "").map(Separator::text).orElse(",");
  }

  /**
   * One that the name of a column holds, which looks as if cut at the wrong places.
   *
   * @param used where it was cut
   */
  public static Optional<Separator> in(String name, String used) {
    return ALL.stream()
        .filter(other -> name.contains(other.text) && !other.text.equals(used))
        .findFirst();
  }

  /** What a sentence says of a column's name that holds it. */
  public String inName() {
    boolean isTab = text.equals("\t");
    return "%s in its name, which separates columns as it seems: say so with --csv-separator %s."
        .formatted(isTab ? "a tab" : "'" + text + "'", isTab ? "tab" : "'" + text + "'");
  }
}
