package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How {@code jobs/launch} starts Java: for seconds or for hours, with classes made ready or
 * without. In a home of its own, with a Java that only says how it was called.
 */
class LauncherStartTest {
  private static final String SHORT = "-XX:+UseSerialGC -Dspark.ui.enabled=false";
  private static final String QUICK_COMPILER = "-XX:TieredStopAtLevel=1";
  private static final String PATIENT_COMPILER =
      "-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000"
          + " -XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000";
  private static final String PREPARING =
      "labelmill: preparing faster starts; once for a build, half a minute\n";

  @TempDir Path folder;
  private Path home;
  private Path photographs;

  private record Ended(int exitCode, String out, String err) {}

  @BeforeEach
  void build() throws IOException {
    home = Files.createDirectories(folder.toRealPath().resolve("home"));
    Files.createDirectories(home.resolve("jobs"));
    Files.createDirectories(home.resolve("src/main"));
    Files.createDirectories(home.resolve("target/run"));
    for (String script : List.of("launch", "score", "evaluate")) {
      Files.copy(
          Path.of("jobs", script),
          home.resolve("jobs").resolve(script),
          StandardCopyOption.COPY_ATTRIBUTES);
    }
    Files.writeString(home.resolve("pom.xml"), "");
    Files.writeString(home.resolve("target/spark.classpath"), "spark.jar");
    Files.writeString(home.resolve("target/labelmill-1-app.jar"), "a jar");
    java("echo java \"$@\"");
    photographs = Files.createDirectory(folder.resolve("photographs"));
    for (int i = 0; i < 6; i++) {
      Files.writeString(photographs.resolve(i + ".JPG"), "");
    }
  }

  @Test
  void aFewPhotographsAreTheWorkOfSeconds() throws IOException {
    for (String input : List.of("photographs", "file://" + photographs, "photographs/1.JPG")) {
      Ended ended = score("--model", "m", "--input", input, "--output", "out");
      assertThat(ended.out).as(input).contains(SHORT);
      assertThat(ended.out).endsWith("--input " + input + " --output out\n");
    }
    assertThat(score("--model", "m", "--input=photographs", "--input=photographs/1.JPG").out)
        .contains(SHORT);
    assertThat(score("--help").out).contains(SHORT);
  }

