package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.command.CapturedTerminal.Ended;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogLevelTest {
  private final Level root = LogManager.getRootLogger().getLevel();
  private final Level ours = LogManager.getLogger("io.labelmill").getLevel();

  @AfterEach
  void restore() {
    Configurator.setRootLevel(root);
    Configurator.setLevel("io.labelmill", ours);
  }

  @ParameterizedTest
  @CsvSource({"ERROR, ERROR, ERROR", "WARN, WARN, WARN", "INFO, INFO, WARN", "DEBUG, DEBUG, INFO"})
  void sparkSaysLessThanLabelmill(LogLevel level, String labelmill, String spark) {
    level.set();
    assertThat(LogManager.getLogger("io.labelmill.score.ScoreJob").getLevel())
        .isEqualTo(Level.valueOf(labelmill));
    assertThat(LogManager.getLogger("org.apache.spark.SparkContext").getLevel())
        .isEqualTo(Level.valueOf(spark));
  }

  @Test
  void everyCommandHasTheOption() {
    LogLevel.INFO.set();
    // It holds from the first line on, also where the command then finds a mistake.
    Ended ended = CapturedTerminal.run("model", "inspect", "nowhere", "--log-level", "warn");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(LogManager.getLogger("io.labelmill").getLevel()).isEqualTo(Level.WARN);
  }

  @Test
  void withoutItTheConfigurationHolds() {
    LogLevel.DEBUG.set();
    CapturedTerminal.run("model", "inspect", "nowhere");
    assertThat(LogManager.getLogger("io.labelmill").getLevel()).isEqualTo(Level.DEBUG);
  }

  @Test
  void anotherWordIsRefused() {
    assertThat(CapturedTerminal.run("model", "inspect", "m", "--log-level", "inf").problems())
        .containsExactly(
            "--log-level is inf: it must be error, warn, info or debug. Did you mean info?");
  }
}
