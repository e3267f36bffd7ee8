package io.labelmill.command;

/** Commands for tests of other packages. */
public final class Commands {
  private Commands() {}

  /** Runs a command in this process and gives its exit code; what it prints shows up. */
  public static int run(String... args) {
    return Program.run(args);
  }
}
