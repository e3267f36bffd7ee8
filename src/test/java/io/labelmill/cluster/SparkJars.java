package io.labelmill.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Spark's jars as the build resolved them, and the application's own; both are made at package. */
final class SparkJars {
  private SparkJars() {}

  /** The folder of the build, where {@code jobs/} lies. */
  static Path project() {
    return Path.of("").toAbsolutePath();
  }

  /** The class path of Spark without the application. */
  static String classPath() {
    Path file = project().resolve("target/spark.classpath");
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(
          file + " is made by ./mvnw package, which comes before these tests", e);
    }
  }

  /** The jars of {@link #classPath()}. */
  static List<Path> jars() {
    return List.of(classPath().split(File.pathSeparator)).stream().map(Path::of).toList();
  }

  /** The jar that spark-submit takes. */
  static Path application() {
    Path target = project().resolve("target");
    try (Stream<Path> files = Files.list(target)) {
      return files
          .filter(file -> file.getFileName().toString().matches("labelmill-.*-app\\.jar"))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      "no application jar in " + target + ": ./mvnw package"));
    } catch (IOException e) {
      throw new UncheckedIOException(target + " can't be listed: ./mvnw package makes it", e);
    }
  }

  /** The java command that the tests run on. */
  static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  /** Spark's Scala, as {@code 2.13}, read off the resolved jars. */
  static String scalaVersion() {
    return jars().stream()
        .map(jar -> jar.getFileName().toString())
        .filter(name -> name.startsWith("spark-core_"))
        .map(name -> name.substring("spark-core_".length(), name.indexOf('-', 11)))
        .findFirst()
        .orElseThrow();
  }
}
