package io.labelmill.sink;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a second run away from an output while one writes to it: a file that names its owner and
 * changes as long as the owner lives.
 *
 * <p>An owner is dead when its process is gone from this host, or when its lock does not change for
 * the {@link Pace#patience()}; clocks of hosts are not compared. A daemon thread keeps the lock
 * alive until {@link #close()}.
 */
final class OutputLock implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(OutputLock.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FileSystem fileSystem;
  private final Path file;
  private final Owner owner;
  private final ScheduledExecutorService beats;
  private volatile Owner thief;
  private long beat;

  /**
   * How often a live owner shows itself.
   *
   * @param patience how long an owner may not show itself before it counts as dead
   */
  record Pace(Duration interval, Duration patience) {
    static final Pace DEFAULT = new Pace(Duration.ofSeconds(5), Duration.ofSeconds(30));
  }

  /** Who holds a lock. The process is told apart from later ones of the same id by its start. */
  record Owner(String run, String user, String host, long process, long processStartMillis) {
    static Owner ofThisProcess(String run) {
      ProcessHandle process = ProcessHandle.current();
      return new Owner(
          run, System.getProperty("user.name"), hostName(), process.pid(), startOf(process));
    }

    private static String hostName() {
      try {
        return InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        return "localhost";
      }
    }

    private static long startOf(ProcessHandle process) {
      return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    /** Whether the process ran on this host and does no longer. */
    boolean isGone() {
      if (!host.equals(hostName())) {
        return false;
      }
      Optional<ProcessHandle> found = ProcessHandle.of(process).filter(ProcessHandle::isAlive);
      return found.isEmpty() || startOf(found.get()) != processStartMillis;
    }

    @Override
    public String toString() {
      return "run " + run + " of " + user + ", process " + process + " on " + host;
    }
  }

  /** The content of a lock file. */
  record Content(Owner owner, long beat) {}

  private OutputLock(FileSystem fileSystem, Path file, Owner owner, Pace pace) {
    this.fileSystem = fileSystem;
    this.file = file;
    this.owner = owner;
    this.beats =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "output-lock");
              thread.setDaemon(true);
              return thread;
            });
    long millis = pace.interval().toMillis();
    var unused = beats.scheduleAtFixedRate(this::beat, millis, millis, TimeUnit.MILLISECONDS);
  }

  /**
   * Takes the lock, waiting as long as it takes to tell whether another owner lives.
   *
   * @throws InputException naming the owner, when it lives
   */
  static OutputLock take(Path file, Configuration configuration, String run) {
    return take(file, configuration, Owner.ofThisProcess(run), Pace.DEFAULT);
  }

  static OutputLock take(Path file, Configuration configuration, Owner owner, Pace pace) {
    try {
      FileSystem fileSystem = file.getFileSystem(configuration);
      while (!created(fileSystem, file, owner)) {
        Optional<Owner> living = living(fileSystem, file, pace);
        if (living.isPresent()) {
          throw new InputException(
              "The output is being written by "
                  + living.get()
                  + ": wait until it ends, or end it. (Its lock is "
                  + file
                  + ".)");
        }
        LOG.warn("Taking over the lock {} of a dead owner: {}", file, read(fileSystem, file));
        fileSystem.delete(file, false);
      }
      // Stores without exclusive creation let two runs get here; the last to write stays.
      Optional<Content> holder = read(fileSystem, file);
      if (holder.isEmpty() || !holder.get().owner().equals(owner)) {
        throw new InputException(
            "Another run took the lock " + file + " at the same moment: start again later.");
      }
      return new OutputLock(fileSystem, file, owner, pace);
    } catch (IOException e) {
      throw Cause.failure("The output cannot be written: " + e, e);
    }
  }

  private static boolean created(FileSystem fileSystem, Path file, Owner owner) throws IOException {
    try (OutputStream out = fileSystem.create(file, false)) {
      out.write(JSON.writeValueAsBytes(new Content(owner, 0)));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      if (fileSystem.exists(file)) {
        return false;
      }
      throw e;
    }
  }

  /** What the lock says; empty when it is gone, or seen half written. */
  private static Optional<Content> read(FileSystem fileSystem, Path file) throws IOException {
    try (InputStream in = fileSystem.open(file)) {
      return Optional.of(JSON.readValue(in.readAllBytes(), Content.class));
    } catch (FileNotFoundException | JacksonException | ChecksumException e) {
      return Optional.empty();
    }
  }

  /** The owner, if it shows itself while this waits. */
  private static Optional<Owner> living(FileSystem fileSystem, Path file, Pace pace)
      throws IOException {
    Optional<Content> seen = Optional.empty();
    long until = System.nanoTime() + pace.patience().toNanos();
    while (System.nanoTime() < until) {
      Optional<Content> now = read(fileSystem, file);
      if (now.isPresent() && now.get().owner().isGone()) {
        return Optional.empty();
      }
      if (now.isPresent() && seen.isPresent() && !now.equals(seen)) {
        return now.map(Content::owner);
      }
      if (now.isEmpty() && !fileSystem.exists(file)) {
        return Optional.empty();
      }
      seen = now.isPresent() ? now : seen;
      try {
        TimeUnit.MILLISECONDS.sleep(Math.max(1, pace.interval().toMillis() / 5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("interrupted").initCause(e);
      }
    }
    return Optional.empty();
  }

  private synchronized void beat() {
    try {
      Optional<Content> found = read(fileSystem, file);
      if (found.isPresent() && !found.get().owner().equals(owner)) {
        thief = found.get().owner();
        return;
      }
      beat++;
      try (OutputStream out = fileSystem.create(file, true)) {
        out.write(JSON.writeValueAsBytes(new Content(owner, beat)));
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("The lock {} could not be renewed: {}", file, e.toString());
    }
  }

  /**
   * Asserts, before something is committed, that no other run took the lock for dead.
   *
   * @throws InputException naming the run that did
   */
  void assertHeld() {
    beat();
    if (thief != null) {
      throw new InputException(
          "This run did not show itself for too long, and " + thief + " took over its output.");
    }
  }

  /** Lets others have the output. */
  @Override
  public void close() {
    beats.shutdownNow();
    synchronized (this) {
      try {
        Optional<Content> found = read(fileSystem, file);
        if (found.isPresent() && found.get().owner().equals(owner)) {
          fileSystem.delete(file, false);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot release " + file, e);
      }
    }
  }
}
