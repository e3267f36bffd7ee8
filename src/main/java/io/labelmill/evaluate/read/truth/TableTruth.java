package io.labelmill.evaluate.read.truth;

import io.labelmill.error.InputException;
import io.labelmill.table.HuggingFaceFeatures;
import io.labelmill.table.Location;
import io.labelmill.table.Separator;
import io.labelmill.table.TableFiles;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A table with a row an image: Parquet, ORC, CSV or JSON, in a file or a folder. A file of no known
 * name is taken for CSV.
 */
record TableTruth(Labels labels) implements TruthForm {
  private static final List<String> FRIDGE = List.of("filename", "labels");

  /** Whether the labels of a text are separated by white space. */
  enum Labels {
    /** Where the columns are those of fridgeObjects. */
    AS_FOUND,
    BY_WHITE_SPACE
  }

  @Override
  public boolean fits(TruthPlace place) throws IOException {
    return place.isFile() || (place.tableFormat().isPresent() && hasNoPictures(place));
  }

  /** Folders of a table are partitions: a table beside folders of pictures is another matter. */
  private static boolean hasNoPictures(TruthPlace place) throws IOException {
    for (var entry : place.entries()) {
      if (entry.isDirectory() && !entry.getPath().getName().contains("=")) {
        Optional<Path> first = place.at(entry.getPath()).first();
        if (first.isPresent() && TableFormat.ofFile(first.get().getName()).isEmpty()) {
          return false;
        }
      }
    }
    return true;
  }

  @Override
  public FoundTruth read(TruthPlace place) throws IOException {
    Path first =
        place
            .first()
            .orElseThrow(() -> new InputException("The truth " + place.path() + " is empty."));
    TableFormat format = TableFormat.ofFile(first.getName()).orElse(TableFormat.CSV);
    if (format.isDelimited()) {
      return delimited(place, format, first);
    }
    return switch (format) {
      case PARQUET -> parquet(place, first);
      case JSON ->
          JsonTable.read(place, List.of(literal(place)), JsonHead.of(place.head()), "JSON lines");
      default -> FoundTruth.table(files(place, format, first).read(place.spark()), format.source());
    };
  }

  private static TableFiles files(TruthPlace place, TableFormat format, Path first)
      throws IOException {
    return TableFiles.of(
        Location.of(place.path().toString()), format, first, place.configuration());
  }

  private static String literal(TruthPlace place) {
    return TableFiles.literal(place.path().toString());
  }

  private static FoundTruth parquet(TruthPlace place, Path first) throws IOException {
    Dataset<Row> rows = files(place, TableFormat.PARQUET, first).read(place.spark());
    FoundTruth found = FoundTruth.table(rows, "parquet");
    return place.isFile() || first.getName().endsWith(".parquet")
        ? found.with(HuggingFaceFeatures.of(first, place.configuration()))
        : found;
  }

  private FoundTruth delimited(TruthPlace place, TableFormat format, Path first)
      throws IOException {
    String head = place.head();
    if (head.indexOf('\0') >= 0) {
      throw new InputException(
          "The truth " + place.location() + " is text in UTF-16: save it as UTF-8.");
    }
    String header = head.lines().findFirst().orElse("");
    String separator = format == TableFormat.CSV ? separator(place, header) : format.separator();
    // Spark names a nameless column, and then misses that name in the file.
    boolean isNamed =
        Arrays.stream(header.split(Pattern.quote(separator), -1))
            .noneMatch(name -> name.isBlank() || name.equals("\"\""));
    Dataset<Row> rows =
        isNamed
            ? files(place, format, first).withSeparator(Optional.of(separator)).read(place.spark())
            : place
                .spark()
                .read()
                .options(format.options())
                .option("sep", separator)
                .option("enforceSchema", true)
                .csv(literal(place));
    check(place, List.of(rows.columns()), separator);
    boolean isFridge =
        labels == Labels.BY_WHITE_SPACE
            || (place.options().format() == TruthOptions.Format.AUTO
                && List.of(rows.columns()).equals(FRIDGE)
                && place.options().labelSeparator().isEmpty());
    return isFridge
        ? FoundTruth.table(rows, "fridgeObjects labels.csv").with(TextSplit.WHITE_SPACE)
        : FoundTruth.table(rows, format.formatName());
  }

  /**
   * What stands between the names of columns: what the user says, where it is there, else a comma
   * as a rule, else what is there.
   */
  private static String separator(TruthPlace place, String header) {
    return place
        .options()
        .csvSeparator()
        .filter(header::contains)
        .orElseGet(() -> Separator.of(header));
  }

  /** Columns of none of which the name is known, and that look as if cut at the wrong places. */
  private static void check(TruthPlace place, List<String> columns, String separator) {
    if (place.options().csvSeparator().isPresent()
        || place.options().pathColumn().isPresent()
        || columns.stream().anyMatch(TruthColumns.PATHS::contains)) {
      return;
    }
    for (String name : columns) {
      Separator.in(name, separator)
          .ifPresent(
              other -> {
                throw new InputException(
                    "The truth %s has a column %s with %s"
                        .formatted(place.location(), name, other.inName()));
              });
    }
  }
}
