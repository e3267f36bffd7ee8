package io.labelmill.evaluate;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What a location holds: files of a format, or a table of Spark's catalog. */
final class TableFiles {
  /** How locations begin that name a table of the catalog. */
  static final String CATALOG = "table:";

  private static final Set<String> COMPRESSION = Set.of("gz", "bz2", "zst", "snappy", "deflate");

  private TableFiles() {}

  /** The last part of a location, for headings. */
  static String name(String location) {
    return location.replaceFirst("/+$", "").replaceFirst(".*/", "");
  }

  /** The rows of a table of the catalog; empty where there is none of that name. */
  static Optional<Dataset<Row>> catalog(SparkSession spark, String location) {
    String name = location.substring(CATALOG.length());
    return spark.catalog().tableExists(name) ? Optional.of(spark.table(name)) : Optional.empty();
  }

  /** The first data file by name, looking into folders; hidden ones are none. */
  static Optional<Path> first(FileSystem files, Path path) throws IOException {
    FileStatus status = files.getFileStatus(path);
    if (status.isFile()) {
      return Optional.of(path);
    }
    FileStatus[] entries = files.listStatus(path);
    Arrays.sort(entries, Comparator.comparing((FileStatus entry) -> entry.getPath().getName()));
    for (FileStatus entry : entries) {
      String name = entry.getPath().getName();
      if (name.startsWith(".") || (name.startsWith("_") && !name.contains("="))) {
        continue;
      }
      Optional<Path> found = first(files, entry.getPath());
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** The format that a name stands for: {@code jsonl} is {@code json}; empty for none. */
  static String format(String name) {
    String[] parts = name.toLowerCase(Locale.ROOT).split("\\.", -1);
    int last = parts.length - 1;
    if (last > 0 && COMPRESSION.contains(parts[last])) {
      last--;
    }
    return switch (parts[last]) {
      case "parquet" -> "parquet";
      case "orc" -> "orc";
      case "csv" -> "csv";
      case "tsv" -> "tsv";
      case "json", "jsonl", "ndjson" -> "json";
      default -> "";
    };
  }
}
