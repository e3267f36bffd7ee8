package io.labelmill.table;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The formats of files that hold tables. What any package knows of a format stands here: an entry
 * more is a format more for all of them.
 */
public enum TableFormat {
  PARQUET("parquet", Content.TYPED, Use.READ_AND_WRITTEN, Map.of(), "parquet"),
  ORC("orc", Content.TYPED, Use.READ_AND_WRITTEN, Map.of(), "orc"),
  CSV("csv", Content.DELIMITED, Use.READ_AND_WRITTEN, Options.CSV, "csv"),
  TSV("csv", Content.DELIMITED, Use.READ, Options.TSV, "tsv"),
  JSON("json", Content.JSON, Use.READ_AND_WRITTEN, Map.of(), "json", "jsonl", "ndjson");

  /** The endings of files, for documentation. */
  public static final String FILES =
      Arrays.stream(values())
          .flatMap(format -> format.names.stream())
          .collect(Collectors.joining(", "));

  /** The names of all formats, for documentation. */
  public static final String NAMES =
      Arrays.stream(values()).map(TableFormat::formatName).collect(Collectors.joining(", "));

  /** What stands behind the name of a file that is compressed as a whole. */
  private static final Set<String> COMPRESSIONS =
      Set.of("gz", "bz2", "zst", "zstd", "snappy", "deflate", "lz4");

  /** What a file says of its values. */
  private enum Content {
    TYPED,
    /** Text between separators, below a header. */
    DELIMITED,
    /** Numbers, truth values, texts, lists and objects. */
    JSON
  }

  private enum Use {
    READ,
    READ_AND_WRITTEN
  }

  private static final class Options {
    /**
     * Every value is text, quotes are doubled, null is nothing, times are to the microsecond. Files
     * of which the headers differ are an error, not mixed up.
     */
    private static final Map<String, String> CSV =
        Map.of(
            "header", "true",
            "inferSchema", "false",
            "enforceSchema", "false",
            "multiLine", "true",
            "quote", "\"",
            "escape", "\"",
            "timestampFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX");

    private static final Map<String, String> TSV = csv(Map.of("sep", "\t"));

    /** Those of CSV and some more. */
    private static Map<String, String> csv(Map<String, String> more) {
      return Stream.of(CSV, more)
          .flatMap(options -> options.entrySet().stream())
          .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }
  }

  private final String source;
  private final Content content;
  private final Use use;

  @SuppressWarnings("ImmutableEnumChecker") // Of Map.of
  private final Map<String, String> options;

  @SuppressWarnings("ImmutableEnumChecker") // Of List.of
  private final List<String> names;

  TableFormat(
      String source, Content content, Use use, Map<String, String> options, String... names) {
    this.source = source;
    this.content = content;
    this.use = use;
    this.options = options;
    this.names = List.of(names);
  }

  /** The name of an option's value and of files, in lower case. */
  public String formatName() {
    return names.get(0);
  }

  /** All names, in lower case, {@link #formatName} first. */
  public List<String> names() {
    return names;
  }

  /** The data source with which Spark reads and writes it. */
  public String source() {
    return source;
  }

  /** Spark's options, the same to read and to write. */
  public Map<String, String> options() {
    return options;
  }

  /** Whether its files know the types of their columns. */
  public boolean isTyped() {
    return content == Content.TYPED;
  }

  /** Whether every value is text below a header. */
  public boolean isDelimited() {
    return content == Content.DELIMITED;
  }

  /** What stands between the columns of delimited text. */
  public String separator() {
    return options.getOrDefault("sep", ",");
  }

  public boolean isWritten() {
    return use == Use.READ_AND_WRITTEN;
  }

  /** Of a name that an option gives. */
  public static Optional<TableFormat> named(String name) {
    return Arrays.stream(values()).filter(format -> format.names.contains(name)).findFirst();
  }

  /** By the name of a file: {@code a.csv}, {@code a.csv.gz}, {@code a.snappy.parquet}. */
  public static Optional<TableFormat> ofFile(String name) {
    String bare = name.toLowerCase(Locale.ROOT);
    int dot = bare.lastIndexOf('.');
    if (dot > 0 && COMPRESSIONS.contains(bare.substring(dot + 1))) {
      bare = bare.substring(0, dot);
      dot = bare.lastIndexOf('.');
    }
    return dot < 0 ? Optional.empty() : named(bare.substring(dot + 1));
  }

  /** The names of the formats in which tables are written. */
  public static List<String> written() {
    return Arrays.stream(values())
        .filter(TableFormat::isWritten)
        .map(TableFormat::formatName)
        .toList();
  }
}
