package io.labelmill.model;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sessions that are open, each for one model and device, and who uses them. Thread-safe.
 *
 * <p>Where another one would go beyond the limits of its device, those are closed that nobody uses,
 * the one first whose last use is longest ago. A session in use is never closed: where all are,
 * there are more for a time, and the next that is given back makes room.
 *
 * @param <S> what is open
 */
final class SessionPool<S extends SessionPool.Session> {
  private static final Logger log = LoggerFactory.getLogger(SessionPool.class);

  private final LongSupplier nanoClock;

  /** Changed by the holder of this pool's lock alone; read by any thread. */
  private final Map<Key, Entry<S>> entries = new ConcurrentHashMap<>();

  /** What a session is for. */
  record Key(String model, Device device) {}

  /** What a pool closes. */
  interface Session extends AutoCloseable {
    @Override
    void close();
  }

  /** Opens a session. */
  interface Opening<S> {
    S open() throws IOException;
  }

  /** Numbers are guarded by the pool's lock; the session is opened under the entry's own. */
  private static final class Entry<S> {
    private final Key key;
    private final long bytes;
    private volatile S session;
    private int users;
    private long usedNanos;
    private boolean retired;

    Entry(Key key, long bytes) {
      this.key = key;
      this.bytes = bytes;
    }
  }

  /** The use of a session; closing it leaves the session open for the next. */
  final class Lease implements AutoCloseable {
    private final Entry<S> entry;
    private final SessionLimits limits;
    private final boolean opened;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Lease(Entry<S> entry, SessionLimits limits, boolean opened) {
      this.entry = entry;
      this.limits = limits;
      this.opened = opened;
    }

    S session() {
      return entry.session;
    }

    /** Whether this lease was the one that opened the session. */
    boolean opened() {
      return opened;
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        release(entry, limits);
      }
    }
  }

  SessionPool(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /**
   * The session for a key. Who asks while it is being opened waits; who asks for another does not.
   *
   * @param bytes that the session takes
   * @param limits of the key's device
   * @throws IOException if it can't be opened; nothing is left of it then
   */
  Lease acquire(Key key, long bytes, SessionLimits limits, Opening<S> opening) throws IOException {
    Entry<S> entry;
    List<S> surplus;
    synchronized (this) {
      entry = entries.computeIfAbsent(key, absent -> new Entry<>(key, bytes));
      entry.users++;
      surplus = surplus(key.device, limits);
    }
    boolean opened = false;
    try {
      // Before the new one is opened, so that they need not fit beside it.
      closeAll(surplus);
      synchronized (entry) {
        if (entry.session == null) {
          entry.session = opening.open();
          opened = true;
        }
      }
      return new Lease(entry, limits, opened);
    } catch (IOException | RuntimeException | Error e) {
      release(entry, limits);
      throw e;
    }
  }

  private void release(Entry<S> entry, SessionLimits limits) {
    List<S> unwanted = new ArrayList<>();
    synchronized (this) {
      entry.users--;
      entry.usedNanos = nanoClock.getAsLong();
      if (entry.users == 0 && entry.session == null) {
        entries.remove(entry.key, entry);
      } else if (entry.users == 0 && entry.retired) {
        unwanted.add(entry.session);
      }
      unwanted.addAll(surplus(entry.key.device, limits));
    }
    // Outside of the lock: freeing a model takes a moment, for which nobody else need wait.
    closeAll(unwanted);
  }

  /** What nobody uses any more fails nobody, and keeps no other open. */
  private static void closeAll(List<? extends Session> unwanted) {
    for (Session session : unwanted) {
      try {
        session.close();
      } catch (RuntimeException e) {
        log.warn("A session could not be closed, and its memory may stay in use", e);
      }
    }
  }

  /** Takes out what is beyond the limits of a device and used by nobody. */
  private List<S> surplus(Device device, SessionLimits limits) {
    List<Entry<S>> onDevice =
        new ArrayList<>(
            entries.values().stream().filter(entry -> entry.key.device.equals(device)).toList());
    onDevice.sort(Comparator.comparingLong(entry -> entry.usedNanos));
    int sessions = onDevice.size();
    long bytes = onDevice.stream().mapToLong(entry -> entry.bytes).sum();
    List<S> surplus = new ArrayList<>();
    for (Entry<S> entry : onDevice) {
      boolean fits = sessions <= limits.sessions() && (bytes <= limits.bytes() || sessions == 1);
      if (!fits && entry.users == 0) {
        entries.remove(entry.key);
        surplus.add(entry.session);
        sessions--;
        bytes -= entry.bytes;
      }
    }
    return surplus;
  }

  /** Sessions that are open for uses to come. Does not wait for one that is being opened. */
  int open() {
    return (int) entries.values().stream().filter(entry -> entry.session != null).count();
  }

  /** Closes the sessions of some keys, each when its last user is done. */
  void close(Predicate<Key> condition) {
    retire(entry -> condition.test(entry.key));
  }

  /** Closes the sessions that nobody has used for a time. */
  void closeIdle(Duration time) {
    long now = nanoClock.getAsLong();
    retire(entry -> entry.users == 0 && now - entry.usedNanos >= time.toNanos());
  }

  private void retire(Predicate<Entry<S>> condition) {
    List<S> unwanted = new ArrayList<>();
    synchronized (this) {
      for (Entry<S> entry : List.copyOf(entries.values())) {
        if (condition.test(entry)) {
          entries.remove(entry.key);
          entry.retired = true;
          if (entry.users == 0) {
            unwanted.add(entry.session);
          }
        }
      }
    }
    closeAll(unwanted);
  }
}
