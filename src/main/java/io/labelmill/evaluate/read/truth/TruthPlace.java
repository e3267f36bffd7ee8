package io.labelmill.evaluate.read.truth;

import io.labelmill.source.SideFiles;
import io.labelmill.table.Compression;
import io.labelmill.table.Location;
import io.labelmill.table.TableFiles;
import io.labelmill.table.TableFormat;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.SparkSession;

/** Where the truth lies, with what can be seen there at a glance. Used by one thread. */
final class TruthPlace {
  /** Bytes of a file that are looked at to tell its form. */
  private static final int HEAD_BYTES = 1 << 16;

  private final SparkSession spark;
  private final TruthOptions options;
  private final Location location;
  private final FileSystem files;
  private final FileStatus status;
  private List<FileStatus> entries;
  private String head;

  private TruthPlace(
      SparkSession spark,
      TruthOptions options,
      Location location,
      FileSystem files,
      FileStatus status) {
    this.spark = spark;
    this.options = options;
    this.location = location;
    this.files = files;
    this.status = status;
  }

  /**
   * @throws java.io.FileNotFoundException where nothing is there
   */
  static TruthPlace of(SparkSession spark, TruthOptions options) throws IOException {
    Location location = Location.of(options.location());
    FileSystem files = location.fileSystem(spark.sparkContext().hadoopConfiguration());
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    try {
      return new TruthPlace(
          spark, options, location, files, files.getFileStatus(location.hadoop()));
    } catch (FileNotFoundException e) {
      // Archives alone may be several: what they are is seen by one of them.
      Path first = SideFiles.firstOf(options.location(), configuration);
      if (!SideFiles.isArchive(first.getName())) {
        throw e;
      }
      return new TruthPlace(spark, options, location, files, files.getFileStatus(first));
    }
  }

  TruthPlace at(Path path) throws IOException {
    return new TruthPlace(
        spark, options, Location.of(path.toString()), files, files.getFileStatus(path));
  }

  SparkSession spark() {
    return spark;
  }

  TruthOptions options() {
    return options;
  }

  Location location() {
    return location;
  }

  Configuration configuration() {
    return spark.sparkContext().hadoopConfiguration();
  }

  /** With scheme, as files below it have it. */
  Path path() {
    return status.getPath();
  }

  boolean isFile() {
    return status.isFile();
  }

  String name() {
    return status.getPath().getName();
  }

  /** The file itself, or the first data file of the folder by name; empty where there is none. */
  Optional<Path> first() throws IOException {
    return TableFiles.first(files, status.getPath());
  }

  /** The format of the first file's name; empty for none. */
  Optional<TableFormat> tableFormat() throws IOException {
    return first().flatMap(file -> TableFormat.ofFile(file.getName()));
  }

  /** What lies in the folder, sorted by name, without what is hidden; nothing of a file. */
  List<FileStatus> entries() throws IOException {
    if (entries == null) {
      entries = new ArrayList<>();
      if (!isFile()) {
        for (FileStatus entry : files.listStatus(status.getPath())) {
          if (!isHidden(entry.getPath().getName())) {
            entries.add(entry);
          }
        }
        entries.sort(Comparator.comparing(entry -> entry.getPath().getName()));
      }
    }
    return entries;
  }

  /** Of these names the first that lies in the folder. */
  Optional<Path> entry(String... names) throws IOException {
    for (String name : names) {
      for (FileStatus entry : entries()) {
        if (entry.getPath().getName().equals(name)) {
          return Optional.of(entry.getPath());
        }
      }
    }
    return Optional.empty();
  }

  /** All files below the folder, sorted by path, with their paths from there. */
  List<Below> below() throws IOException {
    String root = status.getPath().toString();
    List<Below> all = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> iterator = files.listFiles(status.getPath(), true);
    while (iterator.hasNext()) {
      Path file = iterator.next().getPath();
      String relative = file.toString().substring(root.length() + 1);
      if (Arrays.stream(relative.split("/", -1)).noneMatch(TruthPlace::isHidden)) {
        all.add(new Below(file, relative));
      }
    }
    all.sort(Comparator.comparing(file -> file.path().toString()));
    return all;
  }

  /** A file below a folder. */
  record Below(Path path, String relative) {}

  /** Not a user's own. */
  private static boolean isHidden(String name) {
    return name.startsWith(".")
        || name.startsWith("__magic")
        || List.of("_labelmill", "_temporary", "_delta_log", "_SUCCESS", "__MACOSX").contains(name);
  }

  /** How the first file begins, as text, without a byte order mark; empty where there is none. */
  String head() throws IOException {
    if (head == null) {
      Optional<Path> first = first();
      head = first.isEmpty() ? "" : head(first.get());
    }
    return head;
  }

  private String head(Path file) throws IOException {
    try (InputStream in = open(file)) {
      String text = new String(in.readNBytes(HEAD_BYTES), StandardCharsets.UTF_8);
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }
  }

  /** A file's content, decompressed where its name says that it is compressed. */
  InputStream open(Path file) throws IOException {
    return Compression.decompressed(files.open(file), file, configuration());
  }

  /** A small file as text. */
  String text(Path file) throws IOException {
    try (InputStream in = open(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceFirst("^\uFEFF", "");
    }
  }
}
