package io.labelmill.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.labelmill.ShortProcess;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;

/**
 * A Spark standalone cluster on loopback: a master and its workers as processes of their own, from
 * the resolved jars. Ports are free ones that the system gives.
 *
 * <p>Who starts it closes it; when the tests' JVM dies without that, the processes end by
 * themselves (see {@link ClusterProcess}). Logs are {@code master.log}, {@code worker-N.log} in its
 * folder, an executor's output is under {@code work-N}. Not thread-safe.
 */
public final class StandaloneCluster implements AutoCloseable {
  private static final long START_SECONDS = 180;
  private static final long STOP_SECONDS = 15;

  /** Daemons tell by their log that they are up, whatever the tests' own logging is. */
  private static final String LOGGING =
      """
      status = warn
      rootLogger.level = info
      rootLogger.appenderRef.console.ref = console
      appender.console.type = Console
      appender.console.name = console
      appender.console.layout.type = PatternLayout
      appender.console.layout.pattern = %d{HH:mm:ss} %-5p %c{1}: %m%n%ex
      """;

  private static final Pattern MASTER_STARTED =
      Pattern.compile("Starting Spark master at (spark://[0-9.]+:[0-9]+)");
  private static final Pattern WORKER_REGISTERED =
      Pattern.compile("Successfully registered with (master)");

  private final Path folder;
  private final Path sparkHome;
  private final Path logging;
  private final List<Daemon> daemons = new ArrayList<>();
  private String url;

  private StandaloneCluster(Path folder) {
    this.folder = folder;
    this.sparkHome = SparkDistribution.empty(folder.resolve("spark-home"));
    this.logging = folder.resolve("log4j2.properties");
    try {
      Files.writeString(logging, LOGGING);
    } catch (IOException e) {
      throw new UncheckedIOException("no file could be written in " + folder, e);
    }
  }

  /**
   * What one worker offers.
   *
   * @param cores that it lends to executors, whatever the machine has
   * @param memory in Spark's form, {@code 1g}
   * @param settings of the worker, {@code spark.worker.resource.gpu.amount} and the like
   * @param host loopback address; Spark runs no speculative copy on the host of the original
   */
  public record Worker(int cores, String memory, Map<String, String> settings, String host) {
    public Worker {
      settings = Map.copyOf(settings);
    }

    /** A worker without accelerators. */
    public static Worker of(int cores, String memory) {
      return new Worker(cores, memory, Map.of(), "127.0.0.1");
    }

    /** The same worker, on another host as far as Spark can tell. */
    public Worker onHost(String loopback) {
      return new Worker(cores, memory, settings, loopback);
    }

    /**
     * The same worker with GPUs of these addresses, whether the machine has them or not.
     *
     * @param script where the discovery script that names them is written; one per worker, since
     *     workers on one machine otherwise hand out the same addresses
     */
    public Worker withGpus(Path script, String... addresses) {
      try {
        Files.writeString(
            script,
            """
            #!/bin/sh
            echo '{"name":"gpu","addresses":["%s"]}'
            """
                .formatted(String.join("\",\"", addresses)));
      } catch (IOException e) {
        throw new UncheckedIOException("no discovery script could be written to " + script, e);
      }
      if (!script.toFile().setExecutable(true)) {
        throw new IllegalStateException(script + " can't be made executable");
      }
      return new Worker(
          cores,
          memory,
          Map.of(
              "spark.worker.resource.gpu.amount",
              Integer.toString(addresses.length),
              "spark.worker.resource.gpu.discoveryScript",
              script.toString()),
          host);
    }
  }

