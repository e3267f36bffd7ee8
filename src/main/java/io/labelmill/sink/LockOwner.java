package io.labelmill.sink;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * Who holds a lock. Numbers of processes mean something within one namespace of one boot of a
 * kernel, and even there a later process may have the same: it began at another time.
 *
 * @param boot the kernel's own name for this boot; empty where there is none
 * @param namespace of the number of the process; empty where there is none
 * @param start of the process, in ticks since the boot: a clock that is set does not change it
 */
record LockOwner(
    String run, String user, String host, long process, String boot, String namespace, long start) {
  private static final Path PROCESSES = Path.of("/proc");

  static LockOwner ofThisProcess(String run) {
    long process = ProcessHandle.current().pid();
    return new LockOwner(
        run,
        System.getProperty("user.name"),
        hostName(),
        process,
        bootOfThisKernel(),
        namespaceOfThisProcess(),
        startOf(process).orElse(0));
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  private static String bootOfThisKernel() {
    try {
      return Files.readString(PROCESSES.resolve("sys/kernel/random/boot_id")).strip();
    } catch (IOException e) {
      return "";
    }
  }

  private static String namespaceOfThisProcess() {
    try {
      return Files.readSymbolicLink(PROCESSES.resolve("self/ns/pid")).toString();
    } catch (IOException | UnsupportedOperationException e) {
      return "";
    }
  }

  /** Empty where there is no such process. */
  private static OptionalLong startOf(long process) {
    try {
      String stat = Files.readString(PROCESSES.resolve(process + "/stat"));
      // The name of the program, in parentheses, may hold blanks and parentheses.
      String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return OptionalLong.of(Long.parseLong(afterName[19]));
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /**
   * Whether the process is known to be over. One of another user may be hidden, and of one behind
   * another kernel or in another namespace nothing is known.
   */
  boolean isGone() {
    if (boot.isEmpty()
        || namespace.isEmpty()
        || !boot.equals(bootOfThisKernel())
        || !namespace.equals(namespaceOfThisProcess())
        || !user.equals(System.getProperty("user.name"))
        || !Files.exists(PROCESSES.resolve("self/stat"))) {
      return false;
    }
    OptionalLong found = startOf(process);
    return found.isEmpty() || found.getAsLong() != start;
  }

  @Override
  public String toString() {
    return "run " + run + " of " + user + ", process " + process + " on " + host;
  }
}
