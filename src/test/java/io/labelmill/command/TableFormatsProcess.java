package io.labelmill.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.ScoreProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.SparkSession;

/**
 * A JVM that has the jars of other projects' table formats and runs commands in one session of
 * Spark, one behind the other. Tests share it; it ends with their JVM.
 */
public final class TableFormatsProcess {
  /** What a lock lasts, shorter than users need it; all runs of an output must say the same. */
  public static final List<String> HURRY =
      List.of("-Dlabelmill.lock.interval-millis=50", "-Dlabelmill.lock.patience-millis=500");

  private static final String END = "ended with ";
  private static final String SEPARATOR = "\t";

  private final Path warehouse;
  private final Path log;
  private final Process process;
  private final Writer commands;
  private final BufferedReader answers;

  private TableFormatsProcess() {
    try {
      Path folder = Files.createTempDirectory("table-formats");
      FileUtils.forceDeleteOnExit(folder.toFile());
      warehouse = folder.resolve("warehouse");
      log = folder.resolve("log");
      List<String> options = new ArrayList<>(settings());
      options.addAll(HURRY);
      // A run beside this one commits to tables that are in use here.
      options.add("-Dspark.sql.catalog.ice.cache-enabled=false");
      process =
          ScoreProcess.builder(options, jars(), List.of(TableFormatsProcess.class.getName()))
              .redirectError(log.toFile())
              .start();
      commands = process.outputWriter(UTF_8);
      answers = process.inputReader(UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The one of this JVM. */
  public static TableFormatsProcess shared() {
    return Holder.SHARED;
  }

  private static final class Holder {
    private static final TableFormatsProcess SHARED = new TableFormatsProcess();
  }

  /** Where tables of the catalog {@code ice} lie. */
  public Path warehouse() {
    return warehouse;
  }

  /** What Spark has to be told of the formats, as options of a JVM. */
  public List<String> settings() {
    return List.of(
        "-Dspark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension",
        "-Dspark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog",
        // Tasks that put a table's state together; else 50.
        "-Dspark.databricks.delta.snapshotPartitions=2",
        "-Dspark.sql.catalog.ice=org.apache.iceberg.spark.SparkCatalog",
        "-Dspark.sql.catalog.ice.type=hadoop",
        "-Dspark.sql.catalog.ice.warehouse=" + warehouse);
  }

  /** The jars, as what stands behind a class path. */
  public static String jars() throws IOException {
    try (Stream<Path> jars = Files.list(Path.of("target/table-formats"))) {
      return jars.map(jar -> ":" + jar).sorted().collect(Collectors.joining());
    }
  }

  /** What a command says on its standard output; it must end well. */
  public synchronized String run(List<String> command) throws IOException {
    commands.write(String.join(SEPARATOR, command) + "\n");
    commands.flush();
    List<String> lines = new ArrayList<>();
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      if (line.startsWith(END)) {
        String said = String.join("\n", lines) + "\n";
        assertThat(line).as(() -> said + text()).isEqualTo(END + 0);
        return said;
      }
      lines.add(line);
    }
    throw new AssertionError("the process ended: " + lines + text());
  }

  private String text() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs the commands that come, until no more can. */
  public static void main(String[] none) throws IOException {
    SparkSession.builder().appName("table formats").getOrCreate();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      System.out.println(END + Program.run(line.split(SEPARATOR, -1)));
    }
    System.exit(0);
  }
}
