package io.labelmill.sink;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.InputException;
import io.labelmill.source.Seam;
import io.labelmill.table.Location;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.MultipartUploader;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a run writes: the table's folder, and beside its rows the folder with lock, plan, staging
 * and run records. Used on the driver by one thread.
 *
 * <p>A run that {@link #take takes} it is alone with it until {@link #close()}; one that only
 * {@link #look looks} changes nothing but a folder of its own, which it deletes.
 */
final class OutputFolder implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(OutputFolder.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  static final String NAME = "_labelmill";
  static final String SUCCESS = "_SUCCESS";
  private static final String RUN = "run-";
  private static final String RUN_FOLDER = "run-\\d{8}T\\d{9}-[0-9a-f]+";
  private static final String LOOK = "look-";
  private static final String SWAP = "swap.json";

  /** What a look left is deleted then: it takes no lock that would tell whether it goes on. */
  private static final Duration LONGEST_LOOK = Duration.ofDays(1);

  private final OutputOptions options;
  private final Configuration configuration;
  private final String runId;
  private final Path root;

  /** The folder of the table; null for a catalog table. */
  private final Path table;

  /** Null for a run that only looks. */
  private final OutputLock lock;

  /** Whether Labelmill had been here before this run. */
  private final boolean wasHere;

  private boolean swapping;

  /**
   * A swap under way, written before its first step so that the next run can end it.
   *
   * @param run whose staged table takes the place
   * @param old names of the old table's entries that are to be deleted; none once they are
   */
  record Swap(String run, List<String> old) {}

  private OutputFolder(
      OutputOptions options,
      Configuration configuration,
      String runId,
      Path root,
      Path table,
      OutputLock lock,
      boolean wasHere) {
    this.options = options;
    this.configuration = configuration;
    this.runId = runId;
    this.root = root;
    this.table = table;
    this.lock = lock;
    this.wasHere = wasHere;
  }

  /**
   * Takes the lock, ends a swap that a killed run had begun, and deletes what dead runs left. Where
   * Labelmill has not been before, whatever is there is somebody else's, and stays.
   *
   * @throws InputException when another run writes here, or the output cannot be written
   */
  static OutputFolder take(OutputOptions options, Configuration configuration, String runId) {
    OutputFolder folder = null;
    try {
      Path table = table(options, configuration);
      Path root = root(options, table, configuration);
      FileSystem fileSystem = root.getFileSystem(configuration);
      boolean wasHere = fileSystem.exists(root);
      fileSystem.mkdirs(root);
      OutputLock lock = OutputLock.take(new Path(root, "lock"), configuration, runId);
      folder = new OutputFolder(options, configuration, runId, root, table, lock, wasHere);
      folder.endSwap();
      folder.deleteLeftovers();
      Seam.LOCKED.reached();
      return folder;
    } catch (IOException e) {
      closeAfter(folder);
      throw options.unwritable(e);
    } catch (RuntimeException e) {
      closeAfter(folder);
      throw e;
    }
  }

  private static void closeAfter(OutputFolder folder) {
    if (folder != null) {
      folder.close();
    }
  }

  /**
   * For a run that writes no table: takes no lock and leaves everything as it is.
   *
   * @throws InputException when the output cannot be read
   */
  static OutputFolder look(OutputOptions options, Configuration configuration, String runId) {
    try {
      Path table = table(options, configuration);
      Path root = root(options, table, configuration);
      boolean wasHere = root.getFileSystem(configuration).exists(root);
      return new OutputFolder(options, configuration, runId, root, table, null, wasHere);
    } catch (IOException e) {
      throw options.unwritable(e);
    }
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

  private static Path root(OutputOptions options, Path table, Configuration configuration)
      throws IOException {
    return table == null
        ? qualified(options.runFolder().orElseThrow(), configuration)
        : new Path(table, NAME);
  }

  private static Path qualified(String path, Configuration configuration) throws IOException {
    Path given = Location.of(path).hadoop();
    return given.getFileSystem(configuration).makeQualified(given);
  }

  /** The folder of the table; null for a catalog table. */
  Path table() {
    return table;
  }

  /** The scheme of the file system on which this run works. */
  String scheme() throws IOException {
    return root.getFileSystem(configuration).getUri().getScheme();
  }

  /** A folder of this run, which is deleted on {@link #close()}. */
  Path runFolder() {
    return new Path(root, (lock == null ? LOOK : RUN) + runId);
  }

  /** Where a table is collected that is to replace the one that is there. */
  Path staging() {
    return staging(runId);
  }

  private Path staging(String run) {
    return new Path(new Path(root, RUN + run), "table");
  }

  /** Where run records are written. */
  Path recordFolder() {
    return options.runFolder().map(folder -> Location.of(folder).hadoop()).orElse(root);
  }

  /**
   * Whether the table's folder holds more than what Labelmill keeps there. What tasks leave is
   * Labelmill's where Labelmill was before; elsewhere somebody else's job may be writing.
   */
  boolean hasTable() throws IOException {
    return names()
        .filter(name -> !(wasHere && isUncommitted(name)))
        .anyMatch(name -> !name.equals(NAME) && !name.equals(SUCCESS) && !name.startsWith("."));
  }

  /**
   * A folder where somebody else's job, which may go on, keeps what it has not committed; none
   * where Labelmill was before.
   */
  Optional<String> underWay() throws IOException {
    return wasHere ? Optional.empty() : names().filter(OutputFolder::isUncommitted).findFirst();
  }

  /** The data files of the table with their lengths, by path. */
  SortedMap<String, Long> dataFiles() throws IOException {
    return Files.data(table.getFileSystem(configuration), table);
  }

  /** Deletes what is collected, and was read. */
  void deleteStaging() throws IOException {
    root.getFileSystem(configuration).delete(staging(), true);
  }

  private Stream<String> names() throws IOException {
    return Files.entries(table.getFileSystem(configuration), table).stream()
        .map(entry -> entry.getPath().getName());
  }

  /**
   * Whether a run that was killed is still to be ended, and until then the table is neither one.
   */
  boolean isSwapping() throws IOException {
    return readSwap(root.getFileSystem(configuration)) != null;
  }

  /** Whether an entry of the table's folder is what tasks write before their job is committed. */
  private static boolean isUncommitted(String name) {
    return name.equals("_temporary")
        || name.startsWith("__magic")
        || name.startsWith(".spark-staging-");
  }

  /**
   * Asserts, before something is committed, that no other run took the output for abandoned.
   *
   * @throws InputException naming the run that did
   */
  void assertHeld() {
    if (lock == null) {
      throw new IllegalStateException("a run that only looks commits nothing");
    }
    lock.assertHeld();
  }

  /** Deletes what runs left that ended without tidying up; the lock says that none goes on. */
  private void deleteLeftovers() throws IOException {
    FileSystem fileSystem = root.getFileSystem(configuration);
    long oldest = System.currentTimeMillis() - LONGEST_LOOK.toMillis();
    for (FileStatus entry : Files.entries(fileSystem, root)) {
      String name = entry.getPath().getName();
      // The folder of run records may hold what others keep there under like names.
      boolean isOfRun = name.startsWith(RUN) && (table != null || name.matches(RUN_FOLDER));
      if ((entry.isDirectory() && isOfRun)
          || name.startsWith("." + RUN)
          || (name.startsWith(LOOK) && entry.getModificationTime() < oldest)) {
        LOG.info("Deleting {}, left by a run that ended early", entry.getPath());
        fileSystem.delete(entry.getPath(), true);
      }
    }
    if (table == null || !wasHere) {
      return;
    }
    for (FileStatus entry : Files.entries(fileSystem, table)) {
      if (isUncommitted(entry.getPath().getName())) {
        LOG.info("Deleting {}, left by a run that ended early", entry.getPath());
        fileSystem.delete(entry.getPath(), true);
      }
    }
    abortUploads();
  }

  /**
   * Ends the uploads of files that tasks of a dead run wrote and nobody committed: they are not
   * visible and never will be, but the store keeps their bytes, and charges for them.
   */
  private void abortUploads() throws IOException {
    FileSystem fileSystem = table.getFileSystem(configuration);
    if (!fileSystem.hasPathCapability(table, CommonPathCapabilities.FS_MULTIPART_UPLOADER)) {
      return;
    }
    try (MultipartUploader uploads = fileSystem.createMultipartUploader(table).build()) {
      uploads.abortUploadsUnderPath(table).get();
    } catch (ExecutionException | IOException e) {
      // Credentials for a table need not include this right.
      LOG.warn(
          "Uploads below {} that dead runs left could not be looked for: {}", table, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }

  /** Puts the staged table in the place of the one that is there. */
  void swap() throws IOException {
    FileSystem fileSystem = root.getFileSystem(configuration);
    List<String> old = names().filter(OutputFolder::isOfTable).toList();
    swapping = true;
    write(fileSystem, new Swap(runId, old));
    endSwap();
  }

  /** Whether an entry of the folder is part of a table, and goes with it. */
  private static boolean isOfTable(String name) {
    return Files.isData(name)
        || name.equals(SUCCESS)
        || name.equals("_metadata")
        || name.equals("_common_metadata")
        || (name.startsWith(".") && name.endsWith(".crc"));
  }

  private void write(FileSystem fileSystem, Swap swap) throws IOException {
    Files.write(fileSystem, temporarySwap(), new Path(root, SWAP), JSON.writeValueAsBytes(swap));
  }

  private Path temporarySwap() {
    return new Path(root, "." + RUN + SWAP);
  }

  /** The swap under way, or null. */
  private Swap readSwap(FileSystem fileSystem) throws IOException {
    try (InputStream in = fileSystem.open(new Path(root, SWAP))) {
      return JSON.readValue(in.readAllBytes(), Swap.class);
    } catch (FileNotFoundException e) {
      // Where a rename replaces nothing, a run that was killed left the one that was to replace it.
      try (InputStream in = fileSystem.open(temporarySwap())) {
        return JSON.readValue(in.readAllBytes(), Swap.class);
      } catch (FileNotFoundException | JsonProcessingException none) {
        return null;
      }
    }
  }

  /** Ends a swap that was begun, by this run or by one that was killed within it. */
  private void endSwap() throws IOException {
    FileSystem fileSystem = root.getFileSystem(configuration);
    Swap swap = readSwap(fileSystem);
    if (swap == null) {
      return;
    }
    if (!swap.run().equals(runId)) {
      LOG.warn("Ending the swap of tables that run {} had begun when it was killed", swap.run());
    }
    for (String name : swap.old()) {
      fileSystem.delete(new Path(table, name), true);
    }
    // From here on an entry of an old name is a new one.
    write(fileSystem, new Swap(swap.run(), List.of()));
    Seam.WITHIN_SWAP.reached();
    Path staging = fileSystem.makeQualified(staging(swap.run()));
    // File by file: where folders are renamed by copying, some of a folder's files may be moved.
    for (Path from : Files.below(fileSystem, staging)) {
      Path to = new Path(table, staging.toUri().relativize(from.toUri()).getPath());
      fileSystem.mkdirs(to.getParent());
      // A file that is there already was copied by a store without rename, maybe in part.
      fileSystem.delete(to, false);
      if (!fileSystem.rename(from, to)) {
        throw new IOException("cannot rename " + from + " to " + to);
      }
    }
    fileSystem.delete(new Path(root, SWAP), false);
    fileSystem.delete(temporarySwap(), false);
    swapping = false;
  }

  /** Deletes what the run kept beside the table, and lets others have the output. */
  @Override
  public void close() {
    try {
      FileSystem fileSystem = root.getFileSystem(configuration);
      if (!swapping) {
        fileSystem.delete(runFolder(), true);
      }
      if (lock == null) {
        // Looking at an output that is not there must not make it.
        deleteIfEmpty(fileSystem, root);
        if (table != null) {
          deleteIfEmpty(fileSystem, table);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + runFolder(), e);
    } finally {
      if (lock != null) {
        lock.close();
      }
    }
  }

  private static void deleteIfEmpty(FileSystem fileSystem, Path folder) throws IOException {
    if (fileSystem.exists(folder) && Files.entries(fileSystem, folder).isEmpty()) {
      fileSystem.delete(folder, false);
    }
  }
}
