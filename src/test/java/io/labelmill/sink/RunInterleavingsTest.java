package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.TaskType;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitter;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitterFactory;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Runs that resume one output at the same time, each paused and killed anywhere, with clocks that
 * say anything: in no order of their steps has an image two rows, and after a run that ended well
 * none is without. Locks, fences and commits are those of the job; only the rows are made up.
 */
@Timeout(120)
class RunInterleavingsTest {
  private static final List<String> TALKATIVE =
      List.of("io.labelmill.sink", "org.apache.hadoop.mapreduce.lib.output");

  private static final Path TABLE = new Path("mem:/out");
  private static final Path LOCKS = new Path("mem:/locks");
  private static final Configuration CONFIGURATION = configuration();
  private static final OutputOptions FILES = OutputOptions.of(TABLE.toString(), IfExists.RESUME);
  private static final OutputOptions OVERWRITTEN =
      OutputOptions.of(TABLE.toString(), IfExists.OVERWRITE);
  private static final OutputOptions STORED = OutputOptions.of("store:/out", IfExists.RESUME);
  private static final OutputOptions CATALOG =
      new OutputOptions(
          "table:t", Optional.empty(), IfExists.RESUME, List.of(), Optional.of("mem:/runs"));

  private static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set("fs.mem.impl", SteppedFileSystem.class.getName());
    configuration.set("fs.store.impl", SteppedFileSystem.Store.class.getName());
    configuration.set(
        PathOutputCommitterFactory.COMMITTER_FACTORY_SCHEME + ".store",
        UploadCommitter.Factory.class.getName());
    return configuration;
  }

  @BeforeAll
  static void beSilent() {
    TALKATIVE.forEach(name -> Configurator.setLevel(name, Level.OFF));
  }

  @AfterAll
  static void speak() {
    TALKATIVE.forEach(name -> Configurator.setLevel(name, (Level) null));
  }

  /** A clock that may say at each look that more time has passed than anybody waits. */
  private static final class AnyClock implements OutputLock.Clock {
    private int looks;
    private long nanos;

    @Override
    public long nanos() {
      // The first look is the beginning; whoever saw the owner twice has seen all there is.
      if (looks > 0 && (nanos > 0 || looks > 1 || Interleavings.choose(2) == 1)) {
        nanos += Duration.ofDays(1).toNanos();
      }
      looks++;
      return nanos;
    }

    @Override
    public void sleep(Duration time) {}
  }

  /** How rows of a wave become visible, and what is done about those that runs may still commit. */
  private interface Commits {
    void fence(List<String> runs) throws IOException;

    void commit(OutputFolder folder, List<String> images) throws IOException;
  }

  /** A run of the job that resumes, as far as it concerns the output. */
  private record Run(String id, OutputOptions options, Commits commits, List<List<String>> waves)
      implements Interleavings.Program {
    @Override
    public void run() throws Exception {
      FileSystem fileSystem = TABLE.getFileSystem(CONFIGURATION);
      try (OutputFolder folder = taken(id, options)) {
        try {
          Interleavings.know("taken " + folder);
          commits.fence(folder.fenced());
          folder.forgetFenced();
          List<String> done = images(fileSystem);
          for (List<String> wave : waves) {
            List<String> missing = new ArrayList<>(wave);
            missing.removeAll(done);
            Interleavings.know("has " + done + " before " + wave + folder);
            if (!missing.isEmpty()) {
              folder.assertHeld();
              commits.commit(folder, missing);
            }
          }
          Interleavings.know("scored " + folder);
          folder.assertHeld();
        } catch (Exception e) {
          Interleavings.know("failed " + e + folder);
          throw folder.lost(e).map(Exception.class::cast).orElse(e);
        }
      }
    }
  }

  private static OutputFolder taken(String id, OutputOptions options) {
    return OutputFolder.take(
        options,
        CONFIGURATION,
        // Of a kernel of which nothing is known.
        new LockOwner(id, "u", "h", 1, "", "", 0),
        new OutputLock.Pace(Duration.ZERO, Duration.ZERO),
        Optional.of(LOCKS));
  }

  /** The lock alone, and the least that makes a commit safe with it. */
  private record Small(String id, Duration patience) implements Interleavings.Program {
    @Override
    public void run() throws Exception {
      FileSystem fileSystem = TABLE.getFileSystem(CONFIGURATION);
      Path own = new Path("mem:/runs/" + id);
      try (OutputLock lock =
          OutputLock.take(
              LOCKS,
              CONFIGURATION,
              new LockOwner(id, "u", "h", 1, "", "", 0),
              new OutputLock.Pace(
                  Duration.ZERO,
                  patience,
                  patience.isZero() ? OutputLock.Clock.OWN : new AnyClock()))) {
        try {
          if (!patience.isZero()) {
            write(new Path(LOCKS, "beat-" + id), "1");
          }
          Interleavings.know("taken " + lock);
          for (String run : lock.fenced()) {
            fileSystem.delete(new Path("mem:/runs/" + run), true);
          }
          lock.forgetFenced();
          if (images(fileSystem).isEmpty()) {
            Interleavings.know("scoring " + lock);
            write(new Path(own, "part-a-" + id), "a");
            lock.assertHeld();
            if (!fileSystem.rename(
                new Path(own, "part-a-" + id), new Path(TABLE, "part-a-" + id))) {
              throw new IOException("cannot rename");
            }
          }
          Interleavings.know("scored " + lock);
          lock.assertHeld();
        } catch (Exception e) {
          Interleavings.know("failed " + e + lock);
          throw lock.lost(e).map(Exception.class::cast).orElse(e);
        }
      }
    }
  }

  private static List<String> images(FileSystem fileSystem) throws IOException {
    List<String> images = new ArrayList<>();
    for (String file : OutputFiles.data(fileSystem, TABLE).keySet()) {
      images.add(content(fileSystem, new Path(file)));
    }
    return images;
  }

  private static String content(FileSystem fileSystem, Path file) throws IOException {
    try (var in = fileSystem.open(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void write(Path file, String content) throws IOException {
    try (OutputStream out = file.getFileSystem(CONFIGURATION).create(file, false)) {
      out.write(content.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Files of a wave are moved into the table. */
  private static final class Moves implements Commits {
    @Override
    public void fence(List<String> runs) {}

    @Override
    public void commit(OutputFolder folder, List<String> images) throws IOException {
      for (String image : images) {
        write(new Path(folder.wave(), "part-" + image + "-" + folder.runId()), image);
      }
      FileSystem fileSystem = TABLE.getFileSystem(CONFIGURATION);
      folder.commit(OutputFiles.data(fileSystem, fileSystem.makeQualified(folder.wave())).keySet());
    }
  }

  /** As one would do it first: nobody can take a wave from a run that goes on after its look. */
  private static final class Late implements Commits {
    @Override
    public void fence(List<String> runs) {}

    @Override
    public void commit(OutputFolder folder, List<String> images) throws IOException {
      folder.assertHeld();
      for (String image : images) {
        write(new Path(TABLE, "part-" + image + "-" + folder.runId()), image);
      }
    }
  }

  /** Spark commits to a table of a catalog by Hadoop's committer of files. */
  private static final class Renames implements Commits {
    @Override
    public void fence(List<String> runs) throws IOException {
      for (String run : runs) {
        FencedFileCommitter.delete(run, TABLE, TABLE.getFileSystem(CONFIGURATION));
      }
    }

    @Override
    public void commit(OutputFolder folder, List<String> images) throws IOException {
      TaskAttemptContext task = task(FencedFileCommitter.settings(folder.runId()), 1);
      FencedFileCommitter committer = new FencedFileCommitter(TABLE, task);
      committer.setupJob(task);
      committer.setupTask(task);
      for (String image : images) {
        write(new Path(committer.getWorkPath(), "part-" + image + "-" + folder.runId()), image);
      }
      committer.commitTask(task);
      folder.assertHeld();
      committer.commitJob(task);
      folder.assertHeld();
    }
  }

  private static TaskAttemptContext task(Map<String, String> settings, int job) {
    Configuration configuration = new Configuration(CONFIGURATION);
    settings.forEach(configuration::set);
    return new TaskAttemptContextImpl(
        configuration, new TaskAttemptID("0", job, TaskType.MAP, 0, 0));
  }

  /** A store completes uploads. */
  private static final class Uploads implements Commits {
    @Override
    public void fence(List<String> runs) {}

    @Override
    public void commit(OutputFolder folder, List<String> images) throws IOException {
      TaskAttemptContext task =
          task(FencedCommitter.settings(folder.runId(), folder.table(), CONFIGURATION), 1);
      task.getConfiguration().set(UploadCommitter.ID, FencedCommitter.jobPrefix(folder.runId()));
      PathOutputCommitter committer =
          new FencedCommitter.Factory().createOutputCommitter(TABLE, task);
      committer.setupJob(task);
      List<String> files = new ArrayList<>();
      for (String image : images) {
        String file = "part-" + image + "-" + folder.runId();
        write(new Path(committer.getWorkPath(), file), image);
        files.add(file);
      }
      task.getConfiguration().setStrings(UploadCommitter.FILES, files.toArray(String[]::new));
      committer.commitTask(task);
      committer.commitJob(task);
      folder.settle();
    }
  }

  /**
   * As S3's: it lists the uploads of a task, completes those of a job, and undoes that when one of
   * them fails.
   */
  static final class UploadCommitter extends PathOutputCommitter {
    /** Key of the names of a job's files, as tasks report them. */
    static final String FILES = "test.files";

    static final String ID = "fs.s3a.committer.uuid";

    private static final Path PENDING = new Path("mem:" + SteppedFileSystem.UPLOADS);

    static final class Factory extends PathOutputCommitterFactory {
      @Override
      public PathOutputCommitter createOutputCommitter(Path output, TaskAttemptContext context)
          throws IOException {
        return new UploadCommitter(output, context);
      }
    }

    UploadCommitter(Path output, TaskAttemptContext context) throws IOException {
      super(output, context);
    }

    @Override
    public void commitTask(TaskAttemptContext task) throws IOException {
      String commits =
          List.of(task.getConfiguration().getStrings(FILES)).stream()
              .map(file -> "{\"destinationKey\": \"out/%s\"}".formatted(file))
              .collect(Collectors.joining(", ", "{\"commits\": [", "]}"));
      write(new Path(folder(task), "task-0.pendingset"), commits);
    }

    private static Path folder(JobContext job) {
      return new Path(TABLE, "__magic_job-" + job.getConfiguration().get(ID));
    }

    @Override
    public void commitJob(JobContext job) throws IOException {
      FileSystem fileSystem = PENDING.getFileSystem(job.getConfiguration());
      List<Path> visible = new ArrayList<>();
      for (String name : job.getConfiguration().getStrings(FILES)) {
        Path file = new Path(TABLE, name);
        if (!fileSystem.rename(new Path(PENDING, name), file)) {
          for (Path made : visible) {
            fileSystem.delete(made, false);
          }
          fileSystem.delete(folder(job), true);
          throw new FileNotFoundException("no such upload: " + name);
        }
        visible.add(file);
      }
      fileSystem.delete(folder(job), true);
    }

    @Override
    public Path getOutputPath() {
      return TABLE;
    }

    @Override
    public Path getWorkPath() {
      return PENDING;
    }

    @Override
    public void setupJob(JobContext job) {}

    @Override
    public void setupTask(TaskAttemptContext task) {}

    @Override
    public boolean needsTaskCommit(TaskAttemptContext task) {
      return false;
    }

    @Override
    public void abortTask(TaskAttemptContext task) {}
  }

  /** No image has two rows, none is without after a run that ended well, and nobody fails. */
  private static void check(
      List<String> images, SortedMap<String, String> files, List<String> ended) {
    List<String> rows = rows(files);
    String state = Interleavings.text(files, ended);
    assertThat(rows).as("rows once: %s", state).doesNotHaveDuplicates();
    if (ended.contains("")) {
      assertThat(rows).as("rows lost: %s", state).isEqualTo(images);
    }
    assertThat(ended)
        .as("ends of runs: %s", state)
        .allMatch(
            end ->
                end == null
                    || end.isEmpty()
                    || end.startsWith("InputException: The output is being written by run ")
                    || end.startsWith("InputException: Another run took the output at the same")
                    || end.startsWith("OutageException: Run ")
                    || end.startsWith("OutageException: An upload of the wave was ended by some"));
  }

  private static List<String> rows(SortedMap<String, String> files) {
    return files.entrySet().stream()
        .filter(file -> isRow(file.getKey(), file.getValue()))
        .map(file -> file.getValue().substring(1))
        .sorted()
        .toList();
  }

  private static boolean isRow(String name, String content) {
    String table = TABLE.toUri().getPath() + "/";
    return name.startsWith(table)
        && !content.equals(SteppedFileSystem.FOLDER)
        && List.of(name.substring(table.length()).split("/")).stream()
            .allMatch(OutputFiles::isData);
  }

  private static Interleavings.Explored explore(
      SortedMap<String, String> files, List<String> images, Interleavings.Program... runs) {
    return Interleavings.explore(files, (found, ended) -> check(images, found, ended), runs);
  }

  /** A folder in which Labelmill was before. */
  private static SortedMap<String, String> empty() {
    return new TreeMap<>(
        Map.of("/out", SteppedFileSystem.FOLDER, "/out/_labelmill", SteppedFileSystem.FOLDER));
  }

  private static Run moving(String id, List<List<String>> waves) {
    return new Run(id, FILES, new Moves(), waves);
  }

  @Test
  void wavesThatAreMovedGiveEachImageARow() {
    List<List<String>> waves = List.of(List.of("a", "b"), List.of("c"));
    Interleavings.Explored explored =
        explore(empty(), List.of("a", "b", "c"), moving("r1", waves), moving("r2", waves));
    assertThat(explored.orders()).isGreaterThan(1e17);
  }

  /** Whoever waits may find the owner alive, which shows itself, or not. */
  @Test
  void clocksThatDifferGiveEachImageARow() {
    Interleavings.Explored explored =
        explore(
            empty(),
            List.of("a"),
            new Small("r1", Duration.ofDays(1)),
            new Small("r2", Duration.ofDays(1)));
    assertThat(explored.orders()).isGreaterThan(1e11);
  }

  @Test
  void wavesThatACatalogCommitsGiveEachImageARow() {
    List<List<String>> waves = List.of(List.of("a", "b"));
    Interleavings.Explored explored =
        explore(
            empty(),
            List.of("a", "b"),
            new Run("r1", CATALOG, new Renames(), waves),
            new Run("r2", CATALOG, new Renames(), waves));
    assertThat(explored.orders()).isGreaterThan(1e15);
  }

  /** A run that fails within its commit deletes what it made visible. */
  @Test
  void wavesThatAStoreCompletesGiveEachImageARow() {
    List<List<String>> waves = List.of(List.of("a", "b"));
    Interleavings.Explored explored =
        explore(
            empty(),
            List.of("a", "b"),
            new Run("r1", STORED, new Uploads(), waves),
            new Run("r2", STORED, new Uploads(), waves));
    assertThat(explored.orders()).isGreaterThan(1e15);
  }

  /** The first is killed anywhere; the others find what it left, in all orders of their steps. */
  @Test
  void threeRunsOfWhichOneIsKilledGiveEachImageARow() {
    List<SortedMap<String, String>> left = new ArrayList<>();
    Interleavings.explore(
        empty(), (files, ended) -> left.add(files), new Small("r1", Duration.ZERO));
    assertThat(left).hasSizeGreaterThan(6);
    double orders = 0;
    for (SortedMap<String, String> files : left) {
      orders +=
          explore(
                  files,
                  List.of("a"),
                  new Small("r2", Duration.ZERO),
                  new Small("r3", Duration.ZERO))
              .orders();
    }
    assertThat(orders).isGreaterThan(1e9);
  }

  /** Four million states, of which a machine with nothing else to do looks at all in seconds. */
  @Test
  @Timeout(300)
  void threeRunsAtTheSameTimeGiveEachImageARow() {
    Interleavings.Explored explored =
        explore(
            empty(),
            List.of("a"),
            new Small("r1", Duration.ZERO),
            new Small("r2", Duration.ZERO),
            new Small("r3", Duration.ZERO));
    assertThat(explored.orders()).isGreaterThan(1e22);
  }

  /** A run that puts another table in the place of the one that is there. */
  private record Replacing(String id) implements Interleavings.Program {
    @Override
    public void run() throws Exception {
      try (OutputFolder folder = taken(id, OVERWRITTEN)) {
        try {
          Interleavings.know("taken " + folder);
          folder.forgetFenced();
          write(new Path(folder.staging(), "part-a-" + id), "a");
          folder.swap();
        } catch (Exception e) {
          Interleavings.know("failed " + e + folder);
          throw folder.lost(e).map(Exception.class::cast).orElse(e);
        }
      }
    }
  }

  /** Between the old table and the new one there is none. */
  @Test
  void tablesThatTakeEachOthersPlaceGiveEachImageARow() {
    SortedMap<String, String> files = empty();
    files.put("/out/part-a-r0", "=a");
    Interleavings.Explored explored =
        Interleavings.explore(
            files,
            (found, ended) ->
                check(
                    List.of("a"),
                    found,
                    ended.contains(null) ? Collections.nCopies(ended.size(), null) : ended),
            new Replacing("r1"),
            new Replacing("r2"));
    assertThat(explored.orders()).isGreaterThan(1e18);
  }

  /** That what is looked for is found where it is. */
  @Test
  void aRunThatLooksAtItsLockAndOnlyThenWritesGivesARowTwice() {
    assertThatThrownBy(
            () ->
                explore(
                    empty(),
                    List.of("a"),
                    new Run("r1", FILES, new Late(), List.of(List.of("a"))),
                    new Run("r2", FILES, new Late(), List.of(List.of("a")))))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("rows once");
  }
}
