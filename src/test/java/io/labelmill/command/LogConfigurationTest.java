package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.logging.log4j.core.LoggerContext;
import org.junit.jupiter.api.Test;

/** {@code conf/log4j2.properties}. */
class LogConfigurationTest {
  @Test
  void eventsAreOneLineEachWhereTheErrorsGoNow() {
    PrintStream before = System.err;
    ByteArrayOutputStream notebook = new ByteArrayOutputStream();
    try (LoggerContext context =
        new LoggerContext("conf", null, Path.of("conf/log4j2.properties").toUri())) {
      context.start();
      // As kernels of notebooks do, after the first line was logged.
      System.setErr(new PrintStream(notebook, true, StandardCharsets.UTF_8));
      context.getLogger("io.labelmill.score.ScoreJob").info("Device: {}", "cpu");
      context.getLogger("io.labelmill.score.ScoreJob").debug("not shown");
      context.getLogger("org.apache.spark.SparkContext").info("not shown");
      context.getLogger("org.apache.spark.SparkContext").warn("a port is taken");
    } finally {
      System.setErr(before);
    }
    assertThat(notebook.toString(StandardCharsets.UTF_8).lines())
        .satisfiesExactly(
            line -> assertThat(line).matches("\\d\\d:\\d\\d:\\d\\d INFO  ScoreJob: Device: cpu"),
            line ->
                assertThat(line)
                    .matches("\\d\\d:\\d\\d:\\d\\d WARN  SparkContext: a port is taken"));
  }
}
