package io.labelmill.source;

import io.labelmill.error.InputException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * One input, found and recognised.
 *
 * @param given as the user wrote it
 * @param format {@code images}, {@code table} for a catalog table, or a Spark data source
 * @param root where its files are; null for catalog tables
 * @param bytes of its files, where they were looked at
 * @param layout of JSON text, {@code LINES} where that means nothing
 * @param nesting whether its folders are partitions
 */
record Input(
    String given,
    String format,
    Listing.Root root,
    OptionalLong bytes,
    Layout layout,
    Nesting nesting) {
  private static final String CATALOG = "table:";
  private static final Set<String> FILE_TABLES =
      Set.of("parquet", "csv", "json", AzureBodies.FORMAT);
  private static final String AZURE_CSV = AzureBodies.FORMAT + " csv";
  private static final String AZURE_JSON = AzureBodies.FORMAT + " json";

  /** How JSON text is laid out. */
  enum Layout {
    /** A value a line. */
    LINES,
    /** One value, an array as a rule. */
    DOCUMENT
  }

  /** What the folders below a table's folder are. */
  enum Nesting {
    /** None, or named {@code column=value}. */
    PARTITIONS,
    /** Anything else. */
    FOLDERS
  }

  /**
   * @param format as the user named it, {@code auto} included
   * @throws InputException when there is nothing, or nothing that can be told
   */
  static Input find(String given, String format, Configuration configuration) {
    if (given.startsWith(CATALOG)) {
      return new Input(
          given, "table", null, OptionalLong.empty(), Layout.LINES, Nesting.PARTITIONS);
    }
    if (AllowedHosts.isHttp(given)) {
      throw new InputException(
          "The input cannot be read: "
              + ImageUri.redacted(given)
              + " is an address: put addresses into a table, a line each of a CSV file for example,"
              + " and name the table.");
    }
    Optional<String> problem = ImageUri.problem(given);
    if (problem.isPresent()) {
      throw new InputException("The input cannot be read: " + problem.get());
    }
    Listing.Root root = root(given, configuration);
    if (format.equals("images")) {
      return new Input(given, format, root, OptionalLong.empty(), Layout.LINES, Nesting.PARTITIONS);
    }
    if (format.equals("auto") || FILE_TABLES.contains(format)) {
      return look(given, format, root, configuration);
    }
    return new Input(given, format, root, OptionalLong.empty(), Layout.LINES, Nesting.PARTITIONS);
  }

  private static Listing.Root root(String given, Configuration configuration) {
    try {
      Path path = ImageUri.hadoop(given);
      FileSystem fileSystem = path.getFileSystem(configuration);
      if (fileSystem.exists(path)) {
        return new Listing.Root(fileSystem.makeQualified(path).toString(), null);
      }
      if (!Glob.isGlob(given)) {
        throw new InputException("The input " + ImageUri.redacted(given) + " does not exist.");
      }
      Optional<String> wrong = Glob.problem(given);
      if (wrong.isPresent()) {
        throw new InputException(wrong.get());
      }
      int special = 0;
      String text = path.toString();
      while (!Glob.isGlob(text.substring(special, special + 1))) {
        special++;
      }
      int slash = text.lastIndexOf('/', special);
      Path folder = slash < 0 ? new Path(".") : new Path(text.substring(0, slash + 1));
      if (!fileSystem.exists(folder)) {
        throw new InputException(
            "The input " + given + " does not exist: there is no folder " + folder + ".");
      }
      return new Listing.Root(
          fileSystem.makeQualified(folder).toString(), Glob.beneath(text.substring(slash + 1)));
    } catch (IOException e) {
      throw Listing.unlistable(given, e);
    }
  }

  /** Looks at names until it is clear what the files are: at the first image, or at all. */
  private static Input look(
      String given, String format, Listing.Root root, Configuration configuration) {
    TreeMap<String, Integer> formats = new TreeMap<>();
    long bytes = 0;
    FileStatus first = null;
    Nesting nesting = Nesting.PARTITIONS;
    String unread = null;
    for (Iterator<FileStatus> files = Listing.files(root, configuration); files.hasNext(); ) {
      FileStatus file = files.next();
      String name = file.getPath().getName();
      if (isMarker(name)) {
        continue;
      }
      String found = ImageSource.tableFormat(name).orElse("images");
      if (format.equals("auto") && found.equals("images")) {
        return new Input(
            given, "images", root, OptionalLong.empty(), Layout.LINES, Nesting.PARTITIONS);
      }
      if (format.equals(AzureBodies.FORMAT)) {
        found = found.equals("csv") ? AZURE_CSV : AZURE_JSON;
      } else if (!format.equals("auto")) {
        found = format;
      }
      formats.merge(found, 1, Integer::sum);
      bytes += file.getLen();
      first = first == null ? file : first;
      unread = name.startsWith("_") ? file.getPath().toString() : unread;
      String folder = file.getPath().getParent().toString();
      if (folder.length() > root.path().length()) {
        for (String part : folder.substring(root.path().length() + 1).split("/", -1)) {
          nesting = part.contains("=") ? nesting : Nesting.FOLDERS;
        }
      }
    }
    if (first == null) {
      throw new InputException("The input " + given + " has no files.");
    }
    if (formats.size() > 1) {
      throw new InputException(
          "The input "
              + given
              + " holds tables of several formats ("
              + formats.toString().replaceAll("[{}]", "").replace("=", ": ")
              + " files): name a glob of one kind, or say how to read them all with"
              + " --input-format.");
    }
    if (unread != null) {
      throw new InputException(
          "The table file " + unread + " begins with _, which Spark does not read: rename it.");
    }
    refuseDelta(given, root, configuration);
    return new Input(
        given,
        formats.firstKey(),
        root,
        OptionalLong.of(bytes),
        formats.firstKey().equals("json") ? layout(first, configuration) : Layout.LINES,
        nesting);
  }

  private static void refuseDelta(String given, Listing.Root root, Configuration configuration) {
    try {
      Path log = new Path(new Path(root.path()), "_delta_log");
      if (root.glob() == null && log.getFileSystem(configuration).exists(log)) {
        throw new InputException(
            "The input "
                + given
                + " is a Delta table, whose files are not all current: say --input-format delta.");
      }
    } catch (FileNotFoundException e) {
      // The root is a file.
    } catch (IOException e) {
      if (!e.getMessage().contains("Not a directory")) {
        throw Listing.unlistable(given, e);
      }
    }
  }

  /** Files that writers of tables leave beside the data. */
  private static boolean isMarker(String name) {
    return name.equals("_SUCCESS")
        || name.equals("_metadata")
        || name.equals("_common_metadata")
        || name.startsWith("_committed_")
        || name.startsWith("_started_");
  }

  private static Layout layout(FileStatus file, Configuration configuration) {
    CompressionCodec codec = new CompressionCodecFactory(configuration).getCodec(file.getPath());
    try (InputStream stored = file.getPath().getFileSystem(configuration).open(file.getPath());
        InputStream text = codec == null ? stored : codec.createInputStream(stored)) {
      int c = text.read();
      while (c >= 0 && (Character.isWhitespace(c) || c == 0xEF || c == 0xBB || c == 0xBF)) {
        c = text.read();
      }
      return c == '[' ? Layout.DOCUMENT : Layout.LINES;
    } catch (IOException e) {
      throw Listing.unlistable(file.getPath().toString(), e);
    }
  }

  boolean isImages() {
    return format.equals("images");
  }

  /**
   * The rows of a table; no file is read beyond what tells the schema.
   *
   * @throws InputException when Spark cannot read it
   */
  Dataset<Row> table(SparkSession spark) {
    try {
      if (format.equals("table")) {
        return spark.table(given.substring(CATALOG.length()));
      }
      if (format.equals(AZURE_JSON)) {
        return AzureBodies.ofJson(spark, sparkPath());
      }
      boolean isCsv = format.equals("csv") || format.equals(AZURE_CSV);
      DataFrameReader reader = spark.read().format(isCsv ? "csv" : format);
      if (isCsv) {
        // enforceSchema off: files of which the headers differ are an error, not mixed up.
        reader
            .option("header", "true")
            .option("inferSchema", "false")
            .option("enforceSchema", "false")
            .option("multiLine", "true")
            .option("quote", "\"")
            .option("escape", "\"");
      }
      if (format.equals("json")) {
        reader.option("multiLine", layout == Layout.DOCUMENT);
      }
      if (nesting == Nesting.FOLDERS) {
        reader.option("recursiveFileLookup", "true");
      }
      Dataset<Row> rows = reader.load(sparkPath());
      return format.equals(AZURE_CSV) ? AzureBodies.ofCsv(rows, given) : rows;
    } catch (InputException e) {
      throw e;
    } catch (Exception e) {
      // Spark throws what Java signatures do not declare; all it did was to look at the input.
      throw new InputException(
          "The input " + given + " cannot be read as " + format + ": " + Failures.reason(e), e);
    }
  }

  /** The root for Spark's readers, which take every path for a glob. */
  private String sparkPath() {
    return root.glob() == null
        ? root.path().replaceAll("([\\[\\]{}*?\\\\])", "\\\\$1")
        : root.path() + "/" + root.glob();
  }
}