  @Test
  void theQuickCompilerIsForSmallModels() throws IOException {
    Path model = Files.createDirectory(folder.resolve("m"));
    assertThat(score("--model", "hub/name", "--input", "photographs").out)
        .contains(SHORT + " " + PATIENT_COMPILER);
    try (var weights = new RandomAccessFile(model.resolve("model.safetensors").toFile(), "rw")) {
      weights.setLength(1 << 20);
      for (String name : List.of("m", "file://" + model)) {
        assertThat(score("--model", name, "--input", "photographs").out)
            .as(name)
            .contains(SHORT + " " + QUICK_COMPILER);
      }
      weights.setLength(65 << 20);
      assertThat(score("--model=m", "--input", "photographs").out)
          .contains(SHORT + " " + PATIENT_COMPILER);
    }
    assertThat(score("--help").out).contains(SHORT + " " + QUICK_COMPILER);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--input photographs --input elsewhere",
        "--input s3a://shelf/photographs",
        "--input photographs/*.JPG",
        "--input photographs --input-format csv",
        "--input photographs --if-exists resume",
        "--input photographs --if-exists=resume",
        "--input photographs --config nightly.properties",
        "--input photographs -- --master spark://elsewhere:7077",
        "--input photographs -- --conf spark.master=yarn",
        "--compact --output out",
        "--model m",
        "--input"
      })
  void whatIsNotClearlyFewPhotographsIsMore(String words) throws IOException {
    assertThat(score(words.split(" ")).out).contains(PATIENT_COMPILER).doesNotContain("SerialGC");
  }

  static Stream<String> tables() {
    return Stream.of(TableFormat.values())
        .flatMap(format -> format.names().stream())
        .map(name -> "table." + name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"paths.csv.gz", "shard-1.TAR", "all.zip"})
  @MethodSource("tables")
  void aFileThatMayHoldManyIsMore(String name) throws IOException {
    Files.writeString(photographs.resolve(name), "");
    assertThat(score("--input", "photographs").out)
        .contains(PATIENT_COMPILER)
        .doesNotContain("SerialGC");
  }

  @Test
  void fiftyAreFewAndFiftyOneAreNot() throws IOException {
    for (int i = 6; i < 50; i++) {
      Files.writeString(photographs.resolve(i + ".jpg"), "");
    }
    assertThat(score("--input", "photographs").out).contains(SHORT);
    assertThat(score("--input", "photographs", "--input", "photographs/1.JPG").out)
        .contains(PATIENT_COMPILER)
        .doesNotContain("SerialGC");
    Files.writeString(photographs.resolve("50.jpg"), "");
    assertThat(score("--input", "photographs").out)
        .contains(PATIENT_COMPILER)
        .doesNotContain("SerialGC");
  }

  @Test
  void withoutWordsForSparkSubmitItIsLeftOut() throws IOException {
    assertThat(score("--input", "photographs").out)
        .contains(" io.labelmill.Main score --input photographs")
        .doesNotContain("SparkSubmit");
  }

  @Test
  void settingsOfADriverThatWorksAloneNeedNoSparkSubmit() throws IOException {
    Path file = folder.resolve("spark.properties");
    Files.writeString(file, "spark.master local[7]\nspark.ui.port=4050\n");
    assertThat(
            score(
                    "--input",
                    "photographs",
                    "--",
                    "--properties-file",
                    file.toString(),
                    "--master=local[2]",
                    "--deploy-mode",
                    "client",
                    "--driver-memory",
                    "3g",
                    "--conf",
                    "spark.ui.port=4051")
                .out)
        .contains("-Xmx3g", SHORT)
        // Of two of one name Java takes the last.
        .contains(
            " -Dspark.hadoop.fs.file.impl=io.labelmill.table.LocalFiles"
                + " -Dspark.master=local[7] -Dspark.ui.port=4050 -Dspark.ui.port=4051"
                + " -Dspark.master=local[2] -Dspark.submit.deployMode=client"
                + " -Dspark.driver.memory=3g -cp spark.jar:")
        .contains(" io.labelmill.Main score --input photographs\n")
        .doesNotContain("SparkSubmit");
  }

  @Test
  void aFlagWinsOverConfAndThatOverThePropertiesFile() throws IOException {
    Files.writeString(
        folder.resolve("spark.properties"), "spark.master yarn\nspark.driver.memory 1g\n");
    String words = "--input photographs -- --properties-file spark.properties";
    assertThat(score(words.split(" ")).out)
        .contains("-Xmx1g", PATIENT_COMPILER, "SparkSubmit")
        .doesNotContain("SerialGC");
    words += " --conf spark.master=local[3] --conf spark.driver.memory=2g";
    assertThat(score(words.split(" ")).out)
        .contains("-Xmx2g", SHORT)
        .doesNotContain("-Xmx1g", "SparkSubmit");
    words = words.replace(" --conf spark.m", " --master local --driver-memory 3g --conf spark.m");
    assertThat(score(words.split(" ")).out)
        .contains("-Xmx3g", "-Dspark.master=local -Dspark.driver.memory=3g -cp ")
        .doesNotContain("-Xmx2g", "SparkSubmit");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--jars a.jar",
        "--packages a:b:1",
        "--name nightly",
        "--master local-cluster[2,1,1024]",
        "--master spark://elsewhere:7077",
        "--master local[2] --deploy-mode cluster",
        "--conf spark.jars.packages=a:b:1",
        "--conf spark.files=a.txt",
        "--conf spark.driver.extraClassPath=a.jar",
        "--conf spark.kerberos.keytab=a.keytab",
        "--conf spark.submit.deployMode=cluster",
        "--conf spark.master=yarn",
        "--conf colour=blue",
        "--properties-file yarn.properties",
        "--properties-file folded.properties"
      })
  void sparkSubmitActsOnTheRest(String words) throws IOException {
    Files.writeString(folder.resolve("yarn.properties"), "spark.master=yarn\n");
    Files.writeString(folder.resolve("folded.properties"), "spark.app.name=a\\\n  b\n");
    List<String> arguments = new ArrayList<>(List.of("--input", "photographs", "--"));
    arguments.addAll(List.of(words.split(" ")));
    assertThat(score(arguments.toArray(String[]::new)).out)
        // It loads the application's jar beside those of --jars, which it must see.
        .contains(
            " -cp spark.jar org.apache.spark.deploy.SparkSubmit --class io.labelmill.Main "
                + words
                + " ");
  }

  @Test
  void classesAreMadeReadyOnceForABuild() throws IOException {
    java(
        """
        for word; do
          case $word in
            -XX:ArchiveClassesAtExit=*) echo classes >"${word#*=}"; exit ;;
          esac
        done
        echo java "$@"
        """);
    Ended first = score("--input", "photographs");
    assertThat(first.err).isEqualTo(PREPARING);
    assertThat(first.exitCode).isZero();
    assertThat(archives()).hasSize(1);
    Path archive = archives().get(0);
    assertThat(first.out).contains("-XX:SharedArchiveFile=" + archive + " -Xlog:cds*=off");
    Ended second = score("--input", "photographs");
    assertThat(second.err).isEmpty();
    assertThat(second.out).isEqualTo(first.out);
    assertThat(home.resolve("target/run")).isDirectoryNotContaining("glob:**rehearsal.??????");
  }

  @Test
  void aJobRunsWhereClassesCannotBeMadeReadyAndTheNextDoesNotTry() throws IOException {
    Ended first = score("--input", "photographs");
    assertThat(first.err)
        .isEqualTo(
            PREPARING
                + "labelmill: starts stay slow, see %s\n"
                    .formatted(home.resolve("target/run/rehearsal.log")));
    assertThat(first.exitCode).isZero();
    assertThat(first.out).contains(" io.labelmill.Main score ").doesNotContain("SharedArchiveFile");
    Ended second = score("--input", "photographs");
    assertThat(second.err).isEmpty();
    assertThat(second.out).isEqualTo(first.out);
  }

  @Test
  void anotherJavaOrAnotherBuildGetsClassesOfItsOwn() throws IOException {
    score("--input", "photographs");
    Path before = archives().get(0);
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"21.0.1\"\n");
    assertThat(score("--input", "photographs").err).startsWith(PREPARING);
    assertThat(archives()).hasSize(1).doesNotContain(before);
    assertThat(archives().get(0).toString()).endsWith("-java-21.0.1.jsa");
  }

  private List<Path> archives() throws IOException {
    try (var files = Files.list(home.resolve("target/run"))) {
      return files.filter(file -> file.toString().endsWith(".jsa")).toList();
    }
  }

  private void java(String script) throws IOException {
    Path java = folder.toRealPath().resolve("jdk/bin/java");
    Files.createDirectories(java.getParent());
    Files.writeString(java, "#!/bin/bash\n" + script);
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"17.0.15\"\n");
  }

  private Ended score(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of(home.resolve("jobs/score").toString()));
    command.addAll(List.of(words));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(folder.resolve("out.txt").toFile())
            .redirectError(folder.resolve("err.txt").toFile());
    for (String variable : List.of("SPARK_HOME", "SPARK_CONF_DIR", "MASTER", "LABELMILL_JAR")) {
      builder.environment().remove(variable);
    }
    builder.environment().put("JAVA_HOME", folder.toRealPath().resolve("jdk").toString());
    try {
      int exitCode = builder.start().waitFor();
      return new Ended(
          exitCode,
          Files.readString(folder.resolve("out.txt")),
          Files.readString(folder.resolve("err.txt")));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
