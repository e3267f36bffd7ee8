package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.ScoreProcess;
import io.labelmill.ShortProcess;
import io.labelmill.TestCheckpoints;
import io.labelmill.demo.FridgePictures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pictures whose names are not ASCII, and JVMs that are started in a locale without UTF-8, as cron
 * and slim images have it: Hadoop's listing would show half of them.
 */
class LocaleIT {
  private static final List<String> NAMES =
      List.of(
          "a.jpg",
          "b.jpg",
          "c.jpg",
          "tr\u00e4nen.jpg",
          "\u753b\u50cf.jpg",
          "\u0444\u043e\u0442\u043e.jpg");

  @TempDir Path folder;

  @BeforeEach
  void write() throws IOException {
    TestCheckpoints.tiny().write(folder.resolve("model"));
    Path drawn = new FridgePictures(1, 3).write(folder.resolve("drawn"));
    Path images = Files.createDirectory(folder.resolve("in"));
    try (Stream<Path> files = Files.list(drawn)) {
      Path picture = files.findFirst().orElseThrow();
      for (String name : NAMES) {
        Files.copy(picture, images.resolve(name));
      }
    }
  }

  @Test
  void aDriverThatCannotTellNamesRefusesThisMachinesFiles() throws Exception {
    assertRefused("C");
  }

  /** The same locale by its other name. */
  @Test
  @Tag("stress")
  void aDriverInPosixRefusesThemToo() throws Exception {
    assertRefused("POSIX");
  }

  private void assertRefused(String locale) throws Exception {
    assertThat(score(1, List.of(), Map.of("LC_ALL", locale)))
        .contains("--input " + folder.resolve("in"))
        .contains(
            ": in the locale of the driver names of files are ANSI_X3.4-1968, so that files with"
                + " other names would be left out: set LC_ALL=C.UTF-8")
        .doesNotContain("Exception");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void anExecutorThatCannotTellNamesRefusesThemToo() throws Exception {
    Path home = Files.createDirectories(folder.resolve("spark/jars")).getParent();
    // Executors have it, too.
    Map<String, String> environment = new HashMap<>(ShortProcess.environment());
    environment.put("SPARK_HOME", home.toString());
    environment.put(
        "SPARK_SCALA_VERSION",
        scala.util.Properties.versionNumberString().replaceFirst("\\.\\d+$", ""));
    environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    environment.put("LC_ALL", "C.UTF-8");
    List<String> options = new ArrayList<>();
    for (String setting :
        List.of(
            "spark.master=local-cluster[1,1,1024]",
            "spark.executor.memory=900m",
            "spark.driver.host=127.0.0.1",
            "spark.driver.bindAddress=127.0.0.1",
            "spark.executorEnv.LC_ALL=C",
            "spark.executor.extraClassPath=" + ScoreProcess.classPath())) {
      options.add("-D" + setting);
    }
    String said = score(1, options, environment);
    assertThat(said.lines().reduce((line, next) -> next).orElseThrow())
        .startsWith("labelmill: file:" + folder.resolve("in"))
        .contains("in the locale of an executor names of files are ANSI_X3.4-1968")
        .endsWith("(for executors -- --conf spark.executorEnv.LC_ALL=C.UTF-8)");
  }

  /** What the process says, which ends with that code. */
  private String score(int exitCode, List<String> options, Map<String, String> environment)
      throws Exception {
    Path log = folder.resolve("log");
    Process process =
        ScoreProcess.start(
            options,
            List.of(
                "--model",
                folder.resolve("model").toString(),
                "--input",
                folder.resolve("in").toString(),
                "--output",
                folder.resolve("out").toString()),
            log,
            environment);
    try {
      assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
      String said = Files.readString(log);
      assertThat(process.exitValue()).as(said).isEqualTo(exitCode);
      return said;
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
