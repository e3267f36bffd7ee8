package io.labelmill.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions of this JVM: one per broadcast model and device, opened by the first task that needs
 * it and shared by all. Thread-safe.
 *
 * <p>A session stays open between tasks and waves. It is closed when its job ends in this JVM, when
 * a task brings another model and nobody uses the old one, and at the latest when the JVM shuts
 * down.
 */
public final class ExecutorModels {
  private static final Logger log = LoggerFactory.getLogger(ExecutorModels.class);
  private static final Map<Key, Entry> OPEN = new HashMap<>();
  private static final AtomicInteger LOADS = new AtomicInteger();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(ExecutorModels::closeIdle, "close-models"));
  }

  private record Key(String broadcastId, Device device) {}

  private static final class Entry {
    private final LoadedModel model;
    private final Path ownFolder;
    private int users;

    /**
     * @param ownFolder to be removed with the session; null where the files are the driver's
     */
    Entry(LoadedModel model, Path ownFolder) {
      this.model = model;
      this.ownFolder = ownFolder;
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
        }
      }
    }
  }

  private ExecutorModels() {}

  /**
   * The session for a model on a device. Tasks that ask while it is being opened wait for it.
   *
   * @param threads of one forward pass, if the session is opened by this call
   */
  public static Lease acquire(BroadcastModel broadcast, Device device, int threads)
      throws IOException {
    Key key = new Key(broadcast.id(), device);
    synchronized (OPEN) {
      Entry entry = OPEN.get(key);
      boolean loaded = false;
      if (entry == null) {
        closeOthers(broadcast.id());
        Path folder = broadcast.localFolder();
        LoadedModel model =
            LoadedModel.open(folder.resolve(broadcast.bundle().graph()), device, threads);
        entry = new Entry(model, BroadcastModel.inDriver() ? null : folder);
        OPEN.put(key, entry);
        LOADS.incrementAndGet();
        loaded = true;
      }
      entry.users++;
      return new Lease(entry, loaded);
    }
  }

  /** Sessions opened in this JVM since it started. */
  public static int loads() {
    return LOADS.get();
  }

  /** Sessions open in this JVM. */
  public static int open() {
    synchronized (OPEN) {
      return OPEN.size();
    }
  }

  /** Closes the sessions of one broadcast that no task uses. */
  static void close(String broadcastId) throws IOException {
    synchronized (OPEN) {
      closeIf(key -> key.broadcastId.equals(broadcastId));
    }
  }

  private static void closeOthers(String broadcastId) throws IOException {
    closeIf(key -> !key.broadcastId.equals(broadcastId));
  }

  private static void closeIdle() {
    synchronized (OPEN) {
      try {
        closeIf(key -> true);
      } catch (IOException e) {
        log.warn("A model's scratch folder could not be removed: {}", e.getMessage());
      }
    }
  }

  /** A session in use is left alone: closing it under a running pass would crash the JVM. */
  private static void closeIf(java.util.function.Predicate<Key> condition) throws IOException {
    var entries = OPEN.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<Key, Entry> next = entries.next();
      if (condition.test(next.getKey()) && next.getValue().users == 0) {
        entries.remove();
        next.getValue().model.close();
        if (next.getValue().ownFolder != null) {
          Folders.delete(next.getValue().ownFolder);
        }
      }
    }
  }
}
