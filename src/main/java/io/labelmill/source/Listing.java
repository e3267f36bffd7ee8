package io.labelmill.source;

import io.labelmill.error.Cause;
import io.labelmill.table.Location;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

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

  /** A folder with more entries is not looked through on the driver to spread its subfolders. */
  private static final int ENTRIES_LOOKED_AT = 10_000;

  private static final int FOLDERS_LOOKED_AT = 1_000;

  private Listing() {}

  /**
   * Where a listing starts.
   *
   * @param path a file or folder, as {@link Path#toString()}
   * @param glob what files beneath a folder must match, or null for all
   */
  record Root(String path, Glob glob) implements Serializable {}

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

  private enum Depth {
    /** One file. */
    FILE,
    /** The files of a folder, not those of its subfolders. */
    CHILDREN,
    /** All files beneath a folder. */
    TREE
  }

  /** What one task lists. */
  private record Part(Root root, String folder, Depth depth) implements Serializable {}

  /** The files beneath the roots, unordered; a file beneath two of them comes twice. */
  static Dataset<Row> rows(
      SparkSession spark, Broadcast<HadoopConfiguration> configuration, List<Root> roots) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    List<Part> parts = new ArrayList<>();
    int wanted = Math.max(32, 4 * context.defaultParallelism());
    for (Root root : roots) {
      parts.addAll(parts(root, configuration.value().value(), wanted));
    }
    return spark.createDataFrame(
        context
            .parallelize(parts, Math.max(1, Math.min(parts.size(), wanted)))
            .mapPartitions(new PartRows(configuration)),
        SCHEMA);
  }

  /** The files beneath one root, listed where this is called. */
  static Iterator<FileStatus> files(Root root, Configuration configuration) {
    return new Files(new Part(root, root.path(), depthOf(root, configuration)), configuration);
  }

  /** Cuts a root into parts that tasks can list beside each other. */
  private static List<Part> parts(Root root, Configuration configuration, int wanted) {
    if (depthOf(root, configuration) == Depth.FILE) {
      return List.of(new Part(root, root.path(), Depth.FILE));
    }
    List<Part> parts = new ArrayList<>();
    Deque<String> open = new ArrayDeque<>(List.of(root.path()));
    for (int looked = 0; !open.isEmpty(); looked++) {
      String folder = open.removeFirst();
      List<String> folders =
          parts.size() + open.size() < wanted && looked < FOLDERS_LOOKED_AT
              ? subfolders(root, folder, configuration)
              : null;
      if (folders == null) {
        parts.add(new Part(root, folder, Depth.TREE));
      } else {
        parts.add(new Part(root, folder, Depth.CHILDREN));
        open.addAll(folders);
      }
    }
    return parts;
  }

  /** The folders in a folder, or null where it has too many entries to look through. */
  private static List<String> subfolders(Root root, String folder, Configuration configuration) {
    try {
      Path path = new Path(folder);
      RemoteIterator<FileStatus> entries = entries(root, path.getFileSystem(configuration), path);
      List<String> folders = new ArrayList<>();
      for (int i = 0; entries.hasNext(); i++) {
        FileStatus entry = entries.next();
        if (i == ENTRIES_LOOKED_AT) {
          return null;
        }
        if (entry.isDirectory() && !isSkipped(entry) && mayHold(root, entry.getPath())) {
          folders.add(entry.getPath().toString());
        }
      }
      return folders;
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw unlistable(folder, e);
    }
  }

  private static RemoteIterator<FileStatus> entries(Root root, FileSystem fileSystem, Path folder)
      throws IOException {
    return fileSystem instanceof LocalFileSystem || fileSystem instanceof RawLocalFileSystem
        ? new LocalFolder(root, folder)
        : fileSystem.listStatusIterator(folder);
  }

  private static Depth depthOf(Root root, Configuration configuration) {
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

  /** Whether a folder below another is listed with it. */
  static boolean isVisible(String relative) {
    for (String name : relative.split("/", -1)) {
      if (isSkipped(name, Kind.FOLDER)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSkipped(FileStatus entry) {
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

  private static boolean mayHold(Root root, Path folder) {
    return root.glob() == null || root.glob().mayHold(relative(root.path(), folder.toString()));
  }

  /** The path of a file relative to its root; the name itself where the root is the file. */
  private static String relative(String root, String path) {
    if (path.length() <= root.length()) {
      return new Path(path).getName();
    }
    String rest = path.substring(root.length());
    return rest.startsWith("/") ? rest.substring(1) : rest;
  }

  /** Task side of {@link #rows}. */
  private static final class PartRows implements FlatMapFunction<Iterator<Part>, Row> {
    private final Broadcast<HadoopConfiguration> configuration;

    PartRows(Broadcast<HadoopConfiguration> configuration) {
      this.configuration = configuration;
    }

    @Override
    public Iterator<Row> call(Iterator<Part> parts) {
      return new Iterator<>() {
        private Root root;
        private Iterator<FileStatus> files = List.<FileStatus>of().iterator();

        @Override
        public boolean hasNext() {
          while (!files.hasNext() && parts.hasNext()) {
            Part part = parts.next();
            FileNames.check(part.root().path());
            root = part.root();
            files = new Files(part, configuration.value().value());
          }
          return files.hasNext();
        }

        @Override
        public Row next() {
          if (!hasNext()) {
            throw new NoSuchElementException();
          }
          FileStatus file = files.next();
          String path = file.getPath().toString();
          return RowFactory.create(
              path,
              relative(root.path(), path),
              file.getLen() == LocalFolder.UNKNOWN ? null : file.getLen(),
              file.getModificationTime(),
              file instanceof LocalFolder.Unnamed unnamed ? unnamed.problem() : null);
        }
      };
    }
  }

  /** Walks one part, depth first, or in the store's own flat order where it has one. */
  private static final class Files implements Iterator<FileStatus> {
    private final Part part;
    private final Deque<RemoteIterator<? extends FileStatus>> open = new ArrayDeque<>();
    private final FileSystem fileSystem;
    private final boolean flat;
    private FileStatus next;

    Files(Part part, Configuration configuration) {
      this.part = part;
      try {
        Path path = new Path(part.folder());
        fileSystem = path.getFileSystem(configuration);
        // One request lists a thousand keys below a prefix, however many folders they seem to have.
        flat = part.depth() == Depth.TREE && "s3a".equals(fileSystem.getScheme());
        if (part.depth() == Depth.FILE) {
          next = fileSystem.getFileStatus(path);
        } else {
          open(path);
          advance();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(
            Location.redacted("The input " + part.folder() + " cannot be listed: " + e), e);
      }
    }

    @Override
    public boolean hasNext() {
      return next != null;
    }

    @Override
    public FileStatus next() {
      if (next == null) {
        throw new NoSuchElementException();
      }
      FileStatus file = next;
      next = null;
      try {
        advance();
      } catch (IOException e) {
        throw new UncheckedIOException(
            Location.redacted("The input " + part.folder() + " cannot be listed: " + e), e);
      }
      return file;
    }

    private void open(Path folder) throws IOException {
      try {
        open.addFirst(
            flat ? fileSystem.listFiles(folder, true) : entries(part.root(), fileSystem, folder));
      } catch (FileNotFoundException e) {
        // Deleted since its parent was listed.
      }
    }

    private void advance() throws IOException {
      while (!open.isEmpty()) {
        if (!hasMore(open.getFirst())) {
          open.removeFirst();
          continue;
        }
        FileStatus entry = open.getFirst().next();
        if (entry.isDirectory()) {
          if (part.depth() == Depth.TREE
              && !isSkipped(entry)
              && mayHold(part.root(), entry.getPath())) {
            open(entry.getPath());
          }
        } else if (isWanted(entry)) {
          next = entry;
          return;
        }
      }
    }

    private static boolean hasMore(RemoteIterator<? extends FileStatus> entries)
        throws IOException {
      try {
        return entries.hasNext();
      } catch (FileNotFoundException e) {
        return false;
      }
    }

    private boolean isWanted(FileStatus file) {
      return !isSkipped(file) && relative(part.root(), file.getPath()).isPresent();
    }
  }
}
