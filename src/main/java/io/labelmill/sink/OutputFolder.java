package io.labelmill.sink;

import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import io.labelmill.source.Seam;
import io.labelmill.table.Location;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
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

  private final OutputOptions options;
  private final String runId;
  private final OutputPlace place;
  private final Path root;
  private final FileSystem fileSystem;

  /** The folder of the table; null for a catalog table. */
  private final Path table;

  /** Null for a run that only looks. */
  private final OutputLock lock;

  private boolean swapping;

  private OutputFolder(OutputOptions options, String runId, OutputPlace place, OutputLock lock) {
    this.options = options;
    this.runId = runId;
    this.place = place;
    this.root = place.root();
    this.fileSystem = place.fileSystem();
    this.table = place.table();
    this.lock = lock;
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
    OutputFolder folder;
    try {
      OutputPlace place = OutputPlace.of(options, configuration);
      place.fileSystem().mkdirs(place.root());
      OutputLock lock =
          OutputLock.take(lockFolder.orElse(place.root()), configuration, owner, pace);
      folder = new OutputFolder(options, owner.run(), place, lock);
    } catch (IOException e) {
      throw options.unwritable(e);
    }
    try {
      folder.fence();
      Seam.LOCKED.reached();
      return folder;
    } catch (IOException e) {
      throw folder.givenUp(e).orElseGet(() -> options.unwritable(e));
    } catch (RuntimeException e) {
      throw folder.givenUp(e).orElse(e);
    }
  }

  /**
   * Gives the output up before anything was done with it.
   *
   * @return that it was lost, if it was, in place of what failed for that reason
   */
  Optional<RuntimeException> givenUp(Exception failure) {
    Optional<RuntimeException> lost = lost(failure).map(RuntimeException.class::cast);
    close();
    return lost;
  }

  /**
   * For a run that writes no table: takes no lock and leaves everything as it is.
   *
   * @throws InputException when the output cannot be read
   */
  static OutputFolder look(OutputOptions options, Configuration configuration, String runId) {
    try {
      return new OutputFolder(options, runId, OutputPlace.of(options, configuration), null);
    } catch (IOException e) {
      throw options.unwritable(e);
    }
  }

  /** The folder of the table; null for a catalog table. */
  Path table() {
    return table;
  }

  /** What is in it, beside what is this run's. */
  OutputPlace place() {
    return place;
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
    return new Path(root, (lock == null ? Leftovers.LOOK : Leftovers.RUN) + runId);
  }

  /** Where a table is collected that is to replace the one that is there. */
  Path staging() {
    return staging(runId);
  }

  private Path staging(String run) {
    return new Path(new Path(root, Leftovers.RUN + run), "table");
  }

  /** Where a wave is written before it is moved into the table. */
  Path wave() {
    return new Path(runFolder(), "wave");
  }

  Path recordFolder() {
    return options.runFolder().map(folder -> Location.of(folder).hadoop()).orElse(root);
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
    Leftovers left =
        Leftovers.find(
            fileSystem, root, table == null ? Leftovers.of(fenced()) : Leftovers.OF_A_TABLE);
    if (place.hasLeftInTable()) {
      left = left.withTasks(fileSystem, table);
    }
    lock.assertHeld();
    if (table != null) {
      for (Path run : left.runFolders()) {
        tables().forbid(run);
      }
      endSwaps();
    }
    if (place.hasLeftInTable()) {
      fenceUploads(left.others());
    }
    left.delete(fileSystem);
  }

  /**
   * Before the lists of uploads are deleted: a run that takes over from this one reads them, too.
   */
  private void fenceUploads(List<Path> left) throws IOException {
    boolean mayGoOn = lock.fencedMayGoOn();
    List<Path> doubtful = mayGoOn ? uploads().doubtful(left, fenced()) : List.of();
    uploads().abort(mayGoOn ? PendingUploads.Unseen.FAIL : PendingUploads.Unseen.STAY);
    for (Path file : doubtful) {
      fileSystem.delete(file, false);
    }
  }

  private PendingUploads uploads() {
    return new PendingUploads(fileSystem, table);
  }

  /** A commit of uploads is over: what it made visible stays. */
  void settle() throws IOException {
    uploads().settle(Leftovers.inTable(fileSystem, table), runId);
  }

  /** Gives up what tasks uploaded that were tried twice, or lost. */
  void abortUploads() throws IOException {
    assertHeld();
    uploads().abort(PendingUploads.Unseen.STAY);
  }

  /** Takes the mark of a complete table away: rows come to it. */
  void unmark() throws IOException {
    assertHeld();
    fileSystem.delete(new Path(table, OutputPlace.SUCCESS), false);
  }

  /**
   * Moves a wave into the table.
   *
   * @param files of the wave, complete, below {@link #wave()}
   */
  void commit(Collection<String> files) throws IOException {
    unmark();
    Seam.COMMITTING.reached();
    Path wave = fileSystem.makeQualified(wave());
    Set<Path> folders = new HashSet<>();
    for (String file : files) {
      Path from = new Path(file);
      Path to = OutputFiles.below(table, OutputFiles.relative(wave, from));
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
    List<String> old = new ArrayList<>(place.marks());
    for (String file : place.dataFiles().keySet()) {
      old.add(OutputFiles.relative(fileSystem.makeQualified(table), new Path(file)));
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
    if (fileSystem.exists(folder) && OutputFiles.entries(fileSystem, folder).isEmpty()) {
      fileSystem.delete(folder, false);
    }
  }

  /** The run, and all that it found out about the output. */
  @Override
  public String toString() {
    return "run " + runId + ", wasHere " + place.wasHere() + ", swapping " + swapping + ", " + lock;
  }
}
