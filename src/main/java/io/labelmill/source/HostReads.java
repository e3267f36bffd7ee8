package io.labelmill.source;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;

/**
 * The reads that all tasks of a JVM have in flight, by host: no more at once than a host is to
 * bear, and none at all once so many never came back that the host, or the mount, must be taken for
 * dead. A read that is stuck in the operating system cannot be ended, and keeps its thread. Safe
 * for use by several threads.
 */
final class HostReads {
  /** That of all tasks. */
  static final HostReads SHARED = new HostReads(ReadAhead.READERS, 32);

  /**
   * Of a host of the web, which need not be made for many; stores are. An executor of 16 cores
   * would ask it for 512 images at once.
   */
  static final int DEFAULT_OF_WEB_HOST = 32;

  private final Executor threads;
  private final int mostStuck;
  private final Map<String, Host> hosts = new ConcurrentHashMap<>();

  /**
   * @param mostStuck reads of a host that were given up and go on, above which no further one
   *     begins
   */
  HostReads(Executor threads, int mostStuck) {
    this.threads = threads;
    this.mostStuck = mostStuck;
  }

  /**
   * Reads something as soon as its host has room.
   *
   * @param location as Hadoop opens it, or an address
   * @param most in flight at its host; empty: 32 of a host of the web, any number of a store
   */
  <T> Read<T> submit(String location, OptionalInt most, Callable<T> reading) {
    String name = StoreName.of(location);
    int limit =
        most.orElse(AllowedHosts.isHttp(location) ? DEFAULT_OF_WEB_HOST : Integer.MAX_VALUE);
    List<Read<T>> added = new ArrayList<>(1);
    // Added while the map holds the host, so that it is not forgotten in between.
    Host host =
        hosts.compute(
            name,
            (key, known) -> {
              Host one = known == null ? new Host(key) : known;
              added.add(one.add(reading, limit));
              return one;
            });
    host.startWhatMay();
    return added.get(0);
  }

  /** A table may name any number of hosts: those that nobody reads from are forgotten. */
  private void forget(String name) {
    hosts.computeIfPresent(name, (key, host) -> host.isIdle() ? null : host);
  }

  int known() {
    return hosts.size();
  }

  private final class Host {
    private final String name;
    private final Queue<Read<?>> waiting = new ArrayDeque<>();
    private int limit;
    private int running;
    private int stuck;

    Host(String name) {
      this.name = name;
    }

    synchronized <T> Read<T> add(Callable<T> reading, int most) {
      Read<T> read = new Read<>(this, reading);
      limit = most;
      waiting.add(read);
      return read;
    }

    synchronized boolean isIdle() {
      return waiting.isEmpty() && running == 0 && stuck == 0;
    }

    void forgetIfIdle() {
      if (isIdle()) {
        forget(name);
      }
    }

    /** Threads are asked for outside of the lock: they may begin in that of the caller. */
    void startWhatMay() {
      for (Read<?> next = next(); next != null; next = next()) {
        try {
          threads.execute(next);
        } catch (RuntimeException | Error e) {
          next.refused(e);
        }
      }
    }

    private synchronized Read<?> next() {
      while (!waiting.isEmpty() && (running < limit || stuck >= mostStuck)) {
        Read<?> read = waiting.remove();
        if (!read.isDone()) {
          running++;
          return read;
        }
      }
      return null;
    }

    private synchronized void check() throws ImageException {
      if (stuck >= mostStuck) {
        throw new ImageException(
            Status.TIMED_OUT,
            "It was not read: %d reads of %s never came back".formatted(stuck, name));
      }
    }

    /** One that never began to run. */
    synchronized void refused() {
      running--;
    }

    /** One that was given up has left the place of a running read, and goes on as a stuck one. */
    synchronized void gaveUp() {
      running--;
      stuck++;
    }

    synchronized void ended(Read<?> read) {
      if (read.wasGivenUp) {
        stuck--;
      } else {
        running--;
      }
    }
  }

  /** One read. Cancel it to give it up. */
  static final class Read<T> extends FutureTask<T> {
    private final Host host;
    private boolean isRunning;
    private boolean wasGivenUp;
    private volatile long startedNanos;
    private volatile boolean isStarted;

    private Read(Host host, Callable<T> reading) {
      super(
          () -> {
            host.check();
            return reading.call();
          });
      this.host = host;
    }

    /** Since when its host has it, from {@link System#nanoTime}; now for one that waits yet. */
    long startedNanos() {
      return isStarted ? startedNanos : System.nanoTime();
    }

    @Override
    public void run() {
      startedNanos = System.nanoTime();
      isStarted = true;
      synchronized (host) {
        isRunning = true;
      }
      try {
        super.run();
      } finally {
        synchronized (host) {
          isRunning = false;
          host.ended(this);
        }
        host.startWhatMay();
        host.forgetIfIdle();
      }
    }

    /** Ends a read that got no thread: nobody else would, and its time only begins with one. */
    private void refused(Throwable failure) {
      if (isStarted) {
        throw new IllegalStateException("a read that began was refused", failure);
      }
      host.refused();
      setException(
          new ImageException(
              Status.READ_FAILED,
              "It was not read, since no thread could be started for it ("
                  + failure.getMessage()
                  + "): allow executors more processes (limits of the user, of the container)."));
      host.forgetIfIdle();
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
      boolean isCancelled = super.cancel(mayInterrupt);
      synchronized (host) {
        if (isCancelled && isRunning) {
          wasGivenUp = true;
          host.gaveUp();
        }
      }
      if (isCancelled) {
        host.startWhatMay();
      }
      return isCancelled;
    }
  }
}
