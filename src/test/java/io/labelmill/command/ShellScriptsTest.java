package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shell scripts through shellcheck, which {@code .ci/setup} installs. */
class ShellScriptsTest {
  @TempDir Path folder;

  private record Check(int exitCode, String out) {
    static Check of(List<Path> scripts) throws IOException, InterruptedException {
      List<String> command = new ArrayList<>(List.of("shellcheck", "--norc"));
      scripts.forEach(script -> command.add(script.toString()));
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Check(process.waitFor(), out);
    }
  }

  @BeforeAll
  static void askForShellcheck() throws InterruptedException {
    boolean installed;
    try {
      installed = new ProcessBuilder("shellcheck", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      installed = false;
    }
    if (!installed) {
      System.err.println(
          "SHELL SCRIPTS ARE NOT CHECKED: there is no shellcheck; apt-get install shellcheck");
    }
    assumeThat(installed).as("shellcheck is installed").isTrue();
  }

  @Test
  void scriptsHaveNoFindings() throws Exception {
    List<Path> scripts = scripts();
    assertThat(scripts)
        .contains(Path.of("jobs/launch"), Path.of("jobs/cron/nightly"), Path.of("conf/gpus.sh"));
    Check check = Check.of(scripts);
    assertThat(check.exitCode()).as(check.out()).isZero();
  }

  @Test
  void aFindingWouldBeSeen() throws Exception {
    Path script = Files.writeString(folder.resolve("bad"), "#!/bin/bash\nrm -rf $1/*\n");
    Check check = Check.of(List.of(script));
    assertThat(check.exitCode()).isEqualTo(1);
    assertThat(check.out()).contains("SC2086");
  }

  /** Every file that a shell runs by its first line. */
  private static List<Path> scripts() throws IOException {
    List<Path> scripts = new ArrayList<>();
    for (String root : List.of("jobs", ".ci", "conf")) {
      try (Stream<Path> files = Files.walk(Path.of(root))) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          if (Files.readString(file).matches("(?s)#!/(usr/bin/env bash|bin/sh|bin/bash)\n.*")) {
            scripts.add(file);
          }
        }
      }
    }
    return scripts;
  }
}
