package io.labelmill.cluster;

import io.labelmill.ShortProcess;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Spark's jars as the build resolved them, and the application's own; both are made at package. */
public final class SparkJars {
  private static final Pattern CORE = Pattern.compile("spark-core_([\\d.]+)-([\\d.]+)\\.jar");

  private SparkJars() {}

  /** The folder of the build, where {@code jobs/} lies. */
  public static Path project() {
    return Path.of("").toAbsolutePath();
  }

  /** The class path of Spark without the application. */
  public static String classPath() {
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
    return split(classPath());
  }

  /** As its distribution has them: those of {@link #jars()} that {@code target/s3} has not. */
  static List<Path> withoutS3() {
    Path folder = project().resolve("target/s3");
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> added = files.map(Path::getFileName).toList();
      List<Path> others =
          jars().stream().filter(jar -> !added.contains(jar.getFileName())).toList();
      if (added.size() <= 20 || others.size() != jars().size() - added.size()) {
        throw new IllegalStateException(folder + " has what Spark does not run with: " + added);
      }
      return others;
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " can't be listed: ./mvnw package makes it", e);
    }
  }

  private static List<Path> split(String classPath) {
    return List.of(classPath.split(File.pathSeparator)).stream().map(Path::of).toList();
  }

  /** A line of Spark as its distribution has it: the version, and the class path. */
  record Line(String version, String classPath) {
    List<Path> jars() {
      return split(classPath);
    }

    String scalaVersion() {
      return SparkJars.scalaVersion(jars());
    }
  }

  private static final Map<String, Line> LINES = new ConcurrentHashMap<>();

  /** The Spark of a line and nothing else: the build's own, or what Maven resolves; once. */
  static Line line(SparkProfile profile) {
    boolean isOwn =
        profile.name().equals(SparkProfile.DEFAULT) && profile.spark().equals(version());
    return LINES.computeIfAbsent(profile.name(), name -> isOwn ? own() : resolved(profile));
  }

  private static Line own() {
    return new Line(
        version(),
        String.join(File.pathSeparator, withoutS3().stream().map(Path::toString).toList()));
  }

  private static Line resolved(SparkProfile profile) {
    Path file = project().resolve("target").resolve(profile.name() + ".classpath");
    List<String> command =
        new ArrayList<>(
            List.of(
                project().resolve("mvnw").toString(),
                "-q",
                "-B",
                "-f",
                project().resolve("src/test/spark-line/pom.xml").toString(),
                "dependency:build-classpath",
                "-Dmdep.outputFile=" + file,
                "-Dscala.binary.version=" + profile.scala(),
                "-Dspark.version=" + profile.spark()));
    String repository = System.getProperty("localRepository");
    if (repository != null) {
      command.add("-Dmaven.repo.local=" + repository);
    }
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).directory(project().toFile()).redirectErrorStream(true);
      builder.environment().putAll(ShortProcess.environment());
      Process maven = builder.start();
      String out = new String(maven.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (maven.waitFor() != 0) {
        throw new IllegalStateException(command + " failed:\n" + out);
      }
      String classPath = Files.readString(file).strip();
      return new Line(version(split(classPath)), classPath);
    } catch (IOException e) {
      throw new UncheckedIOException(command + " could not be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while Maven ran", e);
    }
  }

  /** The jar that spark-submit takes. */
  public static Path application() {
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
  public static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  /** Spark's Scala, as {@code 2.13}, read off the resolved jars. */
  static String scalaVersion() {
    return scalaVersion(jars());
  }

  private static String scalaVersion(List<Path> jars) {
    return core(jars).group(1);
  }

  /** Spark's version, as {@code 4.1.0}. */
  static String version() {
    return version(jars());
  }

  private static String version(List<Path> jars) {
    return core(jars).group(2);
  }

  private static Matcher core(List<Path> jars) {
    return jars.stream()
        .map(jar -> CORE.matcher(jar.getFileName().toString()))
        .filter(Matcher::matches)
        .findFirst()
        .orElseThrow();
  }
}
