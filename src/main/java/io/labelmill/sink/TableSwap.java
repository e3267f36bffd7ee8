package io.labelmill.sink;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a staged table in the place of another, file by file, so that whoever has the output can end
 * what a run began, at any time and while that run goes on.
 *
 * <p>It begins when the list of what goes appears in the folder of runs, moved there out of the
 * folder of the run alone: until then the next run deletes it there, and there is no swap. From
 * then on each step may be done twice, in any order and by anybody: only files are deleted, under
 * names that no other file ever has, and what is to be moved is moved by who comes first.
 *
 * @param root the folder of runs
 */
record TableSwap(FileSystem fileSystem, Path root, Path table) {
  private static final Logger LOG = LoggerFactory.getLogger(TableSwap.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PLAN = "swap.json";
  private static final String BEGUN = "swap-";

  /**
   * @param run whose staged table takes the place
   * @param old files of the old table, relative to its folder
   */
  record Plan(String run, List<String> old) {}

  @FunctionalInterface
  interface Staging {
    Path of(String run);
  }

  /** Writes down what a swap would do, in the folder of its run. */
  void prepare(Path runFolder, Plan plan) throws IOException {
    try (OutputStream out = fileSystem.create(new Path(runFolder, PLAN), true)) {
      out.write(JSON.writeValueAsBytes(plan));
    }
  }

  /** Begins a swap that was prepared: this is the commit. */
  void begin(Path runFolder, String run) throws IOException {
    Path plan = new Path(runFolder, PLAN);
    if (!fileSystem.rename(plan, new Path(root, BEGUN + run + ".json"))) {
      throw new IOException("cannot rename " + plan);
    }
  }

  /** A run that has not begun its swap can no longer do so. */
  void forbid(Path runFolder) throws IOException {
    fileSystem.delete(new Path(runFolder, PLAN), false);
  }

  /** Whether a swap was begun and not ended: until then the table is neither one. */
  boolean isBegun() throws IOException {
    return !begun().isEmpty();
  }

  private List<Path> begun() throws IOException {
    List<Path> begun = new ArrayList<>();
    for (FileStatus entry : OutputFiles.entries(fileSystem, root)) {
      String name = entry.getPath().getName();
      if (name.startsWith(BEGUN) && name.endsWith(".json")) {
        begun.add(entry.getPath());
      }
    }
    return begun;
  }

  /**
   * Ends all swaps that were begun, by this run or by one that was killed within it.
   *
   * @param afterDeleting told when the old files of one are gone
   */
  void end(String run, Staging staging, Runnable afterDeleting) throws IOException {
    for (Path file : begun()) {
      Plan plan;
      try (InputStream in = fileSystem.open(file)) {
        plan = JSON.readValue(in.readAllBytes(), Plan.class);
      } catch (FileNotFoundException e) {
        continue; // Another has just ended it.
      }
      if (!plan.run().equals(run)) {
        LOG.warn("Ending the swap of tables that run {} had begun when it was killed", plan.run());
      }
      for (String old : plan.old()) {
        fileSystem.delete(OutputFiles.below(table, old), false);
      }
      afterDeleting.run();
      Path staged = fileSystem.makeQualified(staging.of(plan.run()));
      move(staged, OutputFiles.data(fileSystem, staged).keySet());
      deleteEmptyFolders(plan.old());
      fileSystem.delete(file, false);
    }
  }

  /** Moves staged files, of which another may move some at the same time. */
  private void move(Path staged, Collection<String> files) throws IOException {
    Set<Path> folders = new HashSet<>();
    for (String file : files) {
      Path from = new Path(file);
      Path to = OutputFiles.below(table, OutputFiles.relative(staged, from));
      if (folders.add(to.getParent())) {
        fileSystem.mkdirs(to.getParent());
      }
      if (fileSystem.exists(to)) {
        // Where a rename is a copy, it was not ended: no more is missing than this.
        fileSystem.delete(from, false);
      } else {
        moveOne(from, to);
      }
    }
  }

  private void moveOne(Path from, Path to) throws IOException {
    try {
      if (fileSystem.rename(from, to)) {
        return;
      }
    } catch (FileNotFoundException e) {
      // Below.
    }
    if (fileSystem.exists(from)) {
      throw new IOException("cannot rename " + from + " to " + to);
    }
  }

  /** Folders of values that the new table does not have. */
  private void deleteEmptyFolders(List<String> old) throws IOException {
    Set<Path> folders = new TreeSet<>();
    for (String file : old) {
      for (Path folder = OutputFiles.below(table, file).getParent();
          folder.depth() > table.depth();
          folder = folder.getParent()) {
        folders.add(folder);
      }
    }
    List<Path> deepestFirst = new ArrayList<>(folders);
    deepestFirst.sort((a, b) -> Integer.compare(b.depth(), a.depth()));
    for (Path folder : deepestFirst) {
      if (fileSystem.exists(folder) && OutputFiles.entries(fileSystem, folder).isEmpty()) {
        fileSystem.delete(folder, false);
      }
    }
  }
}
