package io.labelmill.command;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.spi.StandardLevel;

/** How much a command says in its log. */
enum LogLevel {
  /** What ends a run. */
  ERROR(StandardLevel.ERROR, StandardLevel.ERROR),
  /** And what may surprise; no progress. */
  WARN(StandardLevel.WARN, StandardLevel.WARN),
  /** And each event of the run, with its progress; of Spark, warnings. */
  INFO(StandardLevel.INFO, StandardLevel.WARN),
  /** And Spark's own events. */
  DEBUG(StandardLevel.DEBUG, StandardLevel.INFO);

  private final StandardLevel ours;
  private final StandardLevel others;

  LogLevel(StandardLevel ours, StandardLevel others) {
    this.ours = ours;
    this.others = others;
  }

  /** Sets the levels of this JVM, in place of those of its logging configuration. */
  void set() {
    Configurator.setRootLevel(Level.valueOf(others.name()));
    Configurator.setLevel("io.labelmill", Level.valueOf(ours.name()));
  }
}
