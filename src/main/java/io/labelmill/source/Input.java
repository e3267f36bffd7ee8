package io.labelmill.source;

import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.table.JsonLayout;
import io.labelmill.table.Location;
import io.labelmill.table.TableFiles;
import io.labelmill.table.TableFiles.Nesting;
import io.labelmill.table.TableFormat;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
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
    JsonLayout layout,
    Nesting nesting) {
  private static final String AZURE_CSV = AzureBodies.FORMAT + " csv";
  private static final String AZURE_JSON = AzureBodies.FORMAT + " json";

  /**
   * @param format as the user named it, {@code auto} included
   * @throws InputException when there is nothing, or nothing that can be told
   */
  static Input find(String given, String format, Configuration configuration) {
    if (Location.of(given).isCatalog()) {
      return new Input(
          given, "table", null, OptionalLong.empty(), JsonLayout.LINES, Nesting.PARTITIONS);
    }
    if (AllowedHosts.isHttp(given)) {
      throw new InputException(
          "The input cannot be read: "
              + Location.redacted(given)
              + " is an address: put addresses into a table, a line each of a CSV file for example,"
              + " and name the table.");
    }
    Optional<String> problem = ImageUri.problem(given);
    if (problem.isPresent()) {
      throw new InputException("The input cannot be read: " + problem.get());
    }
    Listing.Root root = root(given, configuration);
    if (format.equals("images")) {
      return new Input(
          given, format, root, OptionalLong.empty(), JsonLayout.LINES, Nesting.PARTITIONS);
    }
    Optional<TableFormat> known = TableFormat.named(format);
    if (format.equals("auto") || format.equals(AzureBodies.FORMAT) || known.isPresent()) {
      return look(given, known.map(TableFormat::formatName).orElse(format), root, configuration);
    }
    return new Input(
        given, format, root, OptionalLong.empty(), JsonLayout.LINES, Nesting.PARTITIONS);
  }

  private static Listing.Root root(String given, Configuration configuration) {
    try {
      Path path = Location.of(given).hadoop();
      FileSystem fileSystem = path.getFileSystem(configuration);
      if (fileSystem.exists(path)) {
        return new Listing.Root(fileSystem.makeQualified(path).toString(), null);
      }
      if (!Glob.isGlob(given)) {
        throw new InputException("The input " + Location.redacted(given) + " does not exist.");
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
      String found = TableFormat.ofFile(name).map(TableFormat::formatName).orElse("images");
      if (format.equals("auto") && found.equals("images")) {
        return new Input(
            given, "images", root, OptionalLong.empty(), JsonLayout.LINES, Nesting.PARTITIONS);
      }
      if (format.equals(AzureBodies.FORMAT)) {
        found = found.equals(TableFormat.CSV.formatName()) ? AZURE_CSV : AZURE_JSON;
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
        formats.firstKey().equals(TableFormat.JSON.formatName())
            ? layout(first, configuration)
            : JsonLayout.LINES,
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

  private static JsonLayout layout(FileStatus file, Configuration configuration) {
    try {
      return JsonLayout.of(file.getPath(), configuration);
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
        return spark.table(Location.of(given).table());
      }
      if (format.equals(AZURE_JSON)) {
        return AzureBodies.ofJson(spark, sparkPath());
      }
      if (format.equals(AZURE_CSV)) {
        return AzureBodies.ofCsv(files(TableFormat.CSV).read(spark), given);
      }
      Optional<TableFormat> known = TableFormat.named(format);
      return known.isPresent()
          ? files(known.get()).read(spark)
          : spark.read().format(format).load(sparkPath());
    } catch (InputException e) {
      throw e;
    } catch (Exception e) {
      // Spark throws what Java signatures do not declare; all it did was to look at the input.
      throw Cause.failure(
          "The input " + given + " cannot be read as " + format + ": " + Failures.reason(e), e);
    }
  }

  private TableFiles files(TableFormat known) {
    return new TableFiles(known, List.of(sparkPath()), layout, nesting);
  }

  /** The root for Spark's readers, which take every path for a glob. */
  private String sparkPath() {
    return root.glob() == null ? TableFiles.literal(root.path()) : root.path() + "/" + root.glob();
  }
}
