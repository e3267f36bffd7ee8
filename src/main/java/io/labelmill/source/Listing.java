package io.labelmill.source;

import io.labelmill.error.Cause;
import io.labelmill.source.KeyListing.Range;
import io.labelmill.source.KeyListing.Reach;
import io.labelmill.source.ListingParts.Depth;
import io.labelmill.source.ListingParts.Part;
import io.labelmill.table.Location;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.io.IOUtils;
import org.apache.spark.HashPartitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.TaskCompletionListener;
import scala.Tuple2;

/**
 * Every file of some folders, recursively, streamed by Spark tasks: no task and no driver holds
 * more than a page of names.
 *
 * <p>Left out are names that begin with {@code .} and the folders {@code _labelmill}, {@code
 * _temporary}, {@code _delta_log} and {@code __magic*}; other names that begin with {@code _} are
 * files like any other.
 */
final class Listing {
  /**
   * Path.toString(), path relative to its root, length, modification time in milliseconds, why it
   * cannot be opened; of a link that leads nowhere the length is null.
   */
  static final StructType SCHEMA =
      new StructType()
          .add("path", DataTypes.StringType, false)
          .add("relative", DataTypes.StringType, false)
          .add("length", DataTypes.LongType)
          .add("modification_time", DataTypes.LongType)
          .add("problem", DataTypes.StringType);

  private static final Set<String> SKIPPED_FOLDERS =
      Set.of("_labelmill", "_temporary", "_delta_log");

  private Listing() {}

  /**
   * Where a listing starts.
   *
   * @param path a file or folder, as {@link Path#toString()}
   * @param glob what files beneath a folder must match, or null for all
   * @param closedLinks paths of links to folders that are listed by another way
   */
  record Root(String path, Glob glob, Set<String> closedLinks) implements Serializable {
    Root(String path, Glob glob) {
      this(path, glob, Set.of());
    }

    /** With links closed so that these lead to each folder once. A glob may ask for either. */
    Root closing(List<FolderLink> links) {
      List<FolderLink> own = links.stream().filter(link -> link.root().equals(path)).toList();
      return glob == null ? new Root(path, null, FolderLink.closed(own)) : this;
    }
  }

  /**
   * The path relative to a root's folder of a file somewhere beneath it, which need not be there;
   * empty where a listing leaves it out.
   */
  static Optional<String> relative(Root root, Path file) {
    String relative = relative(root.path(), file.toString());
    String[] names = relative.split("/", -1);
    for (int i = 0; i < names.length; i++) {
      if (isSkipped(names[i], i < names.length - 1 ? Kind.FOLDER : Kind.FILE)) {
        return Optional.empty();
      }
    }
    return root.glob() == null || root.glob().matches(relative)
        ? Optional.of(relative)
        : Optional.empty();
  }

  /** As the longer form, for whom it is no matter that links lead to one folder. */
  static Dataset<Row> rows(
      SparkSession spark, Broadcast<HadoopConfiguration> configuration, List<Root> roots) {
    return rows(
        spark,
        configuration,
        roots,
        new ListingParts.Cut(spark.sparkContext().collectionAccumulator()));
  }

