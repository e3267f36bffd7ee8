package io.labelmill.sink;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says which of several runs may commit to an output.
 *
 * <p>Each run makes one file, {@code lock-EPOCH-RUN}, of which nobody else makes one by that name
 * and which is never written again; the highest name in the folder holds the output. A run takes it
 * over by making a higher one. So a run that was paused cannot win it back: its file is not the
 * highest, or gone. What a run writes often, to show that it lives, is another file.
 *
 * <p>That alone keeps nobody from committing who looked at the lock, was paused, and goes on when
 * another has taken it. {@link OutputFolder} has the other half: what a run is about to commit lies
 * complete in a place of its own <em>before</em> it looks, and who takes the lock deletes all such
 * places of earlier runs <em>before</em> it reads the table. Hence every commit of an earlier run
 * is either seen by the later one, or finds nothing to commit. No clock is compared, and no pause
 * is too long. It takes a store that shows a file to everybody as soon as it is written, as HDFS,
 * S3 and local disks do, and NFS with cached attributes does not.
 *
 * <p>Time only decides when a run tries to take over: an owner counts as dead when its process is
 * gone, or when it does not show itself for the {@link Pace#patience()}. A daemon thread shows this
 * one until {@link #close()}. Used by one thread beside that.
 */
final class OutputLock implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(OutputLock.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String BEAT = "beat-";

  private final FileSystem fileSystem;
  private final Path folder;
  private final Name name;
  private final Path beatFile;
  private final List<Name> before;
  private final Pace pace;
  private final ScheduledExecutorService beats;
  private volatile boolean closed;
  private long beat;

  /** Time as one machine tells it, on which no other one need agree. */
  interface Clock {
    /** From a moment that means nothing. */
    long nanos();

    /** Lets time pass. */
    void sleep(Duration time) throws InterruptedException;

    Clock OWN =
        new Clock() {
          @Override
          public long nanos() {
            return System.nanoTime();
          }

          @Override
          public void sleep(Duration time) throws InterruptedException {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
          }
        };
  }

  /**
   * How often a live owner shows itself.
   *
   * @param interval zero: no thread shows it, which is for tests
   * @param patience how long an owner may not show itself before it counts as dead
   * @param clock by which that is measured
   */
  record Pace(Duration interval, Duration patience, Clock clock) {
    Pace(Duration interval, Duration patience) {
      this(interval, patience, Clock.OWN);
    }

    /**
     * Every 5 seconds and 30 seconds, unless the system properties {@code
     * labelmill.lock.interval-millis} and {@code labelmill.lock.patience-millis} say otherwise,
     * which is for tests: all runs of an output must have the same.
     */
    static Pace usual() {
      return new Pace(
          Duration.ofMillis(Long.getLong("labelmill.lock.interval-millis", 5_000)),
          Duration.ofMillis(Long.getLong("labelmill.lock.patience-millis", 30_000)));
    }
  }

  /** The name of a lock: the fencing token. Ids of runs are unique, so that names are. */
  record Name(long epoch, String run) implements Comparable<Name> {
    private static final Pattern FORM = Pattern.compile("lock-(\\d{10})-(.+)");
    private static final Comparator<Name> ORDER =
        Comparator.comparingLong(Name::epoch).thenComparing(Name::run);

    static Optional<Name> of(String file) {
      Matcher form = FORM.matcher(file);
      return form.matches()
          ? Optional.of(new Name(Long.parseLong(form.group(1)), form.group(2)))
          : Optional.empty();
    }

    @Override
    public int compareTo(Name other) {
      return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
      return "lock-%010d-%s".formatted(epoch, run);
    }
  }

  private OutputLock(FileSystem fileSystem, Path folder, Name name, List<Name> before, Pace pace) {
    this.fileSystem = fileSystem;
    this.folder = folder;
    this.name = name;
    this.beatFile = new Path(folder, BEAT + name.run());
    this.before = List.copyOf(before);
    this.pace = pace;
    this.beats =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "output-lock");
              thread.setDaemon(true);
              return thread;
            });
    if (!pace.interval().isZero()) {
      long millis = pace.interval().toMillis();
      var unused = beats.scheduleWithFixedDelay(this::beat, millis, millis, TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Takes the lock, waiting as long as it takes to tell whether another owner lives.
   *
   * @param folder where the lock is, one for each output; made where it is not there
   * @param owner with an id of a run that no other has
   * @throws InputException naming the owner, when it lives
   */
  static OutputLock take(Path folder, Configuration configuration, LockOwner owner, Pace pace)
      throws IOException {
    FileSystem fileSystem = unchecked(folder.getFileSystem(configuration));
    fileSystem.mkdirs(folder);
    List<Name> dead = dead(fileSystem, folder, pace);
    long epoch = dead.isEmpty() ? 1 : dead.get(dead.size() - 1).epoch() + 1;
    Name name = new Name(epoch, owner.run());
    Path file = new Path(folder, name.toString());
    try (OutputStream out = fileSystem.create(file, false)) {
      out.write(JSON.writeValueAsBytes(owner));
    }
    List<Name> now = names(fileSystem, folder);
    if (!isHighest(name, now)) {
      fileSystem.delete(file, false);
      throw new InputException(
          "Another run took the output at the same moment: start again later. (Its lock is in %s.)"
              .formatted(folder));
    }
    now.remove(name);
    OutputLock lock = new OutputLock(fileSystem, folder, name, now, pace);
    Fence.raise(owner.run(), lock);
    return lock;
  }

  /** Without files of checksums, of which one would stay when two runs write and delete at once. */
  private static FileSystem unchecked(FileSystem fileSystem) {
    return fileSystem instanceof ChecksumFileSystem checked
        ? checked.getRawFileSystem()
        : fileSystem;
  }

  /** The locks in a folder, of which none has a living owner, the highest last. */
  private static List<Name> dead(FileSystem fileSystem, Path folder, Pace pace) throws IOException {
    while (true) {
      List<Name> names = names(fileSystem, folder);
      if (names.isEmpty()) {
        return names;
      }
      Name highest = names.get(names.size() - 1);
      Path file = new Path(folder, highest.toString());
      if (lives(fileSystem, folder, highest, pace)) {
        throw new InputException(
            "The output is being written by %s: wait until it ends, or end it. (Its lock is %s.)"
                .formatted(
                    owner(fileSystem, file).map(LockOwner::toString).orElse("run " + highest.run()),
                    file));
      }
      if (names.equals(names(fileSystem, folder))) {
        LOG.warn(
            "Taking over the output from a dead owner: {}",
            owner(fileSystem, file).map(LockOwner::toString).orElse("run " + highest.run()));
        return names;
      }
    }
  }

  /** The locks in a folder, the highest last. */
  private static List<Name> names(FileSystem fileSystem, Path folder) throws IOException {
    List<Name> names = new ArrayList<>();
    for (FileStatus entry : OutputFiles.entries(fileSystem, folder)) {
      Name.of(entry.getPath().getName()).ifPresent(names::add);
    }
    names.sort(null);
    return names;
  }

  private static boolean isHighest(Name name, List<Name> names) {
    return !names.isEmpty() && names.get(names.size() - 1).equals(name);
  }

  /** What a lock says; empty when it is gone, or was never written to its end. */
  private static Optional<LockOwner> owner(FileSystem fileSystem, Path file) throws IOException {
    try (InputStream in = fileSystem.open(file)) {
      return Optional.of(JSON.readValue(in.readAllBytes(), LockOwner.class));
    } catch (FileNotFoundException | JacksonException e) {
      return Optional.empty();
    }
  }

  /** Waits until an owner shows itself, or for as long as that could take. */
  private static boolean lives(FileSystem fileSystem, Path folder, Name name, Pace pace)
      throws IOException {
    Path file = new Path(folder, name.toString());
    String first = null;
    Clock clock = pace.clock();
    long last = clock.nanos();
    long waited = 0;
    while (waited < pace.patience().toNanos()) {
      if (owner(fileSystem, file).filter(LockOwner::isGone).isPresent()
          || !fileSystem.exists(file)) {
        return false;
      }
      String shown = shown(fileSystem, new Path(folder, BEAT + name.run()));
      if (first != null && !first.equals(shown)) {
        return true;
      }
      first = shown;
      try {
        clock.sleep(Duration.ofMillis(Math.max(1, pace.interval().toMillis() / 5)));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("interrupted").initCause(e);
      }
      // A pause of whoever looks, or a slow store, is no silence of the owner.
      long now = clock.nanos();
      waited += Math.min(now - last, pace.patience().toNanos() / 2);
      last = now;
    }
    return false;
  }

  /** When an owner showed itself, by the clock of the store, which is compared with itself only. */
  private static String shown(FileSystem fileSystem, Path file) throws IOException {
    try {
      FileStatus status = fileSystem.getFileStatus(file);
      return status.getModificationTime() + " " + status.getLen();
    } catch (FileNotFoundException e) {
      return "never";
    }
  }

  /** Shows that this owner lives. What becomes of it does not change who may commit. */
  void beat() {
    if (closed) {
      return;
    }
    try {
      beat++;
      try (OutputStream out = fileSystem.create(beatFile, true)) {
        out.write(Long.toString(beat).getBytes(StandardCharsets.US_ASCII));
      }
      if (closed) {
        fileSystem.delete(beatFile, false);
      }
    } catch (IOException | RuntimeException | Error e) {
      // Whatever it is: one that is thrown would be the last beat.
      LOG.warn("The run could not show that it lives, by {}: {}", beatFile, e.toString());
    }
  }

  /** The runs from which this one took the output over; what they would commit is to be undone. */
  List<String> fenced() {
    return before.stream().map(Name::run).toList();
  }

  /** Whether one of them may still go on: it is not known to be over. */
  boolean fencedMayGoOn() throws IOException {
    for (Name fenced : before) {
      if (!owner(fileSystem, new Path(folder, fenced.toString()))
          .map(LockOwner::isGone)
          .orElse(false)) {
        return true;
      }
    }
    return false;
  }

  /** What the fenced runs would commit is gone: nothing more need be known of them. */
  void forgetFenced() throws IOException {
    for (Name fenced : before) {
      fileSystem.delete(new Path(folder, BEAT + fenced.run()), false);
      fileSystem.delete(new Path(folder, fenced.toString()), false);
    }
  }

  /**
   * Whether this run may commit what it prepared until now.
   *
   * @throws IOException when that can't be told
   */
  boolean isHeld() throws IOException {
    return isHighest(name, names(fileSystem, folder));
  }

  /**
   * Asserts that this run may commit what it prepared until now.
   *
   * @throws OutageException naming the run that took the output over
   * @throws IOException when that can't be told
   */
  void assertHeld() throws IOException {
    List<Name> names = names(fileSystem, folder);
    if (!isHighest(name, names)) {
      throw lost(names);
    }
  }

  /**
   * Says that the output was lost, if it was, in place of what failed for that reason, which is
   * suppressed: as a cause it would tell what a person has to change.
   */
  Optional<OutageException> lost(Throwable failure) {
    try {
      List<Name> names = names(fileSystem, folder);
      if (isHighest(name, names)) {
        return Optional.empty();
      }
      OutageException lost = lost(names);
      lost.addSuppressed(failure);
      return Optional.of(lost);
    } catch (IOException e) {
      failure.addSuppressed(e);
      return Optional.empty();
    }
  }

  private OutageException lost(List<Name> names) throws IOException {
    Optional<Name> thief = names.stream().filter(other -> other.compareTo(name) > 0).findFirst();
    String who =
        thief.isPresent()
            ? owner(fileSystem, new Path(folder, thief.get().toString()))
                    .map(LockOwner::toString)
                    .orElse("run " + thief.get().run())
                + " took over its output"
            : "another took over its output or deleted its lock "
                + new Path(folder, name.toString());
    return new OutageException(
        ("Run %s did not show itself for too long, and %s. What it had committed until then stays;"
                + " start it again to go on.")
            .formatted(name.run(), who));
  }

  /** Lets others have the output, whatever becomes of the thread that shows the owner. */
  @Override
  public void close() {
    closed = true;
    Fence.lower(name.run());
    // Not interrupted: a file that is being written then would be left, in part.
    beats.shutdown();
    try {
      if (!beats.awaitTermination(pace.patience().toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("{} is still being written", beatFile);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      fileSystem.delete(beatFile, false);
      fileSystem.delete(new Path(folder, name.toString()), false);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot release " + new Path(folder, name.toString()), e);
    }
  }

  @Override
  public String toString() {
    return name + " after " + before;
  }
}
