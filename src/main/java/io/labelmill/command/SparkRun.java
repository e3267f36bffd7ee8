package io.labelmill.command;

import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.hub.HubName;
import io.labelmill.model.TaskDevices;
import io.labelmill.option.Option;
import io.labelmill.sink.MagicCommitter;
import io.labelmill.source.Glob;
import io.labelmill.source.StoreProbe;
import io.labelmill.table.Location;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.scheduler.TaskSchedulerImpl;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;
import scala.collection.Iterator;

/**
 * Spark while a command runs. A session that is there already, as in a notebook, is used and left
 * running; one that is started here ends with {@link #close}.
 */
final class SparkRun implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SparkRun.class);

  /** All cores of this machine. */
  private static final String LOCAL = "local[*]";

  /**
   * How much Spark's pages remember of what has ended. By its own defaults the driver keeps every
   * task, 1.4 kB of heap each with its named accumulators, of 1,000 stages: some 30 waves of 25,000
   * tasks fill 1 GB, with or without pages. Of these at most 30,000 tasks stay.
   */
  static final Map<String, String> RETAINED =
      Map.of(
          "spark.ui.retainedJobs", "100",
          "spark.ui.retainedStages", "30",
          "spark.ui.retainedTasks", "1000",
          "spark.sql.ui.retainedExecutions", "30");

  /** So long a session waits for tasks of jobs that are cancelled, before it stops. */
  private static final Duration LONGEST_END = Duration.ofSeconds(10);

  private final SparkSession session;
  private final boolean isOurs;

  private SparkRun(SparkSession session, boolean isOurs) {
    this.session = session;
    this.isOurs = isOurs;
  }

  /**
   * Starts Spark as spark-submit or system properties configured it; on this machine with all its
   * cores where they say nothing.
   *
   * @param name of the application, unless it has one
   * @throws UsageException for settings with which no task would ever start
   */
  static SparkRun start(String name) {
    return start(settings(name));
  }

  /** As {@link #start(String)}, with what {@link #settings} gave. */
  static SparkRun start(SparkConf settings) {
    Optional<SparkSession> running = running();
    if (running.isPresent()) {
      announce(running.get().sparkContext().master());
      return new SparkRun(running.get(), false);
    }
    return started(settings);
  }

  /** The configuration of the Spark that runs, or that {@link #start} would start. */
  private static SparkConf settings(String name) {
    Optional<SparkSession> running = running();
    if (running.isPresent()) {
      return running.get().sparkContext().conf();
    }
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.master", LOCAL);
    TaskDevices.refuseGpusOfLocalMaster(conf);
    conf.setIfMissing("spark.app.name", name);
    // Our own progress says more, and two on one line are illegible.
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    // A wave's plan is small and lies on one or two hosts. Spark would start all tasks there and
    // let the other hosts wait for three seconds of each wave.
    conf.setIfMissing("spark.shuffle.reduceLocality.enabled", "false");
    RETAINED.forEach(conf::setIfMissing);
    return conf;
  }

  /**
   * As {@link #start(String)}, unless something that is to be read is not there.
   *
   * @param read as for {@link #settings(String, List)}
   * @throws InputException naming each that is no place of this machine's disks
   */
  static SparkRun start(String name, List<StoreProbe.Place> read) {
    return start(settings(name, read));
  }

  /**
   * The configuration of the Spark that runs, or of the one to start, unless something that is to
   * be read is not there: a Spark takes seconds to start, and minutes on a busy cluster.
   *
   * @param name of the application, unless it has one
   * @param read what options name: files, folders, globs, tables, or names at the hub
   * @throws InputException naming each that is no place of this machine's disks
   */
  static SparkConf settings(String name, List<StoreProbe.Place> read) {
    if (!isRunning()) {
      List<String> missing =
          read.stream()
              .filter(place -> !mayBeThere(place.uri()))
              .map(
                  place ->
                      "%s %s does not exist, as seen from the driver"
                          .formatted(place.option(), place.uri()))
              .distinct()
              .toList();
      if (!missing.isEmpty()) {
        throw new InputException(missing);
      }
    }
    return settings(name);
  }

  /** Where options of a command line point, as far as they are given. */
  static List<StoreProbe.Place> places(Arguments arguments, Option<?>... options) {
    return Stream.of(options)
        .flatMap(
            option ->
                arguments.given(option).stream()
                    .flatMap(given -> given.texts().stream())
                    .map(uri -> new StoreProbe.Place(option.name(), uri)))
        .toList();
  }

  /** Whether something is there, or another has to find out. */
  private static boolean mayBeThere(String given) {
    if (HubName.isHubName(given) || Location.of(given).isCatalog() || Glob.isGlob(given)) {
      return true;
    }
    try {
      Path place = Location.of(given).hadoop();
      FileSystem files = place.getFileSystem(hadoopConfiguration());
      return !files.getUri().getScheme().equals("file") || files.exists(place);
    } catch (IOException | IllegalArgumentException e) {
      // What it is about is told by the one who opens it.
      return true;
    }
  }

  /**
   * Starts Spark in this JVM with so many task slots, and nothing to listen on.
   *
   * @throws UsageException when Spark runs here already: it has slots of its own number
   */
  static SparkRun local(String name, int slots) {
    if (isRunning() || running(SparkSession.getActiveSession()).isPresent()) {
      throw new UsageException(
          name + " starts a Spark of its own, but one runs in this process: start it from a shell");
    }
    SparkConf conf =
        new SparkConf()
            .setMaster("local[" + slots + "]")
            .setAppName(name)
            .set("spark.ui.enabled", "false")
            .set("spark.ui.showConsoleProgress", "false");
    return started(conf);
  }

  /** The master of the session that {@link #start} would give. */
  static String master() {
    return running()
        .map(session -> session.sparkContext().master())
        .orElseGet(() -> new SparkConf().get("spark.master", LOCAL));
  }

  /** Whether {@link #start} takes a session that is there: then no start of Spark can be saved. */
  static boolean isRunning() {
    return running().isPresent();
  }

  private static Optional<SparkSession> running() {
    return running(SparkSession.getDefaultSession());
  }

  private static Optional<SparkSession> running(scala.Option<SparkSession> session) {
    return session.isDefined() && !session.get().sparkContext().isStopped()
        ? Optional.of(session.get())
        : Optional.empty();
  }

  private static SparkRun started(SparkConf conf) {
    MagicCommitter.settings().forEach(conf::setIfMissing);
    // Kryo, which clusters set for all their jobs, can't write records; rows are in Spark's own
    // form.
    conf.set("spark.serializer", "org.apache.spark.serializer.JavaSerializer");
    // Before Spark starts: if it can't, one wants to know what it was.
    announce(conf.get("spark.master"));
    SparkSession session = SparkSession.builder().config(conf).getOrCreate();
    ExecutorWatch watch =
        new ExecutorWatch((reason, job) -> session.sparkContext().cancelJob(job, reason));
    watch.begin();
    session.sparkContext().addSparkListener(watch);
    return new SparkRun(session, true);
  }

  private static void announce(String master) {
    log.info("{}, master {}", Program.banner(), master);
  }

  /**
   * Hadoop's settings as the session that {@link #start} would give has them. Who opens a store
   * with others keeps them for the whole process, since Hadoop opens it once.
   */
  static Configuration hadoopConfiguration() {
    return running()
        .map(session -> session.sparkContext().hadoopConfiguration())
        .orElseGet(() -> SparkHadoopUtil.get().newConfiguration(new SparkConf()));
  }

  SparkSession session() {
    return session;
  }

  @Override
  public void close() {
    if (isOurs) {
      endTasks(session.sparkContext());
      session.stop();
    }
  }

  /**
   * A job that fails leaves tasks behind that only learn of it. Where these end while Spark stops,
   * it shows stack traces of a {@code RejectedExecutionException}, since it still hands their ends
   * to threads that it has stopped.
   */
  private static void endTasks(SparkContext context) {
    if (context.isStopped()) {
      return;
    }
    context.cancelAllJobs();
    long until = System.nanoTime() + LONGEST_END.toNanos();
    while (runsTasks(context) && System.nanoTime() < until) {
      try {
        TimeUnit.MILLISECONDS.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** As the scheduler knows it, which listeners and Spark's pages learn later. */
  private static boolean runsTasks(SparkContext context) {
    boolean runs = false;
    if (context.taskScheduler() instanceof TaskSchedulerImpl scheduler) {
      Iterator<Tuple2<String, Object>> executors = scheduler.runningTasksByExecutors().iterator();
      while (executors.hasNext()) {
        runs |= (Integer) executors.next()._2() > 0;
      }
    }
    return runs;
  }
}
