package io.labelmill.sink;

import io.labelmill.error.Cause;
import io.labelmill.error.Suggestion;
import io.labelmill.error.UsageException;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.option.Values;
import io.labelmill.source.AzureBodies;
import io.labelmill.table.ColumnPrefix;
import io.labelmill.table.Location;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.execution.datasources.DataSource;
import org.apache.spark.sql.internal.SQLConf;

/**
 * Where and how the table is written, as the user said it.
 *
 * @param output a folder, or {@code table:NAME} for a table of the Spark catalog
 * @param format a name of a {@link TableFormat}, or any Spark data source; absent: {@code parquet},
 *     or what the catalog makes
 * @param partitionBy kept columns of whose values folders are made
 * @param runFolder where run records are written; absent: {@code _labelmill} in the output
 * @param columnPrefix stands before the names of all columns but the kept ones
 */
public record OutputOptions(
    String output,
    Optional<String> format,
    IfExists ifExists,
    List<String> partitionBy,
    Optional<String> runFolder,
    ColumnPrefix columnPrefix) {
  public static final Option<String> OUTPUT =
      Option.required("--output", "URI", "folder of the table that is written");
  public static final Option<Optional<String>> OUTPUT_FORMAT =
      Option.optional(
              "--output-format",
              "FORMAT",
              "%s, %s (one list of predictions, in the order of an azure input), or any Spark data source; in csv, arrays and structs are JSON text"
                  .formatted(String.join(", ", TableFormat.written()), AzureBodies.FORMAT),
              Reader.text())
          .orElse("parquet");
  public static final Option<IfExists> IF_EXISTS =
      Option.choice(
          "--if-exists",
          "when there is a table already; overwrite: replaced only when the new one is complete,"
              + " resume: adds what it lacks",
          IfExists.FAIL);
  public static final Option<List<String>> PARTITION_BY =
      Option.optional(
          "--partition-by",
          "COLUMNS",
          "kept columns of whose values the table's folders are made, commas between them",
          Reader.commaSeparated(),
          List.of());
  public static final Option<ColumnPrefix> COLUMN_PREFIX =
      Option.optional(
          "--column-prefix",
          "TEXT",
          "stands before the name of every column that is written but the kept ones, so that a kept"
              + " column may be named label",
          Reader.text().map(ColumnPrefix::new),
          ColumnPrefix.NONE);
  public static final Option<Optional<String>> RUN_DIR =
      Option.optional(
              "--run-dir",
              "URI",
              "folder for the run record; required when the output is table:NAME",
              Reader.text())
          .orElse("_labelmill in the output");

  /** Spark's own data sources that have columns of their own, or only read. */
  private static final Set<String> UNFIT = Set.of("text", "binaryfile", "image", "libsvm");

  /**
   * @throws UsageException when options are at odds, or no data source has the format's name
   */
  public OutputOptions {
    partitionBy = List.copyOf(partitionBy);
    Location location = Location.of(output);
    List<String> problems = new ArrayList<>();
    format.flatMap(OutputOptions::formatProblem).ifPresent(problems::add);
    if (output.isBlank() || (location.isCatalog() && location.table().isEmpty())) {
      problems.add("No output is given: name a folder or table:NAME with --output.");
    }
    if (format.equals(Optional.of("iceberg")) && !location.isCatalog()) {
      problems.add(
          "--output-format iceberg needs a catalog, which makes its tables: write --output"
              + " table:CATALOG.DATABASE.NAME, not "
              + output);
    }
    if (location.isCatalog() && runFolder.isEmpty()) {
      problems.add(
          "--output %s needs --run-dir: a catalog table has no folder for plan and run record."
              .formatted(output));
    }
    if (format.equals(Optional.of(AzureBodies.FORMAT))
        && (ifExists == IfExists.APPEND
            || ifExists == IfExists.RESUME
            || !partitionBy.isEmpty()
            || location.isCatalog())) {
      problems.add(
          "--output-format azure writes one file: leave --partition-by out, name a folder, and let"
              + " --if-exists be fail or overwrite.");
    }
    if (format.equals(Optional.of(AzureBodies.FORMAT)) && !columnPrefix.text().isEmpty()) {
      problems.add(
          "--output-format azure writes no columns: leave --column-prefix out, which is "
              + columnPrefix.text());
    }
    UsageException.throwIfAny(problems);
  }

  /** With columns under their own names. */
  public OutputOptions(
      String output,
      Optional<String> format,
      IfExists ifExists,
      List<String> partitionBy,
      Optional<String> runFolder) {
    this(output, format, ifExists, partitionBy, runFolder, ColumnPrefix.NONE);
  }

  /**
   * How an output is written.
   *
   * @throws UsageException with what is at odds
   */
  public static OutputOptions read(Values values, String output) {
    return new OutputOptions(
        output,
        values.get(OUTPUT_FORMAT),
        values.get(IF_EXISTS),
        values.get(PARTITION_BY),
        values.get(RUN_DIR),
        values.get(COLUMN_PREFIX));
  }

  private static Optional<String> formatProblem(String format) {
    if (TableFormat.written().contains(format) || format.equals(AzureBodies.FORMAT)) {
      return Optional.empty();
    }
    if (UNFIT.contains(format.toLowerCase(Locale.ROOT))) {
      return Optional.of(
          "--output-format is %s, which cannot hold a table: name %s"
              .formatted(format, Reader.either(TableFormat.written())));
    }
    try {
      // Looks on the class path, and needs no session.
      DataSource.lookupDataSource(format, new SQLConf());
      return Optional.empty();
    } catch (Throwable e) {
      // Spark throws what Java signatures do not declare, and a half-present jar an error.
      return Optional.of(
          "--output-format is %s, which is no data source that Spark finds.%s A format of another project needs its jar, as -- --packages brings it"
              .formatted(format, Suggestion.didYouMean(format, TableFormat.written())));
    }
  }

  /** A table that is there already and keeps its format. */
  public static OutputOptions existing(String output, Optional<String> runFolder) {
    return new OutputOptions(output, Optional.empty(), IfExists.OVERWRITE, List.of(), runFolder);
  }

  /** A folder of Parquet files, with everything else at its default. */
  public static OutputOptions of(String output, IfExists ifExists) {
    return new OutputOptions(output, Optional.empty(), ifExists, List.of(), Optional.empty());
  }

  /**
   * Asserts that folders are made of columns that can make them.
   *
   * @param kept names of the columns that are copied through
   * @throws UsageException naming the others: a path or a score would make a folder for each image
   */
  public void checkPartitions(Collection<String> kept) {
    List<String> others = new ArrayList<>(partitionBy);
    others.removeAll(kept);
    if (!others.isEmpty()) {
      throw new UsageException(
          "--partition-by names "
              + String.join(", ", others)
              + ", and folders are made of kept columns only: copy a column of the input through"
              + " with --keep"
              + (kept.isEmpty() ? "." : "; kept are " + String.join(", ", kept) + "."));
    }
  }

  /** The data source that writes a folder. */
  String source() {
    return format.orElse(TableFormat.PARQUET.source());
  }

  /** The format of a folder that is files and nothing else, so that new files are new rows. */
  Optional<TableFormat> files() {
    return TableFormat.named(source()).filter(TableFormat::isWritten);
  }

  /** Whether Spark's own formats alone write the output. */
  public boolean isWrittenBySpark() {
    return files().isPresent() && table().isEmpty();
  }

  /** Whether the output is no table in the end, but one list of answers. */
  boolean isAzure() {
    return format.equals(Optional.of(AzureBodies.FORMAT));
  }

  /** The folders to which a run writes, as they were named. */
  public List<String> folders() {
    List<String> folders = new ArrayList<>();
    if (table().isEmpty()) {
      folders.add(output);
    }
    runFolder.ifPresent(folders::add);
    return folders;
  }

  /** The name of the catalog table, or empty for a folder. */
  Optional<String> table() {
    Location location = Location.of(output);
    return location.isCatalog() ? Optional.of(location.table()) : Optional.empty();
  }

  RuntimeException unwritable(IOException e) {
    return Cause.failure("The output " + output + " cannot be written: " + e, e);
  }
}
