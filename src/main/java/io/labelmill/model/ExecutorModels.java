package io.labelmill.model;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions of this JVM: one per broadcast model and device, opened by the first task that needs
 * it and shared by all. Thread-safe.
 *
 * <p>A session stays open between tasks and waves. It is closed when its job ends in this JVM, when
 * others need its room ({@link SessionLimits}), and when no task has used it for ten minutes, so
 * that an application that goes on doesn't keep it; each time not before its last user is done. A
 * JVM that ends leaves its sessions to the operating system: ONNX Runtime takes its environment
 * down at the same moment, and a session must not be closed after that.
 */
public final class ExecutorModels {
  private static final Logger log = LoggerFactory.getLogger(ExecutorModels.class);
  private static final Duration IDLE = Duration.ofMinutes(10);
  private static final SessionPool<Opened> POOL = new SessionPool<>(System::nanoTime);
  private static final AtomicInteger LOADS = new AtomicInteger();
  private static final Timer IDLE_TIMER = new Timer("idle-models", true);

  /**
   * An open session.
   *
   * @param ownFolder to be removed with the session; null where the files are the driver's
   */
  private record Opened(LoadedModel model, Path ownFolder) implements SessionPool.Session {
    @Override
    public void close() {
      try {
        model.close();
      } finally {
        removeOwnFolder();
      }
    }

    private void removeOwnFolder() {
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
    private final SessionPool<Opened>.Lease lease;

    private Lease(SessionPool<Opened>.Lease lease) {
      this.lease = lease;
    }

    public LoadedModel model() {
      return lease.session().model();
    }

    /** Whether this lease was the one that opened the session. */
    public boolean loaded() {
      return lease.opened();
    }

    @Override
    public void close() {
      lease.close();
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
   * @throws io.labelmill.error.UsageException if a setting of {@link SessionLimits} is wrong
   */
  public static Lease acquire(BroadcastModel broadcast, Device device, int threads)
      throws IOException {
    SparkEnv env = SparkEnv.get();
    return acquire(broadcast, device, threads, env == null ? null : env.conf());
  }

  /** As {@link #acquire(BroadcastModel, Device, int)}, also before Spark runs. */
  public static Lease acquire(BroadcastModel broadcast, Device device, int threads, SparkConf conf)
      throws IOException {
    return acquire(
        broadcast, device, threads, ExecutionProviders.ofThisJvm(), SessionLimits.of(conf));
  }

  static Lease acquire(
      BroadcastModel broadcast,
      Device device,
      int threads,
      ExecutionProviders providers,
      SessionLimits limits)
      throws IOException {
    return new Lease(
        POOL.acquire(
            new SessionPool.Key(broadcast.id(), device),
            broadcast.bundle().bytes(),
            limits,
            () -> open(broadcast, device, threads, providers)));
  }

  private static Opened open(
      BroadcastModel broadcast, Device device, int threads, ExecutionProviders providers)
      throws IOException {
    Path folder = broadcast.localFolder();
    Path own = BroadcastModel.inDriver() ? null : folder;
    Path graph = folder.resolve(broadcast.bundle().graph());
    Opened opened =
        Folders.keptIfDone(
            own, () -> new Opened(LoadedModel.open(graph, device, threads, providers), own));
    LOADS.incrementAndGet();
    return opened;
  }

  /**
   * Asserts before the first task that the settings which say how many sessions stay open can be
   * read.
   *
   * @throws io.labelmill.error.UsageException naming every one that can't
   */
  public static void checkSettings(SparkConf conf) {
    SessionLimits.of(conf);
  }

  /** Sessions opened in this JVM since it started. */
  public static int loads() {
    return LOADS.get();
  }

  /** Sessions open in this JVM for tasks to come. Does not wait for one that is being opened. */
  public static int open() {
    return POOL.open();
  }

  /** Closes the sessions of one broadcast, each when its last user is done. */
  static void close(String broadcastId) {
    POOL.close(key -> key.model().equals(broadcastId));
  }

  /** Closes the sessions that nobody has used for a time. */
  static void closeIdle(Duration time) {
    POOL.closeIdle(time);
  }
}
