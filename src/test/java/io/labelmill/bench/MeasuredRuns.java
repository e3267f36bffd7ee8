package io.labelmill.bench;

import io.labelmill.TestOptions;
import io.labelmill.option.Settings;
import io.labelmill.score.Progress;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreResult;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.SourceOptions;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * Runs over {@link GeneratedImages} with an executor in a process of its own, and what each costs:
 * time, processor time of driver and executor, memory of both.
 */
final class MeasuredRuns implements AutoCloseable {
  private static final int LOOK_SECONDS = 5;

  private final Path folder;
  private final SparkSession spark;
  private final AtomicLong live = new AtomicLong();
  private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor();

  /**
   * What a run took.
   *
   * @param rows that it scored
   * @param driverLive largest heap of the driver that outlived a full collection, bytes
   */
  record Cost(long rows, Duration time, Duration driverCpu, Duration executorCpu, long driverLive) {
    /** Milliseconds of all processors for each image that this run has more than another. */
    double cpuMillisPerImage(Cost smaller) {
      Duration cpu = driverCpu.plus(executorCpu);
      return cpu.minus(smaller.driverCpu).minus(smaller.executorCpu).toNanos()
          / 1e6
          / (rows - smaller.rows);
    }

    @Override
    public String toString() {
      return "%,d images scored in %.1f s; processors: driver %.1f s, executor %.1f s; live heap of the driver at most %d MB"
          .formatted(
              rows,
              time.toMillis() / 1e3,
              driverCpu.toMillis() / 1e3,
              executorCpu.toMillis() / 1e3,
              driverLive >> 20);
    }
  }

  /**
   * @param folder of the model, of tables and of what Spark keeps meanwhile
   */
  MeasuredRuns(Path folder) {
    this.folder = folder;
    spark =
        SparkSession.builder()
            .master("local-cluster[1,2,2560]")
            .appName("scale")
            .config("spark.executor.memory", "2560m")
            .config("spark.executor.extraClassPath", classPath())
            .config("spark.hadoop.fs.made.impl", GeneratedImages.class.getName())
            .config("spark.local.dir", folder.resolve("scratch").toString())
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate();
    var unused = looks.scheduleAtFixedRate(this::look, 0, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  /** This JVM's, for executors that run in folders of their own. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  SparkSession spark() {
    return spark;
  }

  Path table(String name) {
    return folder.resolve(name);
  }

  Path model() {
    return folder.resolve("model");
  }

  /** Only what outlives a full collection tells runs of different lengths apart. */
  private void look() {
    System.gc();
    live.accumulateAndGet(
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(), Math::max);
  }

  /** Scores, and prints what it took. */
  Cost score(String input, String table, IfExists ifExists) throws IOException {
    live.set(0);
    long start = System.nanoTime();
    Duration driver = driverCpu();
    Duration executor = executorCpu();
    ScoreResult result =
        ScoreJob.run(
            spark,
            TestOptions.score(
                model().toString(),
                new Settings()
                    .with(SourceOptions.INPUT, List.of(input))
                    .with(SourceOptions.INPUT_FORMAT, "images")
                    .as(SourceOptions::read),
                OutputOptions.of(table(table).toString(), ifExists),
                OptionalLong.empty()),
            Progress.SILENT);
    look();
    Cost cost =
        new Cost(
            result.counts().rows(),
            Duration.ofNanos(System.nanoTime() - start),
            driverCpu().minus(driver),
            executorCpu().minus(executor),
            live.get());
    System.out.println(input + ": " + cost);
    String record = Files.readString(Path.of(result.runRecord().replace("file:", "")));
    System.out.println(
        record
            .replaceFirst("(?s).*\"progress\"", "\"progress\"")
            .replaceFirst("(?s)\"platform\".*", ""));
    printFiles(table);
    printMemory();
    return cost;
  }

  private static Duration driverCpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private static Duration executorCpu() {
    return ProcessHandle.current()
        .descendants()
        .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
        .reduce(Duration.ZERO, Duration::plus);
  }

  private void printFiles(String table) throws IOException {
    try (Stream<Path> files = Files.walk(table(table))) {
      List<Path> data = files.filter(file -> file.toString().endsWith(".parquet")).toList();
      long bytes = 0;
      for (Path file : data) {
        bytes += Files.size(file);
      }
      System.out.printf("table: %,d files, %,d MB%n", data.size(), bytes >> 20);
    }
  }

  private static void printMemory() {
    System.out.println("driver: " + highWater(ProcessHandle.current()));
    ProcessHandle.current()
        .descendants()
        .forEach(process -> System.out.println("executor: " + highWater(process)));
  }

  private static String highWater(ProcessHandle process) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
      return lines.filter(line -> line.startsWith("VmHWM")).findFirst().orElse("no VmHWM");
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  public void close() {
    looks.shutdownNow();
    spark.stop();
  }
}
