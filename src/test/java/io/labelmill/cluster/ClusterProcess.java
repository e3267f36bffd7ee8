package io.labelmill.cluster;

import java.io.IOException;
import java.util.Arrays;

/**
 * Runs the main method of a class until standard input ends, so that a daemon of the cluster never
 * outlives the tests that started it: however they end, the pipe to it closes.
 */
final class ClusterProcess {
  /** Shutdown hooks, a worker's that stop its executors among them, get this long. */
  private static final long GRACE_MILLIS = 10_000;

  private ClusterProcess() {}

  public static void main(String[] args) throws ReflectiveOperationException {
    Thread watch = new Thread(ClusterProcess::endWithInput, "end-with-input");
    watch.setDaemon(true);
    watch.start();
    Class.forName(args[0])
        .getMethod("main", String[].class)
        .invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
  }

  private static void endWithInput() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException e) {
      // A broken pipe is an end as well.
    }
    Thread limit =
        new Thread(
            () -> {
              try {
                Thread.sleep(GRACE_MILLIS);
              } catch (InterruptedException e) {
                // Then at once.
              }
              Runtime.getRuntime().halt(1);
            });
    limit.setDaemon(true);
    limit.start();
    System.exit(0);
  }
}