  /**
   * Starts a cluster and waits until every worker is registered.
   *
   * @param folder for logs and scratch files; made when it is not there
   * @throws IllegalStateException when a process ends or says nothing for {@value #START_SECONDS}
   *     seconds; all are stopped then, and the message ends with the log
   */
  public static StandaloneCluster start(Path folder, Worker... workers) {
    StandaloneCluster cluster = new StandaloneCluster(folder);
    try {
      cluster.url =
          cluster
              .launch(
                  "master",
                  "org.apache.spark.deploy.master.Master",
                  Map.of(),
                  List.of("--host", "127.0.0.1", "--port", "0", "--webui-port", "0"),
                  MASTER_STARTED)
              .answer();
      List<Daemon> started = new ArrayList<>();
      for (int i = 0; i < workers.length; i++) {
        Worker worker = workers[i];
        List<String> arguments =
            List.of(
                "--host",
                worker.host(),
                "--webui-port",
                "0",
                "--cores",
                Integer.toString(worker.cores()),
                "--memory",
                worker.memory(),
                "--work-dir",
                cluster.workFolder(i).toString(),
                cluster.url);
        started.add(
            cluster.launch(
                "worker-" + i,
                "org.apache.spark.deploy.worker.Worker",
                worker.settings(),
                arguments,
                WORKER_REGISTERED));
      }
      started.forEach(Daemon::answer);
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /**
   * Two workers of two cores and 1 GB, each on a host of its own as far as Spark can tell, for all
   * tests of this JVM; it ends with that.
   */
  public static StandaloneCluster shared() {
    return Shared.CLUSTER;
  }

  private static final class Shared {
    private static final StandaloneCluster CLUSTER = start();

    private static StandaloneCluster start() {
      try {
        Path folder = Files.createTempDirectory("cluster");
        StandaloneCluster cluster =
            StandaloneCluster.start(
                folder, Worker.of(2, "1g"), Worker.of(2, "1g").onHost("127.0.0.2"));
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(
                    () -> {
                      cluster.close();
                      FileUtils.deleteQuietly(folder.toFile());
                    }));
        return cluster;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The master, {@code spark://127.0.0.1:PORT}. */
  public String url() {
    return url;
  }

  /**
   * What comes after {@code --} on a command line to run there: master, loopback, and the class
   * path that the executors' empty {@code SPARK_HOME} does not give.
   */
  public List<String> submitOptions(String executorMemory) {
    return List.of(
        "--master",
        url,
        "--executor-memory",
        executorMemory,
        "--conf",
        "spark.driver.host=127.0.0.1",
        "--conf",
        "spark.driver.bindAddress=127.0.0.1",
        "--conf",
        "spark.executor.extraClassPath=" + SparkJars.classPath());
  }

  /** What is added there so that no task starts before executors with so many cores are there. */
  public List<String> awaitCores(int cores) {
    return List.of(
        "--conf",
        // Without it the cluster's cores are not counted, and the first executor is enough.
        "spark.cores.max=" + cores,
        "--conf",
        "spark.scheduler.minRegisteredResourcesRatio=1.0",
        "--conf",
        "spark.scheduler.maxRegisteredResourcesWaitingTime=120s");
  }

  /** Where a worker, counted from 0, puts what its executors print: {@code app-…/N/stderr}. */
  public Path workFolder(int worker) {
    return folder.resolve("work-" + worker);
  }

  /** What executors of the application that came last have printed to their standard error. */
  public List<String> executorLogs() {
    List<Path> files = new ArrayList<>();
    for (int worker = 0; Files.isDirectory(workFolder(worker)); worker++) {
      try (Stream<Path> all = Files.walk(workFolder(worker))) {
        all.filter(file -> file.endsWith("stderr")).sorted().forEach(files::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    Optional<String> last =
        files.stream().map(StandaloneCluster::application).max(Comparator.naturalOrder());
    List<String> logs = new ArrayList<>();
    for (Path file : files) {
      if (application(file).equals(last.orElseThrow())) {
        try {
          logs.add(Files.readString(file));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return logs;
  }

  /** {@code app-TIME-NUMBER} of {@code app-TIME-NUMBER/EXECUTOR/stderr}. */
  private static String application(Path file) {
    return file.getParent().getParent().getFileName().toString();
  }

  /** Stops workers, their executors and the master; afterwards none of them runs. */
  @Override
  public void close() {
    for (int i = daemons.size() - 1; i >= 0; i--) {
      daemons.get(i).stop();
    }
    daemons.clear();
  }

  private Daemon launch(
      String name,
      String mainClass,
      Map<String, String> settings,
      List<String> arguments,
      Pattern ready) {
    List<String> command = new ArrayList<>();
    command.add(SparkJars.java().toString());
    command.add("@" + SparkJars.project().resolve("conf/spark-jvm.options"));
    command.add("-Xmx256m");
    command.add("-Dlog4j2.configurationFile=" + logging);
    command.add("-cp");
    command.add(
        SparkJars.classPath()
            + File.pathSeparator
            + SparkJars.project().resolve("target/test-classes"));
    settings.forEach((key, value) -> command.add("-D" + key + "=" + value));
    command.add(ClusterProcess.class.getName());
    command.add(mainClass);
    command.addAll(arguments);

    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.directory(folder.toFile());
    Map<String, String> environment = builder.environment();
    // Executors have it, too.
    environment.putAll(ShortProcess.environment());
    environment.put("SPARK_HOME", sparkHome.toString());
    environment.put("SPARK_SCALA_VERSION", SparkJars.scalaVersion());
    environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    try {
      Daemon daemon = new Daemon(name, builder.start(), folder.resolve(name + ".log"), ready);
      daemons.add(daemon);
      return daemon;
    } catch (IOException e) {
      throw new UncheckedIOException("the " + name + " could not be started", e);
    }
  }

  /** A master or worker; its output goes to its log, and is searched for the line that it is up. */
  private static final class Daemon {
    private final String name;
    private final Process process;
    private final Path log;
    private final CompletableFuture<String> answer = new CompletableFuture<>();

    Daemon(String name, Process process, Path log, Pattern ready) {
      this.name = name;
      this.process = process;
      this.log = log;
      Thread reader = new Thread(() -> copyOutput(ready), name + "-output");
      reader.setDaemon(true);
      reader.start();
    }

    /** Waits for the first group of the line that says it is up. */
    String answer() {
      try {
        return answer.get(START_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        throw new IllegalStateException("the " + name + " did not start; its log:\n" + text(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while the " + name + " started", e);
      }
    }

    void stop() {
      List<ProcessHandle> executors = process.descendants().toList();
      try {
        process.getOutputStream().close();
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      } catch (IOException e) {
        process.destroyForcibly();
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
      executors.forEach(ProcessHandle::destroyForcibly);
    }

    private void copyOutput(Pattern ready) {
      try (BufferedReader lines = process.inputReader(UTF_8);
          Writer writer = Files.newBufferedWriter(log)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          writer.append(line).append('\n');
          writer.flush();
          Matcher matcher = ready.matcher(line);
          if (matcher.find()) {
            answer.complete(matcher.group(1));
          }
        }
        answer.completeExceptionally(new IllegalStateException("the process ended"));
      } catch (IOException e) {
        answer.completeExceptionally(e);
      }
    }

    private String text() {
      try {
        return Files.readString(log);
      } catch (IOException e) {
        return "(no log: " + e.getMessage() + ")";
      }
    }
  }
}
