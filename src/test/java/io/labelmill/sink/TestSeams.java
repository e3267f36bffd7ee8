package io.labelmill.sink;

import io.labelmill.source.Seam;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Ends runs at seams: within a test by an error that no code catches, in a process of its own, when
 * {@code -Dlabelmill.test.halt=SEAM:N} is set, by halting it as the seam is reached for the Nth
 * time.
 */
public final class TestSeams implements Seam.Listener {
  /** The exit code of a process that was halted. */
  public static final int HALTED = 137;

  private static final AtomicReference<Seam> FATAL = new AtomicReference<>();

  private final String halt = System.getProperty("labelmill.test.halt", ":0");
  private final AtomicInteger reached = new AtomicInteger();

  /** What ends a run within a test. */
  public static final class Killed extends Error {}

  /** Ends the next run of this JVM that reaches the seam. */
  public static void killAt(Seam seam) {
    FATAL.set(seam);
  }

  @Override
  public void reached(Seam seam) {
    if (FATAL.compareAndSet(seam, null)) {
      throw new Killed();
    }
    int colon = halt.indexOf(':');
    if (seam.name().equals(halt.substring(0, colon))
        && reached.incrementAndGet() == Integer.parseInt(halt.substring(colon + 1))) {
      Runtime.getRuntime().halt(HALTED);
    }
  }
}
