package io.labelmill;

import io.labelmill.command.Program;

/** The door of every command: {@code jobs/score} and the others arrive here. */
public final class Main {
  private Main() {}

  /**
   * Runs the command that the first words name, and ends the process with its exit code.
   *
   * @param args the command's name, then its options
   */
  public static void main(String[] args) {
    int exitCode = Program.run(args);
    // Success returns: a resource manager that runs this method itself takes an exit for a failure.
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }
}
