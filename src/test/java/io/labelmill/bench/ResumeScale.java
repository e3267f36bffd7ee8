package io.labelmill.bench;

import io.labelmill.TestCheckpoints;
import io.labelmill.decode.Orientation;
import io.labelmill.score.Activation;
import io.labelmill.score.Progress;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreResult;
import io.labelmill.score.Scores;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.SourceOptions;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * What resume costs over many images: time, memory of the driver and of an executor in a process of
 * its own. Images are {@link GeneratedImages}, the table that is there is made from the row of one.
 *
 * <pre>{@code
 * cp=target/test-classes:target/classes:$(cat CLASS_PATH_OF_TESTS)
 * export SPARK_HOME=$(mktemp -d) SPARK_SCALA_VERSION=2.13 SPARK_LOCAL_IP=127.0.0.1
 * mkdir $SPARK_HOME/jars
 * java @conf/spark-jvm.options -Xmx1g -cp $cp io.labelmill.bench.ResumeScale make FOLDER 1000000 500000
 * java @conf/spark-jvm.options -Xmx1g -cp $cp io.labelmill.bench.ResumeScale run FOLDER 1000000
 * }</pre>
 *
 * <p>{@code make} lays out a table of so many images, the second number; {@code run} resumes over
 * all, the first one. With equal numbers that is the night on which nothing is new.
 */
public final class ResumeScale {
  private static final long ROWS_PER_FILE = 1_000_000;

  private ResumeScale() {}

  /** {@code make FOLDER IMAGES KNOWN} or {@code run FOLDER IMAGES}. */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[1]);
    long images = Long.parseLong(args[2]);
    AtomicLong afterCollection = new AtomicLong();
    watchHeap(afterCollection);
    try (SparkSession spark = spark(folder)) {
      long start = System.nanoTime();
      if (args[0].equals("make")) {
        make(spark, folder, images, Long.parseLong(args[3]));
      } else {
        ScoreResult result = score(spark, folder, "made:///n" + images);
        System.out.printf(
            "scored %,d of %,d images, %.1f images/s%n",
            result.counts().rows(), images, result.imagesPerSecond());
        System.out.println(Files.readString(Path.of(result.runRecord().replace("file:", ""))));
      }
      System.out.printf("%.1f s%n", (System.nanoTime() - start) / 1e9);
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      System.out.printf(
          "driver: heap after collections at most %d MB, at the end %d MB, %s%n",
          afterCollection.get() >> 20,
          (runtime.totalMemory() - runtime.freeMemory()) >> 20,
          highWater(ProcessHandle.current()));
      ProcessHandle.current()
          .descendants()
          .forEach(process -> System.out.println("executor: " + highWater(process)));
      files(folder);
    }
  }

  private static void watchHeap(AtomicLong most) {
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      ((NotificationEmitter) collector)
          .addNotificationListener(
              (notification, handback) -> {
                CompositeData info =
                    (CompositeData) ((CompositeData) notification.getUserData()).get("gcInfo");
                long used = 0;
                for (Object pool :
                    ((javax.management.openmbean.TabularData) info.get("memoryUsageAfterGc"))
                        .values()) {
                  CompositeData entry = (CompositeData) pool;
                  if (entry.get("key").toString().startsWith("G1")) {
                    used += (Long) ((CompositeData) entry.get("value")).get("used");
                  }
                }
                most.accumulateAndGet(used, Math::max);
              },
              null,
              null);
    }
  }

  private static String highWater(ProcessHandle process) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
      return lines.filter(line -> line.startsWith("VmHWM")).findFirst().orElse("no VmHWM");
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static void files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("table"))) {
      List<Path> data = files.filter(file -> file.toString().endsWith(".parquet")).toList();
      long bytes = 0;
      for (Path file : data) {
        bytes += Files.size(file);
      }
      System.out.printf("table: %,d files, %,d MB%n", data.size(), bytes >> 20);
    }
  }

  private static SparkSession spark(Path folder) {
    return SparkSession.builder()
        .master("local-cluster[1,2,2560]")
        .appName("resume")
        .config("spark.executor.memory", "2560m")
        .config("spark.executor.extraClassPath", System.getProperty("java.class.path"))
        .config("spark.hadoop.fs.made.impl", GeneratedImages.class.getName())
        .config("spark.local.dir", folder.resolve("scratch").toString())
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate();
  }

  private static void make(SparkSession spark, Path folder, long images, long known)
      throws IOException {
    TestCheckpoints.tiny().write(folder.resolve("model"));
    score(spark, folder, "made:///n" + images + "/0/0/0.png");
    Dataset<Row> template = spark.read().parquet(folder.resolve("table").toString());
    Column[] columns =
        Arrays.stream(template.columns())
            .map(
                name ->
                    switch (name) {
                      case "path" -> functions.expr(GeneratedImages.pathSql(images)).as(name);
                      case "content_version" ->
                          functions.expr(GeneratedImages.versionSql()).as(name);
                      default -> functions.col(name);
                    })
            .toArray(Column[]::new);
    int files = (int) Math.max(2, known / ROWS_PER_FILE);
    spark
        .range(1, known, 1, files)
        .crossJoin(functions.broadcast(template))
        .select(columns)
        .write()
        .mode(SaveMode.Append)
        .parquet(folder.resolve("table").toString());
  }

  private static ScoreResult score(SparkSession spark, Path folder, String input)
      throws IOException {
    return ScoreJob.run(
        spark,
        new ScoreOptions(
            new ScoreOptions.Model(
                folder.resolve("model").toString(), Optional.empty(), Optional.empty()),
            SourceOptions.builder(List.of(input)).format("images").build(),
            new ScoreOptions.Scoring(
                Activation.AUTO,
                Optional.empty(),
                OptionalInt.empty(),
                Scores.TOP,
                Orientation.UPRIGHT,
                ScoreOptions.Scoring.DEFAULT_MAX_PIXELS),
            OutputOptions.of(folder.resolve("table").toString(), IfExists.RESUME),
            new ScoreOptions.Execution(OptionalInt.empty(), OptionalLong.empty(), 1),
            new TreeMap<>()),
        Progress.SILENT);
  }
}
