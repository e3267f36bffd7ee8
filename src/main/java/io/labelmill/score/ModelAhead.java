package io.labelmill.score;

import io.labelmill.hub.DownloadProgress;
import io.labelmill.hub.HubName;
import io.labelmill.model.BroadcastModel;
import io.labelmill.model.Device;
import io.labelmill.model.ExecutorModels;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.ModelSource;
import io.labelmill.model.Shares;
import io.labelmill.model.TaskDevices;
import io.labelmill.sink.IfExists;
import io.labelmill.table.Location;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model of a job on its way: opened and checked, built, and where tasks run in this JVM, its
 * session opened.
 *
 * <p>{@link #begin} takes these steps one after the other on a thread of its own, for on this
 * machine Spark takes as long to start as they do, and leaves all cores but one idle. A step that
 * was not begun is taken by the thread that asks for its outcome. Besides its own, one thread uses
 * it.
 */
public final class ModelAhead implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(ModelAhead.class);

  /** A session of a large model is open by then. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  private final SparkConf conf;
  private final Configuration configuration;
  private final ScoreOptions options;
  private final FutureTask<PreparedModel> opening;
  private final FutureTask<ModelBundle> building;
  private final FutureTask<Optional<Loaded>> loading;
  private final Thread thread = new Thread(this::run, "model-ahead");
  private volatile DownloadProgress progress = DownloadProgress.NONE;

  /** Guarded by this, as the two below. */
  private boolean begun;

  private boolean ended;
  private boolean closed;

  /** A session that is open for the tasks to come, and how long that took. */
  record Loaded(BroadcastModel model, Device device, long nanos) {}

  /**
   * Does nothing yet.
   *
   * @param conf of the Spark that runs, or is about to
   * @param configuration with which that Spark reads files
   */
  public ModelAhead(SparkConf conf, Configuration configuration, ScoreOptions options) {
    this.conf = conf;
    this.configuration = configuration;
    this.options = options;
    opening = new FutureTask<>(this::open);
    building = new FutureTask<>(() -> outcome(opening).build());
    loading = new FutureTask<>(this::load);
    thread.setDaemon(true);
  }

  /** The model of a job whose Spark runs. */
  static ModelAhead of(SparkSession spark, ScoreOptions options) {
    return new ModelAhead(
        spark.sparkContext().conf(), spark.sparkContext().hadoopConfiguration(), options);
  }

  /**
   * Begins, where that is sure to be of use: not on a cluster, whose scratch disk is not known yet,
   * nor with a model of the hub or of a store, whose download is to be seen or may not come, nor
   * for a run that resumes and may find nothing to do.
   *
   * @return whether it began
   */
  public synchronized boolean begin() {
    begun =
        TaskDevices.areInThisJvm(conf)
            && options.output().ifExists() != IfExists.RESUME
            && isOnDisks(options.model());
    if (begun) {
      thread.start();
    }
    return begun;
  }

  private boolean isOnDisks(ScoreOptions.Model model) {
    return !HubName.isHubName(model.folder())
        && Stream.of(Optional.of(model.folder()), model.processor(), model.labels(), model.head())
            .flatMap(Optional::stream)
            .allMatch(place -> Location.of(place).isLocal(configuration));
  }

  private void run() {
    for (FutureTask<?> step : new FutureTask<?>[] {opening, building, loading}) {
      if (!isClosed()) {
        step.run();
      }
    }
    synchronized (this) {
      ended = true;
      if (closed) {
        free();
      }
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private PreparedModel open() throws IOException {
    Shares<String, ModelSource> own = new Shares<>();
    ScoreOptions.Model model = options.model();
    return PreparedModel.open(
        conf,
        model,
        options.rows(),
        options.execution(),
        () ->
            own.share(
                model.folder(), () -> PreparedModel.source(conf, configuration, model, progress)));
  }

  /** A session that can't be opened is left to the first task, which tries again and says why. */
  private Optional<Loaded> load() throws IOException {
    Optional<Device> device = outcome(opening).devices().ofThisJvm(conf);
    if (device.isEmpty()) {
      return Optional.empty();
    }
    BroadcastModel model = BroadcastModel.inDriver(outcome(building));
    long start = System.nanoTime();
    try {
      // Given back, it stays open for the tasks.
      ExecutorModels.acquire(model, device.get(), conf.getInt("spark.task.cpus", 1), conf).close();
      return Optional.of(new Loaded(model, device.get(), System.nanoTime() - start));
    } catch (IOException | RuntimeException | LinkageError e) {
      log.debug("No session was opened ahead of the tasks", e);
      return Optional.empty();
    }
  }

  /**
   * The model, opened and checked.
   *
   * @param download told of a download from the hub
   * @throws io.labelmill.error.UserException as {@link PreparedModel#open}
   * @throws IOException as {@link PreparedModel#open}
   */
  PreparedModel prepared(DownloadProgress download) throws IOException {
    progress = download;
    return outcome(opening);
  }

  /**
   * The graph that gives what the rows need.
   *
   * @throws io.labelmill.error.InputException as {@link PreparedModel#build()}
   */
  ModelBundle bundle() throws IOException {
    return outcome(building);
  }

  /**
   * The graph on its way to the tasks; whoever asks closes it.
   *
   * @param counters told of a session that is open already
   */
  BroadcastModel broadcast(JavaSparkContext spark, JobCounters counters) throws IOException {
    Optional<Loaded> loaded = awaitSession();
    loaded.ifPresent(session -> counters.modelLoad(session.device(), session.nanos()));
    return loaded.isPresent() ? loaded.get().model() : BroadcastModel.of(spark, bundle());
  }

  /** The session that was begun; empty where there is none, or it can't be opened. */
  Optional<Loaded> awaitSession() throws IOException {
    synchronized (this) {
      if (!begun) {
        return Optional.empty();
      }
    }
    return outcome(loading);
  }

  private static <T> T outcome(FutureTask<T> step) throws IOException {
    step.run();
    try {
      return step.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the model was made ready");
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    }
  }

  /** Steps throw what they declare, or what is unchecked. */
  private static IOException rethrown(Throwable cause) throws IOException {
    if (cause instanceof RuntimeException failure) {
      throw failure;
    }
    if (cause instanceof Error failure) {
      throw failure;
    }
    return (IOException) cause;
  }

  /**
   * Frees what all steps hold, once its thread has ended the step that it is at. That is waited
   * for, but not for long: a disk that does not answer keeps nobody from hearing what else is
   * wrong.
   */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    try {
      thread.join(LONGEST_WAIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      if (ended || !begun) {
        free();
      }
    }
  }

  /** For tests: until its thread has ended. */
  void awaitEnd() throws InterruptedException {
    thread.join();
  }

  private void free() {
    had(loading).flatMap(loaded -> loaded).ifPresent(session -> session.model().close());
    had(opening).ifPresent(PreparedModel::close);
  }

  /** The outcome of a step that was taken, and did not fail. */
  private static <T> Optional<T> had(FutureTask<T> step) {
    try {
      return step.isDone() ? Optional.of(outcome(step)) : Optional.empty();
    } catch (IOException | RuntimeException | Error e) {
      return Optional.empty();
    }
  }
}
