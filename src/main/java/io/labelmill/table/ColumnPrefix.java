package io.labelmill.table;

import io.labelmill.error.UsageException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What stands before the name of each column that Labelmill writes, so that columns of the input
 * keep theirs beside them.
 *
 * @param text empty, or a letter and at most 63 more letters, digits and underscores
 */
public record ColumnPrefix(String text) implements Serializable {
  public static final ColumnPrefix NONE = new ColumnPrefix("");

  /** Columns of every table that Labelmill writes, which are null in no row. */
  private static final List<String> IN_EVERY_ROW =
      List.of("status", "model_sha256", "settings_sha256", "run_id", "scored_at");

  private static final String FIRST = "path";

  /**
   * @throws UsageException for a text that is no beginning of a name
   */
  public ColumnPrefix {
    if (!text.matches("|[A-Za-z][A-Za-z0-9_]{0,63}")) {
      throw new UsageException(
          "--column-prefix is "
              + text
              + ": it must be a letter, and at most 63 more letters, digits and underscores");
    }
  }

  /**
   * That of a table by the names of its columns; empty where Labelmill's are not there. A table in
   * which another one's columns were kept has two: its own path comes first.
   *
   * @param columns in their order
   */
  public static Optional<ColumnPrefix> found(List<String> columns) {
    String sign = "settings_sha256";
    return columns.stream()
        .filter(name -> name.endsWith(sign))
        .map(name -> name.substring(0, name.length() - sign.length()))
        .filter(text -> IN_EVERY_ROW.stream().allMatch(name -> columns.contains(text + name)))
        .min(
            Comparator.comparing((String text) -> !columns.contains(text + FIRST))
                .thenComparing(text -> columns.indexOf(text + FIRST)))
        .map(ColumnPrefix::new);
  }

  public String of(String name) {
    return text + name;
  }

  /** A column, by the name that it has without prefix. */
  public Column column(String name) {
    return Columns.column(of(name));
  }

  /** Columns under the names that they have without prefix. */
  public Column[] bare(String... names) {
    return Arrays.stream(names).map(name -> column(name).as(name)).toArray(Column[]::new);
  }

  /**
   * A table's rows under the names that they have without prefix. What has such a name already, or
   * differs by case alone, was kept from an input and goes.
   *
   * @param own names of the columns that Labelmill writes
   */
  public Dataset<Row> bare(Dataset<Row> rows, Collection<String> own) {
    if (text.isEmpty()) {
      return rows;
    }
    List<String> names = List.of(rows.columns());
    List<Column> columns = new ArrayList<>();
    for (String name : names) {
      Optional<String> bare = own.stream().filter(one -> of(one).equals(name)).findFirst();
      boolean isTaken =
          own.stream().anyMatch(one -> one.equalsIgnoreCase(name) && names.contains(of(one)));
      if (bare.isPresent()) {
        columns.add(column(bare.get()).as(bare.get()));
      } else if (!isTaken) {
        columns.add(Columns.column(name));
      }
    }
    return rows.select(columns.toArray(Column[]::new));
  }
}
