package io.labelmill.sink;

import io.labelmill.source.Seam;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Ends or stops runs at seams: within a test by an error that no code catches, in a process of its
 * own, when {@code -Dlabelmill.test.kill=SEAM:N} or {@code -Dlabelmill.test.stop=SEAM:N} is set, by
 * SIGKILL or SIGSTOP as the seam is reached for the Nth time.
 */
public final class TestSeams implements Seam.Listener {
  /** The exit code of a process that was killed, as its parent sees it: 128 and SIGKILL. */
  public static final int KILLED = 137;

  private static final AtomicReference<Seam> FATAL = new AtomicReference<>();

  private static final AtomicReference<Interlude> INTERLUDE = new AtomicReference<>();

  /** What others do while a run is at a seam. */
  private record Interlude(Seam seam, Runnable action) {}

  private final Moment kill = Moment.of("labelmill.test.kill");
  private final Moment stop = Moment.of("labelmill.test.stop");

  /** A seam that is reached so many times. */
  private record Moment(String seam, int times, AtomicInteger reached) {
    static Moment of(String property) {
      String[] parts = System.getProperty(property, ":0").split(":", 2);
      return new Moment(parts[0], Integer.parseInt(parts[1]), new AtomicInteger());
    }

    boolean isAt(Seam other) {
      return seam.equals(other.name()) && reached.incrementAndGet() == times;
    }
  }

  /** What ends a run within a test. */
  public static final class Killed extends Error {}

  /** Ends the next run of this JVM that reaches the seam; null: none. */
  public static void killAt(Seam seam) {
    FATAL.set(seam);
  }

  /** Does something when the next run of this JVM reaches the seam, once. */
  public static void doAt(Seam seam, Runnable action) {
    INTERLUDE.set(new Interlude(seam, action));
  }

  @Override
  public void reached(Seam seam) {
    Interlude interlude = INTERLUDE.get();
    if (interlude != null && interlude.seam == seam && INTERLUDE.compareAndSet(interlude, null)) {
      interlude.action.run();
    }
    if (FATAL.compareAndSet(seam, null)) {
      throw new Killed();
    }
    if (kill.isAt(seam)) {
      kill();
    }
    if (stop.isAt(seam)) {
      signal("STOP");
    }
  }

  /** Ends this process by SIGKILL; the thread that calls it does nothing more. */
  static void kill() {
    signal("KILL");
    try {
      TimeUnit.MINUTES.sleep(1);
      throw new IllegalStateException("This process outlived its SIGKILL");
    } catch (InterruptedException e) {
      throw new IllegalStateException("This process could not be killed", e);
    }
  }

  private static void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(ProcessHandle.current().pid()))
          .start()
          .waitFor();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException("This process could not be signalled", e);
    }
  }
}
