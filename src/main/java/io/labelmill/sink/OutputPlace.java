package io.labelmill.sink;

import io.labelmill.error.InputException;
import io.labelmill.table.Location;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The folders of an output, and what is in that of its table.
 *
 * @param root where lock, plan, waves that are not committed, and run records are
 * @param table null for a catalog table
 * @param fileSystem of both
 * @param wasHere whether Labelmill had been here before this run
 */
record OutputPlace(Path root, Path table, FileSystem fileSystem, boolean wasHere) {
  static final String NAME = "_labelmill";
  static final String SUCCESS = "_SUCCESS";

  /**
   * Changes nothing.
   *
   * @throws InputException when there is a file in the folder's place
   */
  static OutputPlace of(OutputOptions options, Configuration configuration) throws IOException {
    Path table = table(options, configuration);
    Path root =
        table == null
            ? qualified(options.runFolder().orElseThrow(), configuration)
            : new Path(table, NAME);
    FileSystem fileSystem = root.getFileSystem(configuration);
    return new OutputPlace(root, table, fileSystem, fileSystem.exists(root));
  }

  private static Path table(OutputOptions options, Configuration configuration) throws IOException {
    if (options.table().isPresent()) {
      return null;
    }
    Path table = qualified(options.output(), configuration);
    FileSystem fileSystem = table.getFileSystem(configuration);
    if (fileSystem.exists(table) && !fileSystem.getFileStatus(table).isDirectory()) {
      throw new InputException("The output " + options.output() + " is a file, not a folder.");
    }
    return table;
  }

  private static Path qualified(String path, Configuration configuration) throws IOException {
    Path given = Location.of(path).hadoop();
    return given.getFileSystem(configuration).makeQualified(given);
  }

  /** Whether Labelmill may have left something in the table's folder. */
  boolean hasLeftInTable() {
    return table != null && wasHere;
  }

  /**
   * Whether the table's folder holds more than what Labelmill keeps there. What tasks leave is
   * Labelmill's where Labelmill was before; elsewhere somebody else's job may be writing.
   */
  boolean hasTable() throws IOException {
    return names()
        .filter(name -> !(wasHere && Leftovers.isUncommitted(name)))
        .anyMatch(name -> !name.equals(NAME) && !name.equals(SUCCESS) && !name.startsWith("."));
  }

  /**
   * A folder where somebody else's job, which may go on, keeps what it has not committed; none
   * where Labelmill was before.
   */
  Optional<String> underWay() throws IOException {
    return wasHere ? Optional.empty() : names().filter(Leftovers::isUncommitted).findFirst();
  }

  /** The data files of the table with their lengths, by path. */
  SortedMap<String, Long> dataFiles() throws IOException {
    return OutputFiles.data(fileSystem, table);
  }

  private Stream<String> names() throws IOException {
    return OutputFiles.entries(fileSystem, table).stream().map(entry -> entry.getPath().getName());
  }

  /** The names of what says something of the table as a whole, and goes with it. */
  List<String> marks() throws IOException {
    return names().filter(OutputPlace::isMark).toList();
  }

  private static boolean isMark(String name) {
    return name.equals(SUCCESS) || name.equals("_metadata") || name.equals("_common_metadata");
  }
}
