package io.labelmill;

import io.labelmill.cluster.SparkJars;
import io.labelmill.command.Rehearsal;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.commons.io.FileUtils;

/**
 * What Java is told in processes that tests start. Each works for seconds, and most of these would
 * go to the compiler that pays off in minutes, to collectors of garbage beside the work, and to
 * reading Spark's classes. {@code jobs/launch} tells its own short jobs the same.
 */
public final class ShortProcess {
  /** Java's own launcher takes options from it, in processes that a process starts, too. */
  private static final String VARIABLE = "JDK_JAVA_OPTIONS";

  private static final List<String> WORK = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
  private static final long LIMIT_MINUTES = 5;

  private ShortProcess() {}

  /** For a process and those that it starts in turn. */
  public static Map<String, String> environment() {
    return Map.of(VARIABLE, String.join(" ", options()));
  }

  /** The same as {@link #environment()}, for a command line. */
  public static List<String> options() {
    List<String> options = new ArrayList<>(WORK);
    // Java passes over it where the class path begins otherwise, and where it is another Java.
    Archive.FILE.ifPresent(
        file -> options.addAll(List.of("-XX:SharedArchiveFile=" + file, "-Xlog:cds*=off")));
    return options;
  }

  /** What a process said, but for the line in which Java tells that it has these options. */
  public static String withoutNote(String said) {
    return said.replaceAll("(?m)^NOTE: Picked up " + VARIABLE + ":.*\\R", "");
  }

  /** The classes of Spark as the build resolved it, ready to be mapped; made once for a build. */
  private static final class Archive {
    static final Optional<Path> FILE = made();

    private static Optional<Path> made() {
      Path target = Path.of("target").toAbsolutePath();
      String name = "spark-classes-" + System.getProperty("java.version");
      Path file = target.resolve(name + ".jsa");
      Path of = target.resolve(name + ".classpath");
      try (RandomAccessFile lock =
              new RandomAccessFile(target.resolve(name + ".lock").toFile(), "rw");
          FileLock held = lock.getChannel().lock()) {
        // Two JVMs of tests may come here at once.
        assert held.isValid();
        String classPath = SparkJars.classPath();
        if (!Files.exists(file) || !Files.exists(of) || !Files.readString(of).equals(classPath)) {
          write(classPath, file);
          Files.writeString(of, classPath);
        }
        return Optional.of(file);
      } catch (IOException | UncheckedIOException | IllegalStateException e) {
        System.err.println("WARNING: processes of tests start slowly: " + e.getMessage());
        return Optional.empty();
      }
    }

    private static void write(String classPath, Path file) throws IOException {
      Path scratch = Files.createTempDirectory("rehearsal");
      Path written = file.resolveSibling(file.getFileName() + ".new");
      Path log = file.resolveSibling("spark-classes.log");
      List<String> command = new ArrayList<>();
      command.add(SparkJars.java().toString());
      command.add("@" + SparkJars.project().resolve("conf/spark-jvm.options"));
      command.addAll(WORK);
      command.addAll(
          List.of(
              "-XX:ArchiveClassesAtExit=" + written,
              "-Dspark.ui.port=0",
              "-cp",
              classPath,
              "org.apache.spark.deploy.SparkSubmit",
              "--class",
              Rehearsal.class.getName(),
              SparkJars.application().toString(),
              scratch.toString()));
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
      builder.environment().remove("SPARK_HOME");
      builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
      builder.environment().put("OPT_OUT_TRACKING", "true");
      Process process = builder.start();
      try {
        boolean ended = process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES);
        if (!ended || process.exitValue() != 0 || !Files.exists(written)) {
          throw new IllegalStateException("no archive of classes was made, see " + log);
        }
        Files.move(written, file, StandardCopyOption.REPLACE_EXISTING);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while classes were archived", e);
      } finally {
        process.destroyForcibly();
        FileUtils.deleteQuietly(scratch.toFile());
      }
    }
  }
}
