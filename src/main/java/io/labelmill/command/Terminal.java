package io.labelmill.command;

import java.io.PrintStream;

/**
 * Where a command writes.
 *
 * @param out results
 * @param err problems and progress
 * @param isInteractive whether somebody watches {@code err}, so that a line may be written over
 */
record Terminal(PrintStream out, PrintStream err, boolean isInteractive) {
  /** Set by the launcher where its standard error is a terminal: Java can't tell by itself. */
  private static final String WATCHED = "LABELMILL_TERMINAL";

  static Terminal ofProcess() {
    return new Terminal(System.out, System.err, "yes".equals(System.getenv(WATCHED)));
  }
}
