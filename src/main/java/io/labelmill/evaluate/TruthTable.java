package io.labelmill.evaluate;

import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.table.Columns;
import io.labelmill.table.Location;
import io.labelmill.table.TableFiles;
import io.labelmill.table.TableFormat;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/**
 * The truth as it was found: rows with a column of paths and a column of labels.
 *
 * @param rows as read
 * @param pathColumn name of the column of paths
 * @param labelColumn name of the column of labels
 * @param separator regular expression between the labels of a text; null where a text is one label
 * @param format how it was read, for the report
 */
record TruthTable(
    Dataset<Row> rows, String pathColumn, String labelColumn, String separator, String format) {
  private static final String FOLDERS = "a folder for each label";
  private static final List<String> PATHS = List.of("path", "image_url", "filename", "image");
  private static final List<String> LABELS = List.of("label_index", "label", "labels");
  private static final Pattern MLTABLE_PATH =
      Pattern.compile("^\\s*-\\s*(file|folder|pattern)\\s*:\\s*['\"]?(.*?)['\"]?\\s*$");
  private static final Set<String> OWN_FOLDERS = Set.of("_labelmill", "_temporary", "_delta_log");

  /**
   * @throws InputException when it is not there or is not what the options say
   */
  static TruthTable open(SparkSession spark, TruthOptions options) {
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    Location location = Location.of(options.location());
    if (location.isCatalog()) {
      Dataset<Row> rows =
          TableFiles.catalog(spark, location)
              .orElseThrow(
                  () ->
                      new InputException(
                          "The truth " + location + " is no table of Spark's catalog."));
      return columns(rows, options, "catalog table");
    }
    try {
      Path path = location.hadoop();
      FileSystem files = location.fileSystem(configuration);
      FileStatus status = files.getFileStatus(path);
      TruthOptions.Format format = options.format();
      if (format == TruthOptions.Format.AUTO) {
        format = recognise(files, status);
      }
      return switch (format) {
        case FOLDERS -> folders(spark, files, path);
        case MLTABLE -> mlTable(spark, files, path, options);
        case AZUREML -> json(spark, List.of(path.toString()), options, "Azure ML JSON lines");
        default -> table(spark, files, path, options, format);
      };
    } catch (FileNotFoundException e) {
      throw new InputException("The truth " + location + " does not exist.", e);
    } catch (IOException e) {
      throw Cause.failure("The truth " + location + " cannot be read: " + e, e);
    }
  }

  private static TruthOptions.Format recognise(FileSystem files, FileStatus status)
      throws IOException {
    if (status.isFile()) {
      return status.getPath().getName().equals("MLTable")
          ? TruthOptions.Format.MLTABLE
          : TruthOptions.Format.TABLE;
    }
    if (files.exists(new Path(status.getPath(), "MLTable"))) {
      return TruthOptions.Format.MLTABLE;
    }
    Optional<Path> first = TableFiles.first(files, status.getPath());
    if (first.isEmpty()) {
      throw new InputException("The truth " + status.getPath() + " is empty.");
    }
    return TableFormat.ofFile(first.get().getName()).isEmpty()
        ? TruthOptions.Format.FOLDERS
        : TruthOptions.Format.TABLE;
  }

  private static TruthTable table(
      SparkSession spark,
      FileSystem files,
      Path path,
      TruthOptions options,
      TruthOptions.Format format)
      throws IOException {
    Path first =
        TableFiles.first(files, path)
            .orElseThrow(() -> new InputException("The truth " + path + " is empty."));
    // A text file of another name is comma-separated.
    TableFormat kind = TableFormat.ofFile(first.getName()).orElse(TableFormat.CSV);
    if (kind == TableFormat.JSON) {
      return json(spark, List.of(path.toString()), options, "JSON lines");
    }
    Dataset<Row> rows =
        TableFiles.of(
                Location.of(options.location()),
                kind,
                first,
                spark.sparkContext().hadoopConfiguration())
            .read(spark);
    boolean fridge =
        kind.isDelimited()
            && (format == TruthOptions.Format.FRIDGE
                || (options.format() == TruthOptions.Format.AUTO
                    && Arrays.equals(rows.columns(), new String[] {"filename", "labels"})
                    && options.labelSeparator().isEmpty()));
    TruthTable table =
        columns(rows, options, fridge ? "fridgeObjects labels.csv" : kind.formatName());
    return fridge
        ? new TruthTable(rows, table.pathColumn(), table.labelColumn(), "\\s+", table.format())
        : table;
  }

  private static TruthTable json(
      SparkSession spark, List<String> locations, TruthOptions options, String format) {
    // Asked for as text, a list comes as its JSON and a string as itself.
    Set<String> names = new LinkedHashSet<>(PATHS);
    names.addAll(LABELS);
    options.pathColumn().ifPresent(names::add);
    options.labelColumn().ifPresent(names::add);
    StructType schema = new StructType();
    for (String name : names) {
      schema = schema.add(name, DataTypes.StringType);
    }
    Dataset<Row> rows = spark.read().schema(schema).json(locations.toArray(String[]::new));
    // Of the columns that a file may have, those that it has.
    Row head =
        rows.selectExpr(
                names.stream()
                    .map(name -> "count(" + Columns.quoted(name) + ")")
                    .toArray(String[]::new))
            .head();
    List<String> present = new ArrayList<>();
    int i = 0;
    for (String name : names) {
      if (head.getLong(i++) > 0) {
        present.add(Columns.quoted(name));
      }
    }
    return columns(rows.selectExpr(present.toArray(String[]::new)), options, format);
  }

  private static TruthTable mlTable(
      SparkSession spark, FileSystem files, Path path, TruthOptions options) throws IOException {
    Path folder = files.getFileStatus(path).isFile() ? path.getParent() : path;
    if (!files.exists(new Path(folder, "MLTable"))) {
      throw new InputException(
          "The truth " + path + " is no MLTable: no file of that name lies in " + folder + ".");
    }
    String text;
    try (var in = files.open(new Path(folder, "MLTable"))) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<String> locations = new ArrayList<>();
    for (String line : text.lines().toList()) {
      Matcher matcher = MLTABLE_PATH.matcher(line);
      if (matcher.matches()) {
        String named = matcher.group(2);
        locations.add(
            named.contains(":") || named.startsWith("/")
                ? named
                : new Path(folder, named).toString());
      }
    }
    if (locations.isEmpty()) {
      throw new InputException(
          "The MLTable in " + folder + " names no file, folder or pattern under paths.");
    }
    return json(spark, locations, options, "MLTable");
  }

  private static TruthTable folders(SparkSession spark, FileSystem files, Path path)
      throws IOException {
    FileStatus status = files.getFileStatus(path);
    if (status.isFile()) {
      throw new InputException(
          "The truth "
              + path
              + " is a file, where a folder with a folder for each label is wanted.");
    }
    String root = status.getPath().toString();
    List<Row> rows = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> all = files.listFiles(path, true);
    while (all.hasNext()) {
      String file = all.next().getPath().toString();
      String[] parts = file.substring(root.length() + 1).split("/", -1);
      if (!isHidden(parts)) {
        if (parts.length < 2) {
          throw new InputException(
              "The truth "
                  + path
                  + " is a folder of folders, one for each label, but the file "
                  + parts[0]
                  + " lies beside them.");
        }
        rows.add(RowFactory.create(file, parts[0]));
      }
    }
    rows.sort(Comparator.comparing(row -> row.getString(0)));
    StructType schema =
        new StructType().add("path", DataTypes.StringType).add("label", DataTypes.StringType);
    return new TruthTable(spark.createDataFrame(rows, schema), "path", "label", null, FOLDERS);
  }

  private static boolean isHidden(String[] parts) {
    for (String part : parts) {
      if (part.startsWith(".") || OWN_FOLDERS.contains(part) || part.startsWith("__magic")) {
        return true;
      }
    }
    return false;
  }

  private static TruthTable columns(Dataset<Row> rows, TruthOptions options, String format) {
    List<String> names = List.of(rows.columns());
    List<String> problems = new ArrayList<>();
    String path = column(options.pathColumn(), PATHS, "--truth-path-column", names, problems);
    String label = column(options.labelColumn(), LABELS, "--truth-label-column", names, problems);
    if (!problems.isEmpty()) {
      throw new InputException(
          problems.stream()
              .map(
                  problem ->
                      "The truth "
                          + options.location()
                          + problem
                          + "; it has "
                          + String.join(", ", names)
                          + ".")
              .toList());
    }
    DataType type = rows.schema().apply(label).dataType();
    DataType element = type instanceof ArrayType array ? array.elementType() : type;
    if (!(element instanceof StringType || element instanceof IntegralType)) {
      throw new InputException(
          "The column "
              + label
              + " of the truth "
              + options.location()
              + " is of type "
              + type.simpleString()
              + "; it must hold strings, integers, or arrays of them.");
    }
    return new TruthTable(
        rows, path, label, options.labelSeparator().map(Pattern::quote).orElse(null), format);
  }

  private static String column(
      Optional<String> given,
      List<String> defaults,
      String option,
      List<String> names,
      List<String> problems) {
    for (String name : given.map(List::of).orElse(defaults)) {
      for (String found : names) {
        if (found.toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT))) {
          return found;
        }
      }
    }
    problems.add(
        " has no column "
            + given.orElse(String.join(" or ", defaults))
            + " (name one with "
            + option
            + ")");
    return null;
  }

  /** Whether it is a folder of folders, whose rows are in the order of their paths. */
  boolean isFolders() {
    return format.equals(FOLDERS);
  }

  /** Whether labels are output indices rather than names. */
  boolean hasIndices() {
    DataType type = rows.schema().apply(labelColumn).dataType();
    DataType element = type instanceof ArrayType array ? array.elementType() : type;
    return labelColumn.equals("label_index") || element instanceof IntegralType;
  }

  static UsageException badRewrite(String given) {
    return new UsageException(
        "--rewrite is " + given + ": write FROM=TO, two prefixes of paths with = between them");
  }
}
