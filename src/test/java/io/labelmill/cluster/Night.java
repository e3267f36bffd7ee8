package io.labelmill.cluster;

import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.model.Folders;
import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import io.labelmill.s3.LoopbackS3.Fault;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Nights in which all goes wrong that may, over generated images in a bucket of this machine, on a
 * cluster, each run with {@code --if-exists resume}; then what is in the table. {@code
 * src/test/bench} has the script that starts it.
 *
 * <pre>Night DISK IMAGES   DISK: a folder on a disk of its own, which is filled</pre>
 */
public final class Night {
  /** Of the output's lock, in place of half a minute. */
  private static final String LOCK =
      "-Dlabelmill.lock.interval-millis=500 -Dlabelmill.lock.patience-millis=5000";

  private static final long LIMIT_MINUTES = 60;
  private static final int FOLDER = 1_000;

  private final Path folder;
  private final Path disk;
  private final int images;
  private final Bucket bucket;
  private final List<String> wrong = new ArrayList<>();
  private StandaloneCluster cluster;
  private int runs;

  private Night(Path folder, Path disk, int images) {
    this.folder = folder;
    this.disk = disk;
    this.images = images;
    this.bucket = LoopbackS3.shared().bucket("night");
  }

  /** A run that was started. */
  private record Run(String what, Process process, Path log) {}

  public static void main(String[] args) throws Exception {
    Path folder = Files.createTempDirectory("night");
    try {
      Night night = new Night(folder, Path.of(args[0]), Integer.parseInt(args[1]));
      night.spend();
      night.wrong.forEach(System.out::println);
      System.out.println(night.wrong.isEmpty() ? "all as it should be" : "NOT as it should be");
      System.exit(night.wrong.isEmpty() ? 0 : 1);
    } finally {
      Folders.delete(folder);
    }
  }

  private void spend() throws Exception {
    TestCheckpoints.tiny().write(folder.resolve("model"));
    fillBucket();
    cluster =
        StandaloneCluster.start(
            Files.createDirectory(folder.resolve("cluster")), StandaloneCluster.Worker.of(4, "4g"));
    try {
      Run suspended = start("an executor is killed, then the driver suspended");
      await("a wave", suspended, () -> tableFiles() > 0);
      killAnExecutor();
      TimeUnit.SECONDS.sleep(2);
      signal("STOP", suspended.process());

      Run refused = start("it takes the output over, and the store answers 503");
      int before = tableFiles();
      await("a wave", refused, () -> tableFiles() > before);
      bucket.spoil(
          request -> request.method().equals("GET") && request.key().endsWith(".png"),
          Integer.MAX_VALUE,
          Fault.SLOW_DOWN);
      end(refused, 3);
      LoopbackS3.shared().heal();
      signal("CONT", suspended.process());
      end(suspended, 3);

      Path ballast = disk.resolve("ballast");
      fill(ballast);
      end(start("its disk is full"), 3);
      Files.delete(ballast);

      end(start("nothing happens"), 0);
      look("after the nights");
      end(start("there is nothing to do"), 0);
      end(launch("compaction", List.of("--compact", "--output", bucket.uri("out"))), 0);
      look("compacted");
    } finally {
      cluster.close();
    }
  }

  private void fillBucket() throws IOException {
    List<byte[]> contents = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      BufferedImage image = new BufferedImage(40 + i, 36, BufferedImage.TYPE_INT_RGB);
      for (int p = 0; p < image.getWidth() * image.getHeight(); p++) {
        image.setRGB(p % image.getWidth(), p / image.getWidth(), p * 7919 + i * 65_537);
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      ImageIO.write(image, "png", bytes);
      contents.add(bytes.toByteArray());
    }
    for (int i = 0; i < images; i++) {
      bucket.put("in/%04d/%07d.png".formatted(i / FOLDER, i), contents.get(i % contents.size()));
    }
  }

  private Run start(String what) throws IOException {
    return launch(
        what,
        List.of(
            "--model",
            folder.resolve("model").toString(),
            "--input",
            bucket.uri("in"),
            "--output",
            bucket.uri("out"),
            "--if-exists",
            "resume",
            "--commit-every",
            Integer.toString(Math.max(1, images / 20))));
  }

