package io.labelmill.cluster;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Small programs in a JVM of their own. */
public final class SparkProgram {
  /** What the application jar leaves to Spark and a program without Spark must bring. */
  private static final List<String> LIBRARIES =
      List.of(
          "jackson-core-",
          "jackson-databind-",
          "jackson-annotations-",
          "slf4j-api-",
          "commons-compress-",
          "commons-codec-",
          "commons-io-",
          "commons-lang3-");

  private static final long LIMIT_SECONDS = 120;

  private SparkProgram() {}

  /**
   * Runs a class of the tests with the application jar and a few libraries, and nothing of Spark.
   *
   * @return its standard output
   */
  public static String runWithout(Class<?> program, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> classPath = new ArrayList<>();
    classPath.add(SparkJars.application().toString());
    classPath.add(SparkJars.project().resolve("target/test-classes").toString());
    for (Path jar : SparkJars.jars()) {
      String name = jar.getFileName().toString();
      if (LIBRARIES.stream().anyMatch(name::startsWith)) {
        classPath.add(jar.toString());
      }
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                SparkJars.java().toString(),
                "-Xmx512m",
                "-cp",
                String.join(File.pathSeparator, classPath),
                program.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("OPT_OUT_TRACKING", "true");
    File errors = File.createTempFile("program", ".err");
    Process process = builder.redirectError(errors).start();
    try {
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException(
            program + " failed:\n" + out + java.nio.file.Files.readString(errors.toPath()));
      }
      return out;
    } finally {
      process.destroyForcibly();
      java.nio.file.Files.delete(errors.toPath());
    }
  }
}
