package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What {@code jobs/cron/nightly} makes of the exit codes of {@code jobs/score}, in whose place here
 * stands a script that notes how it was called and ends with the codes it is told.
 */
class NightlyScriptTest {
  private static final String JOB =
      """
      #!/usr/bin/env bash
      cd "$(dirname "$0")"
      echo "$*" >> calls
      read -r code < codes
      sed -i 1d codes
      if [[ $code == wait ]]; then
        trap 'echo ended >> calls; exit 143' TERM
        touch started
        while :; do sleep 0.05; done
      fi
      # As the system ends a process: a shell gives this as 128 and its number.
      if ((code > 128)); then kill -s $((code - 128)) $$; fi
      exit "$code"
      """;

  private static final String ALERT =
      """
      #!/usr/bin/env bash
      echo "$@" >> "$(dirname "$0")/alerts"
      """;

  @TempDir Path folder;
  private Path jobs;
  private Path config;

  private record End(int code, String err) {}

  @BeforeEach
  void copyScript() throws IOException {
    jobs = Files.createDirectories(folder.resolve("jobs"));
    Files.createDirectory(jobs.resolve("cron"));
    Files.copy(
        Path.of("jobs/cron/nightly"),
        jobs.resolve("cron/nightly"),
        StandardCopyOption.COPY_ATTRIBUTES);
    script(jobs.resolve("score"), JOB);
    script(jobs.resolve("alert"), ALERT);
    config = Files.writeString(folder.resolve("fridge.properties"), "model = m\n");
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Process start(Map<String, String> environment, List<String> codes, String... arguments)
      throws IOException {
    Files.write(jobs.resolve("codes"), codes);
    List<String> command = new ArrayList<>(List.of(jobs.resolve("cron/nightly").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(folder.resolve("err").toFile());
    builder.environment().put("NIGHTLY_PAUSE", "0");
    builder.environment().put("NIGHTLY_ALERT", jobs.resolve("alert") + " --to team");
    builder.environment().putAll(environment);
    return builder.start();
  }

  private End end(Process process) throws IOException, InterruptedException {
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return new End(process.exitValue(), Files.readString(folder.resolve("err")));
    } finally {
      process.destroyForcibly();
    }
  }

  private End run(Map<String, String> environment, List<String> codes, String... arguments)
      throws IOException, InterruptedException {
    return end(start(environment, codes, arguments));
  }

  private List<String> lines(String name) throws IOException {
    Path file = jobs.resolve(name);
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0      | 0 | 1 | ",
        "1      | 1 | 1 | arguments or configuration are wrong: mend them",
        "2      | 2 | 1 | an input, model or output has to be mended, or too many images failed",
        "3 0    | 0 | 2 | ",
        "3 3 0  | 3 | 2 | lost (exit code 3, tried 2 times)",
        "137 0  | 0 | 2 | ",
        "134 1  | 1 | 2 | arguments or configuration are wrong: mend them",
        "3 2    | 2 | 2 | an input, model or output has to be mended, or too many images failed",
        "137 139| 3 | 2 | lost (exit code 139, tried 2 times)"
      })
  void codesAreTriedAgainOrToldOrBoth(String codes, int code, int calls, String alert)
      throws Exception {
    End end = run(Map.of(), Arrays.asList(codes.split(" ")), config.toString());
    assertThat(end.code()).as(end.err()).isEqualTo(code);
    assertThat(lines("calls"))
        .hasSize(calls)
        .containsOnly("--config " + config + " --if-exists resume");
    if (alert == null) {
      assertThat(lines("alerts")).isEmpty();
    } else {
      String line = "labelmill nightly " + config + ": " + alert;
      assertThat(lines("alerts")).containsExactly("--to team " + line);
      assertThat(end.err()).contains(line);
    }
  }

  @Test
  void argumentsReachTheJobAsTheyAre() throws Exception {
    End end =
        run(
            Map.of(),
            List.of("0"),
            config.toString(),
            "--device",
            "gpu",
            "--",
            "--conf",
            "spark.x=a b");
    assertThat(end.code()).as(end.err()).isZero();
    assertThat(lines("calls"))
        .containsExactly(
            "--config " + config + " --if-exists resume --device gpu -- --conf spark.x=a b");
  }

  @Test
  void retriesAreCounted() throws Exception {
    assertThat(run(Map.of("NIGHTLY_RETRIES", "0"), List.of("3", "0"), config.toString()).code())
        .isEqualTo(3);
    assertThat(lines("calls")).hasSize(1);
    assertThat(
            run(Map.of("NIGHTLY_RETRIES", "3"), List.of("3", "3", "3", "0"), config.toString())
                .code())
        .isZero();
    assertThat(lines("calls")).hasSize(5);
  }

  @Test
  void aSecondNightDoesNotStartBesideTheFirst() throws Exception {
    Process first = start(Map.of(), List.of("wait"), config.toString());
    try {
      awaitStart();
      End second =
          end(
              new ProcessBuilder(jobs.resolve("cron/nightly").toString(), config.toString())
                  .redirectError(folder.resolve("err").toFile())
                  .start());
      assertThat(second.code()).isEqualTo(2);
      assertThat(second.err())
          .isEqualTo(
              "labelmill nightly "
                  + config
                  + ": an earlier run still goes on; nothing was started\n");
      assertThat(lines("calls")).hasSize(1);
    } finally {
      first.descendants().forEach(ProcessHandle::destroyForcibly);
      first.destroyForcibly().waitFor();
    }
  }

  @Test
  void whoStopsItStopsTheJobWithoutAnotherTry() throws Exception {
    Process process = start(Map.of(), List.of("wait", "0"), config.toString());
    awaitStart();
    process.destroy();
    End end = end(process);
    assertThat(end.code()).as(end.err()).isEqualTo(143);
    assertThat(end.err()).contains("stopped; the next run goes on from here");
    assertThat(lines("calls")).hasSize(2).endsWith("ended");
  }

  @Test
  void mistakesAreToldWithoutAJob() throws Exception {
    assertThat(run(Map.of(), List.of()).err())
        .contains("the first argument must be a properties file, such as a copy of conf/score");
    assertThat(run(Map.of(), List.of(), "--model", "m").code()).isEqualTo(1);
    assertThat(run(Map.of(), List.of(), folder.resolve("gone").toString()).err())
        .contains("gone: the file can not be read");
    assertThat(run(Map.of("NIGHTLY_RETRIES", "two"), List.of(), config.toString()).err())
        .contains("NIGHTLY_RETRIES=two is no number");
    assertThat(run(Map.of("NIGHTLY_PAUSE", "1m"), List.of(), config.toString()).err())
        .contains("NIGHTLY_PAUSE=1m is no number");
    assertThat(lines("calls")).isEmpty();
  }

  @Test
  void anAlertThatFailsIsToldAndChangesNothing() throws Exception {
    End end = run(Map.of("NIGHTLY_ALERT", "false"), List.of("2"), config.toString());
    assertThat(end.code()).isEqualTo(2);
    assertThat(end.err()).contains("labelmill nightly: false failed, nobody was told");
  }

  private void awaitStart() throws InterruptedException {
    for (int i = 0; i < 600 && !Files.exists(jobs.resolve("started")); i++) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    assertThat(jobs.resolve("started")).exists();
  }
}
