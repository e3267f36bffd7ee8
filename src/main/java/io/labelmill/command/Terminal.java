package io.labelmill.command;

import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Where a command writes.
 *
 * @param err problems and progress
 * @param isInteractive whether somebody watches {@code err}, so that a line may be written over
 * @param left where the JSON document lies that tells what was done; null until there is one
 */
record Terminal(
    PrintStream out, PrintStream err, boolean isInteractive, AtomicReference<String> left) {
  /** Set by the launcher where its standard error is a terminal: Java can't tell by itself. */
  private static final String WATCHED = "LABELMILL_TERMINAL";

  Terminal(PrintStream out, PrintStream err, boolean isInteractive) {
    this(out, err, isInteractive, new AtomicReference<>());
  }

  static Terminal ofProcess() {
    return new Terminal(System.out, System.err, "yes".equals(System.getenv(WATCHED)));
  }

  /** Tells programs where a command has written down what it did, as JSON. */
  void leaves(String document) {
    left.set(document);
  }

  /** The document of the command that was run; empty where it leaves none. */
  Optional<String> document() {
    return Optional.ofNullable(left.get());
  }
}
