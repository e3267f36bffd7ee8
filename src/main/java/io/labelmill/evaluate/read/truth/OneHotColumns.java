package io.labelmill.evaluate.read.truth;

import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.TruthColumns.Found;
import io.labelmill.table.Columns;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Labels as columns of their names, with 0 and 1 in them. Columns of other values are passed over;
 * one with almost the right values is refused.
 *
 * @param rows with the columns of {@link Truth}
 * @param notes what was passed over
 */
record OneHotColumns(Dataset<Row> rows, List<String> notes) {
  /** Fewer are no list of labels. */
  private static final int LABELS = 2;

  /** Row numbers that pandas and Spark leave behind. */
  private static final List<String> NUMBERS = List.of("", "unnamed: 0", "_c0", "index", "id");

  OneHotColumns {
    notes = List.copyOf(notes);
  }

  /**
   * @param path the column of paths
   * @param part a column that goes along
   * @param schema of the rows that come out
   * @return empty where there are no such columns
   * @throws InputException where a column holds -1 or parts of 1 beside 0 and 1
   */
  static Optional<OneHotColumns> find(
      String location, Dataset<Row> rows, Found path, Optional<Found> part, StructType schema) {
    List<String> names = new ArrayList<>();
    for (StructField field : rows.schema().fields()) {
      boolean isTaken =
          path.name().equals(field.name())
              || path.name().startsWith(field.name() + ".")
              || part.filter(found -> found.name().equals(field.name())).isPresent();
      if (!isTaken && isCandidate(field)) {
        names.add(field.name());
      }
    }
    if (names.size() < LABELS) {
      return Optional.empty();
    }
    Seen seen = seen(rows, names);
    List<String> problems = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (seen.columns[i].isOneHot()) {
        labels.add(names.get(i));
      } else {
        others.add(names.get(i));
      }
      if (seen.columns[i].isAlmost()) {
        problems.add(names.get(i) + " (" + seen.columns[i].odd + ")");
      }
    }
    if (labels.size() + problems.size() < LABELS) {
      return Optional.empty();
    }
    if (!problems.isEmpty()) {
      throw new InputException(
          "The truth %s has a column for each label as it seems, but some hold more than 0 and 1: %s. Decide which of them count as 1, or name the column of labels with --truth-label-column."
              .formatted(location, String.join(", ", problems)));
    }
    List<String> notes = new ArrayList<>();
    if (!others.isEmpty()) {
      notes.add(
          "columns that hold something else than 0 and 1 are passed over: "
              + String.join(", ", others));
    }
    return Optional.of(
        new OneHotColumns(
            rows.select(columns(path, part, labels))
                .map(new ToLabels(labels, part.isPresent()), Encoders.row(schema)),
            notes));
  }

  private static boolean isCandidate(StructField field) {
    DataType type = field.dataType();
    return (type instanceof StringType
            || type instanceof NumericType
            || type instanceof BooleanType)
        && !NUMBERS.contains(field.name().strip().toLowerCase(Locale.ROOT));
  }

  private static Column[] columns(Found path, Optional<Found> part, List<String> labels) {
    List<Column> columns = new ArrayList<>(List.of(path.column().cast("string")));
    part.ifPresent(found -> columns.add(found.column().cast("string")));
    labels.forEach(label -> columns.add(Columns.column(label).cast("string")));
    return columns.toArray(Column[]::new);
  }

  private static Seen seen(Dataset<Row> rows, List<String> names) {
    return rows.select(
            names.stream().map(name -> Columns.column(name).cast("string")).toArray(Column[]::new))
        .toJavaRDD()
        .mapPartitions(new Look(names.size()))
        .treeReduce(new Sum(), 2);
  }

  /** 0, 1, or what else a cell holds. */
  private static String value(String cell) {
    String text = cell == null ? "" : cell.strip().toLowerCase(Locale.ROOT);
    return switch (text) {
      case "1", "1.0", "true" -> "1";
      case "0", "0.0", "false", "" -> "0";
      default -> text;
    };
  }

  static final class ColumnSeen implements Serializable {
    private boolean hasZeroOrOne;
    private boolean hasOther;
    private String odd;

    void add(String cell) {
      String value = value(cell);
      if (value.equals("0") || value.equals("1")) {
        hasZeroOrOne |= cell != null && !cell.isBlank();
      } else if (value.matches("-1(\\.0)?|0?\\.[0-9]+")) {
        odd = value;
      } else {
        hasOther = true;
      }
    }

    void sum(ColumnSeen other) {
      hasZeroOrOne |= other.hasZeroOrOne;
      hasOther |= other.hasOther;
      odd = odd == null ? other.odd : odd;
    }

    boolean isOneHot() {
      return hasZeroOrOne && !hasOther && odd == null;
    }

    /** Uncertain or soft labels. */
    boolean isAlmost() {
      return hasZeroOrOne && !hasOther && odd != null;
    }
  }

  private static final class Seen implements Serializable {
    private final ColumnSeen[] columns;

    Seen(int columns) {
      this.columns = new ColumnSeen[columns];
      Arrays.setAll(this.columns, i -> new ColumnSeen());
    }
  }

  private record Look(int columns) implements FlatMapFunction<Iterator<Row>, Seen> {
    @Override
    public Iterator<Seen> call(Iterator<Row> rows) {
      Seen seen = new Seen(columns);
      rows.forEachRemaining(
          row -> {
            for (int i = 0; i < columns; i++) {
              seen.columns[i].add(row.getString(i));
            }
          });
      return List.of(seen).iterator();
    }
  }

  private static final class Sum implements Function2<Seen, Seen, Seen> {
    @Override
    public Seen call(Seen a, Seen b) {
      for (int i = 0; i < a.columns.length; i++) {
        a.columns[i].sum(b.columns[i]);
      }
      return a;
    }
  }

  private static final class ToLabels implements MapFunction<Row, Row>, Serializable {
    private final List<String> labels;
    private final boolean hasPart;

    ToLabels(List<String> labels, boolean hasPart) {
      this.labels = new ArrayList<>(labels);
      this.hasPart = hasPart;
    }

    @Override
    public Row call(Row row) {
      int first = hasPart ? 2 : 1;
      List<String> own = new ArrayList<>();
      for (int i = 0; i < labels.size(); i++) {
        if (value(row.getString(first + i)).equals("1")) {
          own.add(labels.get(i));
        }
      }
      return RowFactory.create(
          row.getString(0), own.toArray(new String[0]), hasPart ? row.getString(1) : null);
    }
  }
}
