package io.labelmill.sink;

import io.labelmill.error.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where and how the table is written, as the user said it.
 *
 * @param output a folder, or {@code table:NAME} for a table of the Spark catalog
 * @param format {@code parquet}, {@code json}, {@code csv}, or any Spark data source; absent:
 *     {@code parquet}, or what the catalog makes
 * @param partitionBy kept columns of whose values folders are made
 * @param runFolder where run records are written; absent: {@code _labelmill} in the output
 */
public record OutputOptions(
    String output,
    Optional<String> format,
    IfExists ifExists,
    List<String> partitionBy,
    Optional<String> runFolder) {
  private static final String CATALOG = "table:";

  /**
   * @throws UsageException when options are at odds
   */
  public OutputOptions {
    partitionBy = List.copyOf(partitionBy);
    List<String> problems = new ArrayList<>();
    if (output.isBlank() || output.equals(CATALOG)) {
      problems.add("No output is given: name a folder or table:NAME with --output.");
    }
    if (output.startsWith(CATALOG) && runFolder.isEmpty()) {
      problems.add(
          "--output "
              + output
              + " needs --run-dir: a catalog table has no folder for plan, lock and run record.");
    }
    if (!problems.isEmpty()) {
      throw new UsageException(problems);
    }
  }

  /** A folder of Parquet files, with everything else at its default. */
  public static OutputOptions of(String output, IfExists ifExists) {
    return new OutputOptions(output, Optional.empty(), ifExists, List.of(), Optional.empty());
  }

  /** The name of the catalog table, or empty for a folder. */
  Optional<String> table() {
    return output.startsWith(CATALOG)
        ? Optional.of(output.substring(CATALOG.length()))
        : Optional.empty();
  }
}
