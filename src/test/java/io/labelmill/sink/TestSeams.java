package io.labelmill.sink;

import io.labelmill.source.Seam;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Ends runs at seams: within a test by an error that no code catches, in a process of its own, when
 * {@code -Dlabelmill.test.kill=SEAM:N} is set, by SIGKILL as the seam is reached for the Nth time.
 */
public final class TestSeams implements Seam.Listener {
  /** The exit code of a process that was killed, as its parent sees it: 128 and SIGKILL. */
  public static final int KILLED = 137;

  private static final AtomicReference<Seam> FATAL = new AtomicReference<>();

  private final String kill = System.getProperty("labelmill.test.kill", ":0");
  private final AtomicInteger reached = new AtomicInteger();

  /** What ends a run within a test. */
  public static final class Killed extends Error {}

  /** Ends the next run of this JVM that reaches the seam; null: none. */
  public static void killAt(Seam seam) {
    FATAL.set(seam);
  }

  @Override
  public void reached(Seam seam) {
    if (FATAL.compareAndSet(seam, null)) {
      throw new Killed();
    }
    int colon = kill.indexOf(':');
    if (seam.name().equals(kill.substring(0, colon))
        && reached.incrementAndGet() == Integer.parseInt(kill.substring(colon + 1))) {
      kill();
    }
  }

  /** Ends this process by SIGKILL; the thread that calls it does nothing more. */
  static void kill() {
    try {
      new ProcessBuilder("kill", "-KILL", Long.toString(ProcessHandle.current().pid()))
          .start()
          .waitFor();
      TimeUnit.MINUTES.sleep(1);
      throw new IllegalStateException("This process outlived its SIGKILL");
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException("This process could not be killed", e);
    }
  }
}
