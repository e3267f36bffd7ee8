package io.labelmill.sink;

import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import io.labelmill.source.Seam;
import io.labelmill.table.Location;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Where a run writes: the table's folder, and beside its rows the folder with lock, plan, waves
 * that are not committed, and run records. Used on the driver by one thread.
 *
 * <p>A run that {@link #take takes} it is alone with it until {@link #close()}; one that only
 * {@link #look looks} changes nothing but a folder of its own, which it deletes.
 *
 * <p>How lock and commit are one: a run writes a wave into its own folder, complete, then looks at
 * the {@link OutputLock}, and then moves its files into the table. A run that takes the output over
 * deletes the folders of all earlier runs, and only then reads what the table has. A wave of an
 * earlier run was moved before that, and is seen; or there is nothing left to move, however long
 * the run was paused between its look and its move, or between two files. With S3's committers the
 * wave is not moved: its files are uploads that lie complete before the look ({@link
 * FencedCommitter}), and are given up by the run that takes over.
 */
final class OutputFolder implements Closeable {
  static final String NAME = "_labelmill";
  static final String SUCCESS = "_SUCCESS";
  private static final String RUN = "run-";
  private static final String LOOK = "look-";

  /** What a look left is deleted then: it takes no lock that would tell whether it goes on. */
  private static final Duration LONGEST_LOOK = Duration.ofDays(1);

  private final OutputOptions options;
  private final Configuration configuration;
  private final String runId;
  private final Path root;
  private final FileSystem fileSystem;

  /** The folder of the table; null for a catalog table. */
  private final Path table;

  /** Null for a run that only looks. */
  private final OutputLock lock;

  /** Whether Labelmill had been here before this run. */
  private final boolean wasHere;

  private boolean swapping;

  private OutputFolder(
      OutputOptions options,
      Configuration configuration,
      String runId,
      Path root,
      Path table,
      OutputLock lock,
      boolean wasHere)
      throws IOException {
    this.options = options;
    this.configuration = configuration;
    this.runId = runId;
    this.root = root;
    this.fileSystem = root.getFileSystem(configuration);
    this.table = table;
    this.lock = lock;
    this.wasHere = wasHere;
  }

  /**
   * Takes the lock, takes from dead runs what they could still commit, ends a swap that one had
   * begun, and deletes what they left. Where Labelmill has not been before, whatever is there is
   * somebody else's, and stays.
   *
   * @param lockFolder where the output's lock is, if not beside the table
   * @throws InputException when another run writes here, or the output cannot be written
   */
  static OutputFolder take(
      OutputOptions options, Configuration configuration, String runId, Optional<Path> lockFolder) {
    return take(
        options,
        configuration,
        LockOwner.ofThisProcess(runId),
        OutputLock.Pace.usual(),
        lockFolder);
  }

  static OutputFolder take(
      OutputOptions options,
      Configuration configuration,
      LockOwner owner,
      OutputLock.Pace pace,
      Optional<Path> lockFolder) {
    OutputFolder folder = null;
    try {
      Path table = table(options, configuration);
      Path root = root(options, table, configuration);
      FileSystem fileSystem = root.getFileSystem(configuration);
      boolean wasHere = fileSystem.exists(root);
      fileSystem.mkdirs(root);
      OutputLock lock = OutputLock.take(lockFolder.orElse(root), configuration, owner, pace);
      folder = new OutputFolder(options, configuration, owner.run(), root, table, lock, wasHere);
      folder.fence();
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
  String scheme() {
    return fileSystem.getUri().getScheme();
  }

  String runId() {
    return runId;
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

  /** Where a wave is written before it is moved into the table. */
  Path wave() {
    return new Path(runFolder(), "wave");
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
    return Files.data(fileSystem, table);
  }

  private Stream<String> names() throws IOException {
    return Files.entries(fileSystem, table).stream().map(entry -> entry.getPath().getName());
  }

  /**
   * Whether a run that was killed is still to be ended, and until then the table is neither one.
   */
  boolean isSwapping() throws IOException {
    return table != null && tables().isBegun();
  }

  private TableSwap tables() {
    return new TableSwap(fileSystem, root, table);
  }

  /** Whether an entry of the table's folder is what tasks write before their job is committed. */
  private static boolean isUncommitted(String name) {
    return name.equals("_temporary")
        || name.startsWith("__magic")
        || name.startsWith(".spark-staging-");
  }

  /**
   * Asserts that what this run has prepared until now may be committed.
   *
   * @throws OutageException naming the run that took the output over
   */
  void assertHeld() throws IOException {
    if (lock == null) {
      throw new IllegalStateException("a run that only looks commits nothing");
    }
    lock.assertHeld();
  }

  /** Says that the output was lost, if it was, in place of what failed for that reason. */
  Optional<OutageException> lost(Throwable failure) {
    return lock == null ? Optional.empty() : lock.lost(failure);
  }

  /** The runs from which this one took the output over. */
  List<String> fenced() {
    return lock == null ? List.of() : lock.fenced();
  }

  /** Nothing is left that the fenced runs could commit. */
  void forgetFenced() throws IOException {
    if (lock != null) {
      lock.forgetFenced();
    }
  }

  /**
   * Takes from earlier runs what they could still commit, and deletes what they left. Each step is
   * done only to what was there before a look at the lock: should this run have lost the output
   * itself, then nothing of that is the later run's.
   */
  private void fence() throws IOException {
    Leftovers left = leftovers();
    lock.assertHeld();
    if (table != null) {
      for (Path run : left.runFolders()) {
        tables().forbid(run);
      }
      endSwaps();
    }
    left.delete(fileSystem);
    if (table != null && wasHere) {
      Leftovers.abortUploads(
          table.getFileSystem(configuration),
          table,
          lock.fencedMayGoOn() ? Leftovers.Unseen.FAIL : Leftovers.Unseen.STAY);
    }
  }

  /** Gives up what tasks uploaded that were tried twice, or lost. */
  void abortUploads() throws IOException {
    assertHeld();
    Leftovers.abortUploads(fileSystem, table, Leftovers.Unseen.STAY);
  }

  private Leftovers leftovers() throws IOException {
    List<Path> runs = new ArrayList<>();
    List<Path> others = new ArrayList<>();
    long oldest = System.currentTimeMillis() - LONGEST_LOOK.toMillis();
    for (FileStatus entry : Files.entries(fileSystem, root)) {
      String name = entry.getPath().getName();
      if (name.startsWith(LOOK) && entry.getModificationTime() < oldest) {
        others.add(entry.getPath());
      } else if (isOfEarlierRun(name)) {
        (entry.isDirectory() ? runs : others).add(entry.getPath());
      }
    }
    if (table != null && wasHere) {
      for (FileStatus entry : Files.entries(fileSystem, table)) {
        if (isUncommitted(entry.getPath().getName())) {
          others.add(entry.getPath());
        }
      }
    }
    return new Leftovers(runs, others);
  }

  /**
   * Whether an entry of the folder of runs is a run's folder, or a file that it had not written to
   * its end. A folder beside a table has runs of this table only; one that a user named may have
   * those of others, which go on.
   */
  private boolean isOfEarlierRun(String name) {
    boolean isFolder = name.startsWith(RUN) && !name.endsWith(".json");
    return table != null
        ? isFolder || name.startsWith("." + RUN)
        : fenced().stream()
            .anyMatch(run -> name.equals(RUN + run) || name.startsWith("." + RUN + run));
  }

  /**
   * Moves a wave into the table.
   *
   * @param files of the wave, complete, below {@link #wave()}
   */
  void commit(Collection<String> files) throws IOException {
    assertHeld();
    Seam.COMMITTING.reached();
    Path wave = fileSystem.makeQualified(wave());
    Set<Path> folders = new HashSet<>();
    for (String file : files) {
      Path from = new Path(file);
      Path to = Files.below(table, Files.relative(wave, from));
      if (folders.add(to.getParent())) {
        fileSystem.mkdirs(to.getParent());
      }
      if (!fileSystem.rename(from, to)) {
        throw new IOException("cannot rename " + from + " to " + to);
      }
      Seam.WITHIN_COMMIT.reached();
    }
    fileSystem.delete(wave, true);
  }

  /** Puts the staged table in the place of the one that is there. */
  void swap() throws IOException {
    List<String> old = new ArrayList<>(names().filter(OutputFolder::isMark).toList());
    for (String file : dataFiles().keySet()) {
      old.add(Files.relative(fileSystem.makeQualified(table), new Path(file)));
    }
    tables().prepare(runFolder(), new TableSwap.Plan(runId, old));
    assertHeld();
    Seam.COMMITTING.reached();
    swapping = true;
    tables().begin(runFolder(), runId);
    endSwaps();
    swapping = false;
  }

  private void endSwaps() throws IOException {
    tables().end(runId, this::staging, Seam.WITHIN_SWAP::reached);
  }

  /** Whether an entry of the folder says something of the table as a whole, and goes with it. */
  private static boolean isMark(String name) {
    return name.equals(SUCCESS) || name.equals("_metadata") || name.equals("_common_metadata");
  }

  /** Deletes what is collected, and was read. */
  void deleteStaging() throws IOException {
    fileSystem.delete(staging(), true);
  }

  /** Deletes what the run kept beside the table, and lets others have the output. */
  @Override
  public void close() {
    try {
      if (!swapping) {
        fileSystem.delete(runFolder(), true);
      }
      if (lock == null) {
        // Looking at an output that is not there must not make it.
        deleteIfEmpty(root);
        if (table != null) {
          deleteIfEmpty(table);
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

  private void deleteIfEmpty(Path folder) throws IOException {
    if (fileSystem.exists(folder) && Files.entries(fileSystem, folder).isEmpty()) {
      fileSystem.delete(folder, false);
    }
  }

  /** The run, and all that it found out about the output. */
  @Override
  public String toString() {
    return "run " + runId + ", wasHere " + wasHere + ", swapping " + swapping + ", " + lock;
  }
}
