package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code jobs/launch} says of a Java that is of no use, before it builds or starts anything.
 */
class LauncherTest {
  @TempDir Path folder;

  private record Ended(int exitCode, String out, String err) {}

  @ParameterizedTest
  @ValueSource(strings = {"1.8.0_442", "11.0.2", "16"})
  void aJavaThatIsTooOldIsNamed(String version) throws IOException {
    assertRefused(version, "and Labelmill needs 17 or later: set JAVA_HOME to a JDK 17 or 21");
  }

  @ParameterizedTest
  @ValueSource(strings = {"23", "25.0.3"})
  void aJavaThatIsTooNewForSparksHadoopIsNamed(String version) throws IOException {
    assertRefused(
        version,
        "on which Hadoop 3.4, and so the Spark of this build, does not start: set JAVA_HOME to a"
            + " JDK 17 or 21, or SPARK_HOME to a Spark with Hadoop 3.5, or build with ./mvnw"
            + " -Pspark-4.2 -DskipTests package");
  }

  @Test
  void aNewJavaIsRefusedOrTakenAsTheBuildsHadoopIs() throws IOException {
    builtWith("hadoop-client-api-3.4.2.jar");
    aJavaThatIsTooNewForSparksHadoopIsNamed("25.0.3");
    builtWith("hadoop-client-api-3.5.0.jar");
    Ended ended = launch(Map.of("JAVA_HOME", jdk("25.0.3").toString()));
    assertThat(ended.err).isEmpty();
    assertThat(ended.out)
        .startsWith("java @")
        .contains("--class io.labelmill.Main ", " score --help");
  }

  private void builtWith(String jar) throws IOException {
    Path target = Files.createDirectories(folder.resolve("home/target"));
    Files.writeString(target.resolve("spark.classpath"), "/repository/" + jar + ":/another.jar");
  }

  private void assertRefused(String version, String why) throws IOException {
    Path jdk = jdk(version);
    Ended ended = launch(Map.of("JAVA_HOME", jdk.toString()));
    assertThat(ended.err).isEqualTo("labelmill: %s is Java %s, %s\n".formatted(jdk, version, why));
    assertThat(ended.exitCode).isEqualTo(1);
    assertThat(ended.out).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"17", "17.0.15", "21.0.1", "22-ea"})
  void aJavaThatServesIsTaken(String version) throws IOException {
    Ended ended = launch(Map.of("JAVA_HOME", jdk(version).toString(), "SPARK_HOME", spark()));
    assertThat(ended.err).isEmpty();
    assertThat(ended.out).startsWith("submitted --class io.labelmill.Main ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"C", "POSIX", ""})
  void aLocaleThatCannotNameAllFilesIsReplaced(String locale) throws IOException {
    Ended ended =
        launch(
            Map.of(
                "JAVA_HOME",
                jdk("17").toString(),
                "SPARK_HOME",
                spark(),
                "LC_ALL",
                locale,
                "LANG",
                "C"));
    assertThat(ended.exitCode).as(ended.err).isZero();
    assertThat(Files.readString(folder.resolve("locale"))).isEqualTo("C.UTF-8\n");
  }

  @Test
  void aLocaleWithUtf8IsKept() throws IOException {
    Ended ended =
        launch(
            Map.of("JAVA_HOME", jdk("17").toString(), "SPARK_HOME", spark(), "LC_ALL", "C.utf8"));
    assertThat(ended.exitCode).as(ended.err).isZero();
    assertThat(Files.readString(folder.resolve("locale"))).isEqualTo("C.utf8\n");
  }

  @Test
  void aNewJavaIsLeftToTheUsersOwnSpark() throws IOException {
    Ended ended = launch(Map.of("JAVA_HOME", jdk("25.0.3").toString(), "SPARK_HOME", spark()));
    assertThat(ended.out).startsWith("submitted ");
    assertThat(ended.exitCode).isZero();
  }

  @Test
  void withoutAnyJavaItSaysWhichToInstall() throws IOException {
    Ended ended = launch(Map.of("JAVA_HOME", folder.resolve("none").toString()));
    assertThat(ended.err)
        .isEqualTo("labelmill: no java found: install a JDK 17 or 21, or set JAVA_HOME to one\n");
    assertThat(ended.exitCode).isEqualTo(1);
  }

  /** A folder that says which Java it is, and whose java only tells that it was called. */
  private Path jdk(String version) throws IOException {
    Path jdk = folder.toRealPath().resolve("jdk-" + version);
    program(jdk.resolve("bin/java"), "java");
    Files.writeString(
        jdk.resolve("release"), "IMPLEMENTOR=\"None\"\nJAVA_VERSION=\"%s\"\n".formatted(version));
    return jdk;
  }

  private String spark() throws IOException {
    program(folder.resolve("spark/bin/spark-submit"), "submitted");
    return folder.resolve("spark").toString();
  }

  /** A script that says a word and its arguments, and notes its locale. */
  private void program(Path file, String word) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        "#!/bin/sh\necho \"$LC_ALL\" > %s\necho %s \"$@\"\n"
            .formatted(folder.resolve("locale"), word));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** {@code jobs/score} beside nothing that was built. */
  private Path script() throws IOException {
    Path jobs = Files.createDirectories(folder.resolve("home/jobs"));
    for (String name : List.of("score", "launch")) {
      Files.copy(
          Path.of("jobs", name),
          jobs.resolve(name),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.COPY_ATTRIBUTES);
    }
    return jobs.resolve("score");
  }

  private Ended launch(Map<String, String> variables) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(script().toString(), "--help")
            .redirectOutput(folder.resolve("out").toFile())
            .redirectError(folder.resolve("err").toFile());
    Map<String, String> environment = builder.environment();
    environment.remove("SPARK_HOME");
    // No jar is built: what is looked at comes before one is needed.
    environment.put("LABELMILL_JAR", folder.resolve("labelmill-app.jar").toString());
    environment.putAll(new TreeMap<>(variables));
    try {
      int exitCode = builder.start().waitFor();
      return new Ended(
          exitCode,
          Files.readString(folder.resolve("out"), StandardCharsets.UTF_8),
          Files.readString(folder.resolve("err"), StandardCharsets.UTF_8));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
