package io.labelmill.source;

import io.labelmill.error.InputException;
import io.labelmill.table.HuggingFaceFeatures;
import io.labelmill.table.ParquetFooter;
import io.labelmill.table.TableFiles;
import java.io.IOException;
import java.net.URI;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;

/**
 * What the files of a table tell of its columns beside their schema.
 *
 * @param features of Hugging Face's {@code datasets}, of each table that is read
 * @param unreadable columns that Spark has no type for, with the names of their types
 * @param codecs by which columns are compressed though no library for them is there
 */
record TableNotes(
    List<Optional<HuggingFaceFeatures>> features,
    Map<String, String> unreadable,
    Map<String, String> codecs) {
  static final TableNotes NONE = new TableNotes(List.of(Optional.empty()), Map.of(), Map.of());

  TableNotes {
    unreadable = new TreeMap<>(unreadable);
  }

  /**
   * As the first of the files tells them, and codecs as each does: writers change between files.
   *
   * @throws IOException where the first cannot be read
   */
  static TableNotes of(TableFiles files, SourceSetup setup, Dataset<Row> rows) throws IOException {
    Optional<ParquetFooter> footer = files.footer(setup.configuration());
    if (footer.isEmpty()) {
      return NONE;
    }
    Optional<Path> first = files.first(setup.configuration());
    Map<String, String> codecs = new HashMap<>(footer.get().missingCodecs());
    List<String> all = List.of(rows.inputFiles());
    if (all.size() > 1) {
      JavaSparkContext context = JavaSparkContext.fromSparkContext(setup.spark().sparkContext());
      context
          .parallelize(all, Math.min(all.size(), 4 * context.defaultParallelism()))
          .map(new Codecs(setup.broadcast()))
          .collect()
          .forEach(codecs::putAll);
    }
    return new TableNotes(
        List.of(HuggingFaceFeatures.of(first.orElseThrow(), setup.configuration())),
        footer.get().unreadable(),
        codecs);
  }

  /** A file, as a URI, to the codecs that it lacks. */
  private record Codecs(Broadcast<HadoopConfiguration> configuration)
      implements Function<String, Map<String, String>> {
    @Override
    public Map<String, String> call(String uri) {
      try {
        return ParquetFooter.missingCodecs(
            new Path(URI.create(uri)), configuration.value().value());
      } catch (IOException | RuntimeException e) {
        // Spark may be told to pass it over, and says what is wrong with it where it is not.
        return Map.of();
      }
    }
  }

  /** Those of several tables that are read as one. */
  static TableNotes of(List<TableNotes> notes) {
    Map<String, String> unreadable = new HashMap<>();
    notes.forEach(note -> unreadable.putAll(note.unreadable));
    return new TableNotes(
        notes.stream().flatMap(note -> note.features.stream()).toList(), unreadable, Map.of());
  }

  /**
   * The names of the numbers in a column.
   *
   * @param column as options name it, in the table's letters
   * @return empty where it has no numbers, or these no names
   * @throws InputException where the tables do not agree on them
   */
  Optional<List<String>> classes(String column, DataType type) {
    DataType numbers = type instanceof ArrayType list ? list.elementType() : type;
    if (!(numbers instanceof NumericType)) {
      return Optional.empty();
    }
    List<Optional<List<String>>> found =
        features.stream()
            .map(known -> known.flatMap(names -> names.classes(column)))
            .distinct()
            .toList();
    if (found.size() > 1) {
      throw new InputException(
          "The inputs do not agree on what the numbers of their column %s stand for: %s. Label them one after the other."
              .formatted(
                  column,
                  found.stream()
                      .map(names -> names.map(Object::toString).orElse("nothing"))
                      .collect(Collectors.joining(", "))));
    }
    return found.isEmpty() ? Optional.empty() : found.get(0);
  }

  /**
   * Asserts that columns can be decompressed.
   *
   * @param given the table, as the user named it
   * @throws InputException naming those that can't
   */
  void checkCodecs(String given, Collection<String> read) {
    List<String> lost = read.stream().filter(codecs::containsKey).sorted().toList();
    if (!lost.isEmpty()) {
      String codec = codecs.get(lost.get(0)).toLowerCase(Locale.ROOT);
      throw new InputException(
          "The input %s has its columns %s compressed by %s, for which no library is here: write it with another codec (pyarrow: pq.write_table(table, file, compression=\"zstd\")), or put a jar with that codec on the class path, behind --: --jars JAR."
              .formatted(given, String.join(", ", lost), codec));
    }
  }
}
