package io.labelmill.sink;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runs left that ended without tidying up, or that go on and have lost the output: as it was
 * found before a look at the lock, so that nothing is among it that a later run made.
 *
 * @param runFolders folders of runs
 * @param others whatever else
 */
record Leftovers(List<Path> runFolders, List<Path> others) {
  /** What the name of a run's folder begins with. */
  static final String RUN = "run-";

  /** Likewise, of one that only looks. */
  static final String LOOK = "look-";

  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

  /** What a look left is deleted then: it takes no lock that would tell whether it goes on. */
  private static final Duration LONGEST_LOOK = Duration.ofDays(1);

  /** Whose a folder is in which runs keep theirs. */
  interface Owner {
    /** Whether an entry is a run's folder, or a file that it had not written to its end. */
    boolean isOfEarlierRun(String name);
  }

  /** In a folder beside a table, which has runs of this table only. */
  static final Owner OF_A_TABLE =
      name -> (name.startsWith(RUN) && !name.endsWith(".json")) || name.startsWith("." + RUN);

  /** In a folder that a user named, which may have runs of other tables, which go on. */
  static Owner of(List<String> runs) {
    return name ->
        runs.stream().anyMatch(run -> name.equals(RUN + run) || name.startsWith("." + RUN + run));
  }

  /** What is found in a folder of runs. */
  static Leftovers find(FileSystem fileSystem, Path root, Owner owner) throws IOException {
    List<Path> runs = new ArrayList<>();
    List<Path> others = new ArrayList<>();
    long oldest = System.currentTimeMillis() - LONGEST_LOOK.toMillis();
    for (FileStatus entry : OutputFiles.entries(fileSystem, root)) {
      String name = entry.getPath().getName();
      if (name.startsWith(LOOK) && entry.getModificationTime() < oldest) {
        others.add(entry.getPath());
      } else if (owner.isOfEarlierRun(name)) {
        (entry.isDirectory() ? runs : others).add(entry.getPath());
      }
    }
    return new Leftovers(runs, others);
  }

  /** Likewise, with what tasks left in the table's folder. */
  Leftovers withTasks(FileSystem fileSystem, Path table) throws IOException {
    List<Path> all = new ArrayList<>(others);
    all.addAll(inTable(fileSystem, table));
    return new Leftovers(runFolders, all);
  }

  /** What tasks have in the table's folder before their job is committed. */
  static List<Path> inTable(FileSystem fileSystem, Path table) throws IOException {
    return OutputFiles.entries(fileSystem, table).stream()
        .map(FileStatus::getPath)
        .filter(path -> isUncommitted(path.getName()))
        .toList();
  }

  /** Whether an entry of the table's folder is what tasks write before their job is committed. */
  static boolean isUncommitted(String name) {
    return name.equals("_temporary")
        || PendingUploads.isFolder(name)
        || name.startsWith(".spark-staging-");
  }

  void delete(FileSystem fileSystem) throws IOException {
    for (List<Path> paths : List.of(runFolders, others)) {
      for (Path path : paths) {
        LOG.info("Deleting {}, left by a run that ended early", path);
        fileSystem.delete(path, true);
        if (fileSystem.exists(path)) {
          // A run that goes on wrote into it meanwhile.
          fileSystem.delete(path, true);
        }
      }
    }
  }
}
