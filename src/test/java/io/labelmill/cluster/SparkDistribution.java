package io.labelmill.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A {@code SPARK_HOME} made of the resolved jars, laid out as the published archives are as far as
 * submitting needs it: {@code jars/}, {@code conf/}, {@code RELEASE}, {@code bin/spark-submit}.
 *
 * <p>The script asks Spark's own launcher for the command line, as the published script does, so
 * {@code --driver-memory}, {@code spark-defaults.conf} and the like work as they do there.
 */
final class SparkDistribution implements AutoCloseable {
  /** What the published bin/spark-submit and bin/spark-class do, without their older detours. */
  private static final String SUBMIT =
      """
      #!/usr/bin/env bash
      set -euo pipefail
      export SPARK_HOME=${SPARK_HOME:-$(cd "$(dirname "$0")/.." && pwd)}
      export SPARK_SCALA_VERSION=@scala@
      echo "$*" >> "$SPARK_HOME/submitted"
      java=${JAVA_HOME:+$JAVA_HOME/bin/}java
      # The launcher prints an empty line that a NUL begins, then the command, each word ended by NUL.
      mapfile -d '' -t words < <("$java" -Xmx128m -cp "$SPARK_HOME/jars/*" \\
        org.apache.spark.launcher.Main org.apache.spark.deploy.SparkSubmit "$@")
      ((${#words[@]} > 1)) || exit 1
      words[1]=${words[1]#$'\\n'}
      exec "${words[@]:1}"
      """;

  private final Path home;

  private SparkDistribution(Path home) {
    this.home = home;
  }

  /**
   * Lays out a distribution.
   *
   * @param home made, must not exist; deleted with all that it holds at the end
   */
  static SparkDistribution layOut(Path home) {
    return layOut(home, SparkJars.jars(), SparkJars.scalaVersion());
  }

  /** Lays out a distribution of other jars, made with that Scala. */
  static SparkDistribution layOut(Path home, List<Path> sparkJars, String scalaVersion) {
    try {
      Path jars = Files.createDirectories(home.resolve("jars"));
      for (Path jar : sparkJars) {
        Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
      }
      Files.createDirectory(home.resolve("conf"));
      Files.writeString(home.resolve("RELEASE"), "Spark of the resolved jars\n");
      Path submit = Files.createDirectory(home.resolve("bin")).resolve("spark-submit");
      Files.writeString(submit, SUBMIT.replace("@scala@", scalaVersion));
      Files.setPosixFilePermissions(submit, PosixFilePermissions.fromString("rwxr-xr-x"));
      return new SparkDistribution(home);
    } catch (IOException e) {
      throw new UncheckedIOException("no Spark distribution could be laid out in " + home, e);
    }
  }

  /** What the environment's {@code SPARK_HOME} is to be. */
  Path home() {
    return home;
  }

  /** The arguments of every call of its spark-submit so far, one line each. */
  String submitted() {
    try {
      Path file = home.resolve("submitted");
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes it; the jars, which are links, stay where they are. */
  @Override
  public void close() {
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Makes the least that a worker takes for a {@code SPARK_HOME}: an empty folder {@code jars}.
   * Executors then get their class path from {@code spark.executor.extraClassPath}.
   *
   * @return {@code home}
   */
  static Path empty(Path home) {
    try {
      Files.createDirectories(home.resolve("jars"));
      return home;
    } catch (IOException e) {
      throw new UncheckedIOException("no folder could be made in " + home, e);
    }
  }
}
