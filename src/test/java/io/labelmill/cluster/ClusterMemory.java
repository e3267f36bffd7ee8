package io.labelmill.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.demo.FridgePictures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Measures what a model costs on a cluster: the time of its broadcast, and the resident memory of
 * the driver and of each executor, from Linux's own account of each process.
 *
 * <p>A standalone master, two workers with one executor of one core each, and {@code jobs/score} in
 * client mode, all on this machine. After {@code ./mvnw package -DskipTests}, in the project's
 * folder:
 *
 * <pre>{@code
 * java -cp target/test-classes:target/classes:$(ls target/labelmill-*-app.jar):$(cat target/spark.classpath) \
 *     io.labelmill.cluster.ClusterMemory MODEL IMAGES HEAP SCRATCH [spark-submit options]
 * java -cp … io.labelmill.cluster.ClusterMemory /models/beit-base 150 1g /tmp/memory
 * java -Dcommand=segment -cp … io.labelmill.cluster.ClusterMemory /models/upernet 8 1g /tmp/memory
 * }</pre>
 */
public final class ClusterMemory {
  private static final long SAMPLE_MILLIS = 100;
  private static final String COMMAND = System.getProperty("command", "score");
  private static final Pattern TIMES =
      Pattern.compile("((?:Received|Opened) the model.*? in \\d+ ms)");

  private final Map<String, List<Sample>> samples = new TreeMap<>();

  /** The memory of a process at one moment, MiB. */
  private record Sample(long peak, long resident, long anonymous, long file) {}

  private ClusterMemory() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    new ClusterMemory()
        .measure(
            Path.of(args[0]),
            Integer.parseInt(args[1]),
            args[2],
            args[3],
            Arrays.asList(args).subList(4, args.length));
  }

  private void measure(
      Path model, int images, String heap, String scratch, List<String> submitOptions)
      throws IOException, InterruptedException {
    Path folder = Files.createDirectories(Path.of(scratch));
    Path pictures = new FridgePictures(images, 1).write(folder);
    Path table = folder.resolve("table");
    try (StandaloneCluster cluster =
        StandaloneCluster.start(
            folder.resolve("cluster"),
            StandaloneCluster.Worker.of(1, heap),
            StandaloneCluster.Worker.of(1, heap).onHost("127.0.0.2"))) {
      List<String> arguments = new ArrayList<>();
      arguments.addAll(List.of("--model", model.toString(), "--input", pictures.toString()));
      arguments.addAll(List.of("--output", table.toString(), "--output-format", "json", "--"));
      arguments.addAll(cluster.submitOptions(heap));
      arguments.addAll(cluster.awaitCores(2));
      arguments.addAll(List.of("--driver-memory", heap));
      arguments.addAll(submitOptions);
      CompletableFuture<JobProcess> job =
          CompletableFuture.supplyAsync(() -> JobProcess.run(COMMAND, Map.of(), arguments));
      while (!job.isDone()) {
        sample();
        Thread.sleep(SAMPLE_MILLIS);
      }
      JobProcess ended = job.join();
      if (ended.exitCode() != 0) {
        throw new IllegalStateException(ended.err());
      }
      System.out.print(ended.out());
      for (String log : cluster.executorLogs()) {
        System.out.println("executor: " + times(log));
      }
    }
    JsonNode record = runRecord(table);
    System.out.println("driver, seconds: " + record.at("/timings/seconds"));
    System.out.println("sessions: " + record.at("/progress/modelLoads"));
    System.out.printf("%-12s %9s %9s %9s %9s  MiB%n", "", "peak", "steady", "private", "files");
    samples.forEach(ClusterMemory::print);
  }

  /** Read here, since a main has no test libraries. */
  private static JsonNode runRecord(Path table) throws IOException {
    try (Stream<Path> files = Files.list(table.resolve("_labelmill"))) {
      Path file =
          files
              .filter(f -> f.getFileName().toString().matches("run-.*\\.json"))
              .findFirst()
              .orElseThrow();
      return new ObjectMapper().readTree(file.toFile());
    }
  }

  /**
   * Peak over all; the others as the median of the last third, when the model has long been open.
   */
  private static void print(String process, List<Sample> samples) {
    List<Sample> late = samples.subList(samples.size() * 2 / 3, samples.size());
    System.out.printf(
        Locale.ROOT,
        "%-12s %,9d %,9d %,9d %,9d%n",
        process,
        samples.get(samples.size() - 1).peak,
        median(late.stream().map(Sample::resident).toList()),
        median(late.stream().map(Sample::anonymous).toList()),
        median(late.stream().map(Sample::file).toList()));
  }

  private static long median(List<Long> values) {
    List<Long> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private static List<String> times(String log) {
    Matcher matcher = TIMES.matcher(log);
    return matcher.results().map(result -> result.group(1)).toList();
  }

  private void sample() {
    ProcessHandle.current()
        .descendants()
        .forEach(
            process -> {
              Path proc = Path.of("/proc", Long.toString(process.pid()));
              try {
                String command = Files.readString(proc.resolve("cmdline")).replace('\0', ' ');
                String name = name(command);
                if (name != null) {
                  samples
                      .computeIfAbsent(name, ignored -> new ArrayList<>())
                      .add(sample(Files.readAllLines(proc.resolve("status"))));
                }
              } catch (IOException e) {
                // It has ended since it was listed.
              }
            });
  }

  /** Driver or executor; null for the rest. */
  private static String name(String command) {
    Matcher executor =
        Pattern.compile("CoarseGrainedExecutorBackend .*--executor-id (\\d+)").matcher(command);
    if (executor.find()) {
      return "executor " + executor.group(1);
    }
    return command.contains("java ") && command.contains("org.apache.spark.deploy.SparkSubmit")
        ? "driver"
        : null;
  }

  private static Sample sample(List<String> status) throws IOException {
    Map<String, Long> mebibytes = new HashMap<>();
    for (String line : status) {
      String[] words = line.split("\\s+", -1);
      if (words.length == 3 && words[2].equals("kB")) {
        mebibytes.put(words[0], Long.parseLong(words[1]) >> 10);
      }
    }
    if (!mebibytes.containsKey("VmHWM:")) {
      throw new IOException("a process that has ended");
    }
    return new Sample(
        mebibytes.get("VmHWM:"),
        mebibytes.get("VmRSS:"),
        mebibytes.get("RssAnon:"),
        mebibytes.get("RssFile:"));
  }
}
