package io.labelmill.model;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions of this JVM: one per broadcast model and device, opened by the first task that needs
 * it and shared by all. Thread-safe.
 *
 * <p>A session stays open between tasks and waves. It is closed when its job ends in this JVM, when
 * a task brings another model, and when no task has used it for ten minutes, so that an application
 * that goes on doesn't keep it; each time not before its last user is done. A JVM that ends leaves
 * its sessions to the operating system: ONNX Runtime takes its environment down at the same moment,
 * and a session must not be closed after that.
 */
public final class ExecutorModels {
  private static final Logger log = LoggerFactory.getLogger(ExecutorModels.class);
  private static final Duration IDLE = Duration.ofMinutes(10);

  /** Changed with its own lock held; its size is asked for without, by any thread. */
  private static final Map<Key, Entry> OPEN = new ConcurrentHashMap<>();

  private static final AtomicInteger LOADS = new AtomicInteger();
  private static final Timer IDLE_TIMER = new Timer("idle-models", true);

  private record Key(String broadcastId, Device device) {}

  /** A session and who uses it; guarded by {@link #OPEN}. */
  private static final class Entry {
    private final LoadedModel model;
    private final Path ownFolder;
    private int users;
    private long usedNanos;
    private boolean retired;

    /**
     * @param ownFolder to be removed with the session; null where the files are the driver's
     */
    Entry(LoadedModel model, Path ownFolder) {
      this.model = model;
      this.ownFolder = ownFolder;
    }

    void close() {
      model.close();
      if (ownFolder != null) {
        try {
          Folders.delete(ownFolder);
        } catch (IOException e) {
          // On the executor's scratch disk, which Spark clears.
          log.warn("{} could not be removed: {}", ownFolder, e.getMessage());
        }
      }
    }
  }

  /** The use of a session by one task; closing it leaves the session open for the next. */
  public static final class Lease implements AutoCloseable {
    private final Entry entry;
    private final boolean loaded;
    private boolean closed;

    private Lease(Entry entry, boolean loaded) {
      this.entry = entry;
      this.loaded = loaded;
    }

    public LoadedModel model() {
      return entry.model;
    }

    /** Whether this lease was the one that opened the session. */
    public boolean loaded() {
      return loaded;
    }

    @Override
    public void close() {
      synchronized (OPEN) {
        if (!closed) {
          closed = true;
          entry.users--;
          entry.usedNanos = System.nanoTime();
          if (entry.retired && entry.users == 0) {
            entry.close();
          }
        }
      }
    }
  }

  static {
    IDLE_TIMER.schedule(
        new TimerTask() {
          @Override
          public void run() {
            closeIdle(IDLE);
          }
        },
        IDLE.toMillis() / 10,
        IDLE.toMillis() / 10);
  }

  private ExecutorModels() {}

  /**
   * The session for a model on a device. Tasks that ask while it is being opened wait for it.
   *
   * @param threads of one forward pass, if the session is opened by this call
   * @throws IOException if the model can't be received or opened; nothing is left of it then
   */
  public static Lease acquire(BroadcastModel broadcast, Device device, int threads)
      throws IOException {
    return acquire(broadcast, device, threads, ExecutionProviders.ofThisJvm());
  }

  static Lease acquire(
      BroadcastModel broadcast, Device device, int threads, ExecutionProviders providers)
      throws IOException {
    Key key = new Key(broadcast.id(), device);
    synchronized (OPEN) {
      Entry entry = OPEN.get(key);
      boolean loaded = entry == null;
      if (loaded) {
        retire(open -> !open.broadcastId.equals(broadcast.id()));
        entry = open(broadcast, device, threads, providers);
        OPEN.put(key, entry);
        LOADS.incrementAndGet();
      }
      entry.users++;
      return new Lease(entry, loaded);
    }
  }

  private static Entry open(
      BroadcastModel broadcast, Device device, int threads, ExecutionProviders providers)
      throws IOException {
    Path folder = broadcast.localFolder();
    Path own = BroadcastModel.inDriver() ? null : folder;
    try {
      return new Entry(
          LoadedModel.open(folder.resolve(broadcast.bundle().graph()), device, threads, providers),
          own);
    } catch (IOException | RuntimeException e) {
      if (own != null) {
        Folders.delete(own);
      }
      throw e;
    }
  }

  /** Sessions opened in this JVM since it started. */
  public static int loads() {
    return LOADS.get();
  }

  /** Sessions open in this JVM for tasks to come. Does not wait for one that is being opened. */
  public static int open() {
    return OPEN.size();
  }

  /** Closes the sessions of one broadcast, each when its last user is done. */
  static void close(String broadcastId) {
    synchronized (OPEN) {
      retire(key -> key.broadcastId.equals(broadcastId));
    }
  }

  /** Closes the sessions that nobody has used for a time. */
  static void closeIdle(Duration time) {
    synchronized (OPEN) {
      long now = System.nanoTime();
      retire(
          key -> {
            Entry entry = OPEN.get(key);
            return entry.users == 0 && now - entry.usedNanos >= time.toNanos();
          });
    }
  }

  /** Takes sessions out of use. One under a running pass is closed by its last user. */
  private static void retire(Predicate<Key> condition) {
    List<Key> retired = new ArrayList<>(OPEN.keySet());
    retired.removeIf(condition.negate());
    for (Key key : retired) {
      Entry entry = OPEN.remove(key);
      entry.retired = true;
      if (entry.users == 0) {
        entry.close();
      }
    }
  }
}