  /** The files beneath the roots, unordered; a file beneath two of them comes twice. */
  static Dataset<Row> rows(
      SparkSession spark,
      Broadcast<HadoopConfiguration> configuration,
      List<Root> roots,
      ListingParts.Cut cut) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    int wanted = Math.max(32, 4 * context.defaultParallelism());
    ListingParts parts = ListingParts.of(roots, configuration.value().value(), wanted, cut);
    PartRows partRows = new PartRows(configuration, cut.links());
    JavaRDD<Row> rows =
        context
            .parallelize(parts.listed(), Math.max(1, Math.min(parts.listed().size(), wanted)))
            .mapPartitions(partRows);
    if (!parts.wide().isEmpty()) {
      rows =
          rows.union(
              context
                  .parallelize(parts.wide(), parts.wide().size())
                  .flatMap(new Subfolders(configuration, cut.links()))
                  .mapToPair(part -> new Tuple2<>(part.folder(), part))
                  .partitionBy(new HashPartitioner(wanted))
                  .values()
                  .mapPartitions(partRows));
    }
    return spark.createDataFrame(rows, SCHEMA);
  }

  /** The files beneath one root, listed where this is called. */
  static ListedFiles files(Root root, Configuration configuration) {
    return new ListedFiles(
        new Part(root, root.path(), depthOf(root, configuration)), configuration, null);
  }

  /**
   * As {@link #rows}, listed where this is called.
   *
   * @param links gets links to folders that are gone into
   * @param most files, and folders
   * @return rows of {@link #SCHEMA}; empty where there are more files or folders
   */
  static Optional<List<Row>> few(
      List<Root> roots,
      Configuration configuration,
      CollectionAccumulator<FolderLink> links,
      int most) {
    List<Row> rows = new ArrayList<>();
    for (Root root : roots) {
      Part part = new Part(root, root.path(), depthOf(root, configuration));
      try (ListedFiles files = new ListedFiles(part, configuration, links, most)) {
        while (files.hasNext() && rows.size() <= most) {
          rows.add(FilesOfParts.row(root, files.next()));
        }
        if (rows.size() > most || files.isGivenUp()) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(rows);
  }

  static RemoteIterator<FileStatus> entries(Root root, FileSystem fileSystem, Path folder)
      throws IOException {
    if (fileSystem instanceof LocalFileSystem || fileSystem instanceof RawLocalFileSystem) {
      return new LocalFolder(root, folder);
    }
    return KeyListing.isS3a(fileSystem)
        ? KeyListing.of(fileSystem, folder, Reach.CHILDREN, Range.ALL)
        : fileSystem.listStatusIterator(folder);
  }

  /** Whether a folder has more; one that is deleted meanwhile has not. */
  static boolean hasMore(RemoteIterator<? extends FileStatus> entries) throws IOException {
    try {
      return entries.hasNext();
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  /** Gives back what a folder's entries hold, for whoever leaves them before their end. */
  static void close(RemoteIterator<? extends FileStatus> entries) {
    if (entries instanceof Closeable open) {
      IOUtils.closeStream(open);
    }
  }

  private static void closeAtEndOfTask(Closeable files) {
    TaskCompletionListener close = ended -> IOUtils.closeStream(files);
    TaskContext.get().addTaskCompletionListener(close);
  }

  static Depth depthOf(Root root, Configuration configuration) {
    try {
      Path path = new Path(root.path());
      return path.getFileSystem(configuration).getFileStatus(path).isDirectory()
          ? Depth.TREE
          : Depth.FILE;
    } catch (IOException e) {
      throw unlistable(root.path(), e);
    }
  }

  static RuntimeException unlistable(String folder, IOException e) {
    return Cause.failure(Location.redacted("The input " + folder + " cannot be listed: " + e), e);
  }

  static UncheckedIOException uncheckedly(Part part, IOException e) {
    return new UncheckedIOException(
        Location.redacted("The input " + part.folder() + " cannot be listed: " + e), e);
  }

  /** Whether a folder below another is listed with it. */
  static boolean isVisible(String relative) {
    for (String name : relative.split("/", -1)) {
      if (isSkipped(name, Kind.FOLDER)) {
        return false;
      }
    }
    return true;
  }

  static boolean isSkipped(FileStatus entry) {
    return isSkipped(entry.getPath().getName(), entry.isDirectory() ? Kind.FOLDER : Kind.FILE);
  }

  private enum Kind {
    FILE,
    FOLDER
  }

  private static boolean isSkipped(String name, Kind kind) {
    return name.startsWith(".")
        || (kind == Kind.FOLDER && (SKIPPED_FOLDERS.contains(name) || name.startsWith("__magic")));
  }

  /** Whether an entry is a folder to go into; tells of a link that it is. */
  static boolean isEntered(Root root, FileStatus entry, CollectionAccumulator<FolderLink> links) {
    boolean isEntered = entry.isDirectory() && !isSkipped(entry) && mayHold(root, entry.getPath());
    if (isEntered && links != null && entry instanceof LocalFolder.Linked linked) {
      links.add(linked.link());
    }
    return isEntered;
  }

  private static boolean mayHold(Root root, Path folder) {
    return root.glob() == null || root.glob().mayHold(relative(root.path(), folder.toString()));
  }

  /** The path of a file relative to its root; the name itself where the root is the file. */
  static String relative(String root, String path) {
    if (path.length() <= root.length()) {
      return new Path(path).getName();
    }
    String rest = path.substring(root.length());
    return rest.startsWith("/") ? rest.substring(1) : rest;
  }

  /** Task side of {@link #rows}. */
  private record PartRows(
      Broadcast<HadoopConfiguration> configuration, CollectionAccumulator<FolderLink> links)
      implements FlatMapFunction<Iterator<Part>, Row> {
    @Override
    public Iterator<Row> call(Iterator<Part> parts) {
      FilesOfParts files = new FilesOfParts(parts, configuration.value().value(), links);
      closeAtEndOfTask(files);
      return files;
    }
  }

  /** Rows of the files of some parts, one part open at a time. */
  private static final class FilesOfParts implements Iterator<Row>, Closeable {
    private final Iterator<Part> parts;
    private final Configuration configuration;
    private final CollectionAccumulator<FolderLink> links;
    private Root root;
    private ListedFiles files;

    FilesOfParts(
        Iterator<Part> parts,
        Configuration configuration,
        CollectionAccumulator<FolderLink> links) {
      this.parts = parts;
      this.configuration = configuration;
      this.links = links;
    }

    @Override
    public boolean hasNext() {
      while ((files == null || !files.hasNext()) && parts.hasNext()) {
        Part part = parts.next();
        FileNames.check(part.root().path());
        root = part.root();
        files = new ListedFiles(part, configuration, links);
      }
      return files != null && files.hasNext();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return row(root, files.next());
    }

    @Override
    public void close() {
      if (files != null) {
        files.close();
      }
    }

    private static Row row(Root root, FileStatus file) {
      String path = file.getPath().toString();
      String relative = relative(root.path(), path);
      return file instanceof UnnamedFile unnamed
          ? RowFactory.create(unnamed.text(), relative, null, 0L, unnamed.problem())
          : RowFactory.create(
              path,
              relative,
              file.getLen() == LocalFolder.UNKNOWN ? null : file.getLen(),
              file.getModificationTime(),
              null);
    }
  }

  /** Folders with more subfolders than a driver looks at to these, each to be listed whole. */
  private record Subfolders(
      Broadcast<HadoopConfiguration> configuration, CollectionAccumulator<FolderLink> links)
      implements FlatMapFunction<Part, Part> {
    @Override
    public Iterator<Part> call(Part wide) {
      FileNames.check(wide.root().path());
      ListedFolders folders = new ListedFolders(wide, configuration.value().value(), links);
      closeAtEndOfTask(folders);
      return folders;
    }
  }
}
