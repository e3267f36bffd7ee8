package io.labelmill.hub;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to download one blob, among the threads and processes that share a cache.
 *
 * <p>The file is the one that the Python client locks. Java can only take POSIX record locks, which
 * on most local file systems don't see Python's {@code flock}; so nothing that is correct may
 * depend on it: both clients download into a file of their own and rename it when it is whole. What
 * the lock saves is downloading twice.
 */
final class CacheLock implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(CacheLock.class);

  private static final long POLL_MILLIS = 100;
  private static final long LOG_MILLIS = 10_000;

  /**
   * One of this JVM's threads at a time opens a lock file: to close any channel on a file gives up
   * all the process's locks on it.
   */
  private static final Map<Path, Semaphore> TURNS = new ConcurrentHashMap<>();

  private final Semaphore turn;
  private final FileChannel channel;

  private CacheLock(Semaphore turn, FileChannel channel) {
    this.turn = turn;
    this.channel = channel;
  }

  /**
   * Waits for the lock, for as long as it takes.
   *
   * @param file made when it is not there; it stays
   * @throws IOException if the file can't be made, or the thread is interrupted
   */
  static CacheLock acquire(Path file) throws IOException {
    Semaphore turn =
        TURNS.computeIfAbsent(file.toAbsolutePath().normalize(), key -> new Semaphore(1));
    try {
      while (!turn.tryAcquire(LOG_MILLIS, TimeUnit.MILLISECONDS)) {
        log.info("Another thread downloads the same file; waiting for {}", file);
      }
      boolean isHeld = false;
      try {
        FileChannel channel = open(file);
        try {
          lock(channel, file);
          isHeld = true;
          return new CacheLock(turn, channel);
        } finally {
          if (!isHeld) {
            channel.close();
          }
        }
      } finally {
        if (!isHeld) {
          turn.release();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for " + file);
    }
  }

  private static FileChannel open(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    boolean isNew = !Files.exists(file);
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (isNew) {
      try {
        // As the Python client does, so that a group can share a cache.
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
      } catch (IOException | UnsupportedOperationException e) {
        log.debug("{} keeps its permissions", file, e);
      }
    }
    return channel;
  }

  private static void lock(FileChannel channel, Path file)
      throws IOException, InterruptedException {
    long waited = 0;
    while (true) {
      try {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return;
        }
      } catch (IOException e) {
        log.warn("{} can't be locked ({}): other processes may download the same", file, e);
        return;
      }
      if (waited % LOG_MILLIS == 0) {
        log.info("Another process downloads the same file; waiting for {}", file);
      }
      Thread.sleep(POLL_MILLIS);
      waited += POLL_MILLIS;
    }
  }

  /** Gives the lock up. */
  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      turn.release();
    }
  }
}
