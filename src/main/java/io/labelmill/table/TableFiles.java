package io.labelmill.table;

import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The files of one table.
 *
 * @param format of all of them
 * @param paths for Spark's readers, which take each for a glob: see {@link #literal}
 * @param layout of JSON text, {@code LINES} where that means nothing
 * @param nesting what its folders are
 * @param separator of delimited text; empty for its format's own
 */
public record TableFiles(
    TableFormat format,
    List<String> paths,
    JsonLayout layout,
    Nesting nesting,
    Optional<String> separator) {
  private static final String INFER_PARTITIONS =
      "spark.sql.sources.partitionColumnTypeInference.enabled";

  /** What the folders below a table's folder are. */
  public enum Nesting {
    /** None, or named {@code column=value}. */
    PARTITIONS,
    /** Anything else. */
    FOLDERS
  }

  public TableFiles {
    paths = List.copyOf(paths);
  }

  /** With the separator of the format. */
  public TableFiles(TableFormat format, List<String> paths, JsonLayout layout, Nesting nesting) {
    this(format, paths, layout, nesting, Optional.empty());
  }

  /** The same files, with another separator. */
  public TableFiles withSeparator(Optional<String> other) {
    return new TableFiles(format, paths, layout, nesting, other);
  }

  /**
   * The files at a location, all taken to be of the format of the first, by its name.
   *
   * @return empty where no file is there, or the first is of no format
   * @throws java.io.FileNotFoundException where nothing is there
   * @throws IOException where it cannot be looked at
   */
  public static Optional<TableFiles> find(Location location, Configuration configuration)
      throws IOException {
    FileSystem files = location.fileSystem(configuration);
    Optional<Path> first = first(files, location.hadoop());
    Optional<TableFormat> format = first.flatMap(file -> TableFormat.ofFile(file.getName()));
    return format.isEmpty()
        ? Optional.empty()
        : Optional.of(of(location, format.get(), first.get(), configuration));
  }

  /**
   * The files at a location, in a format whatever their names are.
   *
   * @param first of them
   * @throws IOException where it cannot be read
   */
  public static TableFiles of(
      Location location, TableFormat format, Path first, Configuration configuration)
      throws IOException {
    return new TableFiles(
        format,
        List.of(literal(location.hadoop().toString())),
        format == TableFormat.JSON ? JsonLayout.of(first, configuration) : JsonLayout.LINES,
        Nesting.PARTITIONS);
  }

  /** The first data file by name, looking into folders; hidden ones are none. */
  public static Optional<Path> first(FileSystem files, Path path) throws IOException {
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

  /** The rows of a table of Spark's catalog; empty where there is none of that name. */
  public static Optional<Dataset<Row>> catalog(SparkSession spark, Location location) {
    String name = location.table();
    return spark.catalog().tableExists(name) ? Optional.of(spark.table(name)) : Optional.empty();
  }

  /** A path as a glob that matches nothing else. */
  public static String literal(String path) {
    return path.replaceAll("([\\[\\]{}*?\\\\])", "\\\\$1");
  }

  /**
   * The rows, with what types the files tell; text where they tell none. Names of folders are text
   * always. Columns of Parquet files whose types Spark does not have are left out.
   */
  public Dataset<Row> read(SparkSession spark) {
    if (format == TableFormat.PARQUET) {
      return parquet(spark);
    }
    if (!format.isDelimited() || !hasGlobsForNames(spark)) {
      return load(spark, reader(spark));
    }
    // Spark looks for a header over several lines in what the file's name matches as a glob.
    return read(spark, load(spark, reader(spark).option("multiLine", "false")).schema());
  }

  private Dataset<Row> parquet(SparkSession spark) {
    try {
      return load(spark, reader(spark));
    } catch (Exception e) {
      // Spark throws what Java signatures do not declare.
      Optional<ParquetFooter> footer = readableFooter(spark, e);
      if (footer.isEmpty() || footer.get().unreadable().isEmpty()) {
        throw e;
      }
      return read(spark, footer.get().readable());
    }
  }

  private Optional<ParquetFooter> readableFooter(SparkSession spark, Exception failure) {
    try {
      return footer(spark.sparkContext().hadoopConfiguration());
    } catch (IOException e) {
      failure.addSuppressed(e);
      return Optional.empty();
    }
  }

  /**
   * What the first file tells of the columns.
   *
   * @return empty where files of the format tell nothing
   * @throws IOException where it cannot be read
   */
  public Optional<ParquetFooter> footer(Configuration configuration) throws IOException {
    Optional<Path> first = format == TableFormat.PARQUET ? first(configuration) : Optional.empty();
    return first.isPresent()
        ? Optional.of(ParquetFooter.of(first.get(), configuration))
        : Optional.empty();
  }

  /**
   * The first file, by name.
   *
   * @throws IOException where it cannot be looked for
   */
  public Optional<Path> first(Configuration configuration) throws IOException {
    for (String path : paths) {
      Path glob = new Path(path);
      FileStatus[] found = glob.getFileSystem(configuration).globStatus(glob);
      for (FileStatus status : found == null ? new FileStatus[0] : found) {
        Optional<Path> first = first(glob.getFileSystem(configuration), status.getPath());
        if (first.isPresent()) {
          return first;
        }
      }
    }
    return Optional.empty();
  }

  /**
   * The rows, with columns of known types.
   *
   * @param schema of all columns, in the order of the files for delimited text
   */
  public Dataset<Row> read(SparkSession spark, StructType schema) {
    return load(spark, reader(spark).schema(schema));
  }

  /** The names of the columns, in the order of the files. */
  public List<String> columns(SparkSession spark) {
    return List.of(read(spark).columns());
  }

  private boolean hasGlobsForNames(SparkSession spark) {
    StructType any = new StructType().add("any", DataTypes.StringType);
    return Arrays.stream(read(spark, any).inputFiles())
        .map(uri -> new Path(URI.create(uri)).toString())
        .anyMatch(path -> !path.equals(literal(path)));
  }

  private Dataset<Row> load(SparkSession spark, DataFrameReader reader) {
    String inferred = spark.conf().get(INFER_PARTITIONS);
    try {
      // Folders keep the names they have: 007 is no number.
      spark.conf().set(INFER_PARTITIONS, "false");
      return reader.load(paths.toArray(String[]::new));
    } finally {
      spark.conf().set(INFER_PARTITIONS, inferred);
    }
  }

  private DataFrameReader reader(SparkSession spark) {
    DataFrameReader reader = spark.read().format(format.source()).options(format.options());
    if (layout == JsonLayout.DOCUMENT) {
      reader.option("multiLine", "true");
    }
    separator.ifPresent(text -> reader.option("sep", text));
    if (nesting == Nesting.FOLDERS) {
      reader.option("recursiveFileLookup", "true");
    }
    return reader;
  }
}