  private Run launch(String what, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(SparkJars.project().resolve("jobs/score").toString());
    command.addAll(arguments);
    command.add("--");
    command.addAll(cluster.submitOptions("900m"));
    List<String> settings = new ArrayList<>();
    settings.add("spark.executor.cores=2");
    // The other two are for the run that takes over.
    settings.add("spark.cores.max=2");
    settings.add("spark.ui.enabled=false");
    // Of what executors write, what they upload: without room for the application's jar none would
    // ever start, and Spark would start others for ever.
    settings.add("spark.hadoop.fs.s3a.buffer.dir=" + disk.resolve("uploads"));
    bucket.settings().forEach((key, value) -> settings.add("spark.hadoop." + key + "=" + value));
    // By default 20, with pauses that grow: the outage would be waited out.
    settings.add("spark.hadoop.fs.s3a.bucket." + bucket.name() + ".retry.throttle.limit=2");
    for (String setting : settings) {
      command.addAll(List.of("--conf", setting));
    }
    Path log = folder.resolve("run-" + ++runs + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().remove("SPARK_HOME");
    builder.environment().put("LABELMILL_JAR", SparkJars.application().toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("JAVA_TOOL_OPTIONS", LOCK);
    return new Run("run " + runs + ": " + what, builder.start(), log);
  }

  private void end(Run run, int expected) throws IOException, InterruptedException {
    if (!run.process().waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
      run.process().destroyForcibly();
      throw new IllegalStateException(run.what() + " did not end:\n" + Files.readString(run.log()));
    }
    int code = run.process().exitValue();
    String said =
        Files.readString(run.log())
            .lines()
            .filter(line -> line.matches("labelmill: .*|[\\d,]+ images in .*|nothing to score.*"))
            .reduce("", (one, other) -> one + "\n    " + other);
    System.out.printf("%s: exit code %d%s%n", run.what(), code, said);
    if (code != expected) {
      wrong.add(run.what() + ": exit code " + code + ", not " + expected);
      System.out.println(Files.readString(run.log()));
    }
  }

  /** Each image has one row that is not of a failure that passed; compacted, one row at all. */
  private void look(String when) {
    bucket.configure(SparkFixture.spark().sparkContext().hadoopConfiguration());
    Dataset<Row> rows = SparkFixture.spark().read().parquet(bucket.uri("out"));
    long all = rows.count();
    long scored = rows.filter("status = 'OK'").count();
    long paths = rows.filter("status = 'OK'").select("path").distinct().count();
    System.out.printf(
        "%s: %,d rows, %,d of them OK, of %,d images of %,d%n", when, all, scored, paths, images);
    if (scored != images || paths != images || (when.equals("compacted") && all != images)) {
      wrong.add(when + ": the table does not have each image once");
    }
  }

  private int tableFiles() {
    return (int)
        bucket.children("out").stream()
            .filter(key -> key.startsWith("out/part-") && key.endsWith(".parquet"))
            .count();
  }

  private static void await(String what, Run run, BooleanSupplier reached)
      throws IOException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(LIMIT_MINUTES);
    while (!reached.getAsBoolean()) {
      if (!run.process().isAlive() || System.nanoTime() > until) {
        throw new IllegalStateException(
            run.what() + " came to no " + what + ":\n" + Files.readString(run.log()));
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  /** All executors are processes of the cluster's worker. */
  private static void killAnExecutor() {
    ProcessHandle executor =
        ProcessHandle.current()
            .descendants()
            .filter(Night::isExecutor)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("there is no executor to kill"));
    executor.destroyForcibly();
  }

  /** The class stands behind a class path that is longer than what Java tells of commands. */
  private static boolean isExecutor(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"))
          .contains("CoarseGrainedExecutorBackend");
    } catch (IOException e) {
      return false;
    }
  }

  private static void signal(String name, Process process)
      throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  private static void fill(Path ballast) {
    byte[] block = new byte[1 << 16];
    try (OutputStream out = Files.newOutputStream(ballast)) {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      System.out.println("the disk is full: " + e.getMessage());
    }
  }
}
