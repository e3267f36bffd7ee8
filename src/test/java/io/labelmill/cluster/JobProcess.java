package io.labelmill.cluster;

import io.labelmill.ShortProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A script of {@code jobs/} run as a user runs it.
 *
 * @param exitCode of the script
 * @param out standard output
 * @param err standard error, Spark's log among it
 */
public record JobProcess(int exitCode, String out, String err) {
  private static final long LIMIT_SECONDS = 300;

  /**
   * Runs {@code jobs/NAME} with the jar that the build made and waits for its end.
   *
   * @param environment added to the tests' own; {@code SPARK_HOME} of the tests is never inherited
   * @throws IllegalStateException when it has not ended after {@value #LIMIT_SECONDS} seconds; it
   *     is stopped then
   */
  public static JobProcess run(
      String name, Map<String, String> environment, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(SparkJars.project().resolve("jobs").resolve(name).toString());
    command.addAll(arguments);
    try {
      Path out = Files.createTempFile("job", ".out");
      Path err = Files.createTempFile("job", ".err");
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().remove("SPARK_HOME");
      builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      builder.environment().put("LABELMILL_JAR", SparkJars.application().toString());
      builder.environment().putAll(ShortProcess.environment());
      builder.environment().putAll(environment);
      Process process = builder.start();
      try {
        boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
        JobProcess job =
            new JobProcess(
                ended ? process.exitValue() : -1,
                Files.readString(out),
                ShortProcess.withoutNote(Files.readString(err)));
        if (!ended) {
          throw new IllegalStateException(
              "%s did not end in %d s:\n%s%s".formatted(command, LIMIT_SECONDS, job.out, job.err));
        }
        return job;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while " + command + " ran", e);
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(command + " could not be run", e);
    }
  }
}
