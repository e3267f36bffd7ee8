package io.labelmill.cluster;

import io.labelmill.source.Seam;
import java.util.HashSet;
import java.util.Set;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;

/**
 * Holds a driver after its first wave until it has no executor left. Both a listener of Spark, by
 * {@code spark.extraListeners}, and one of seams.
 */
public final class IdleBetweenWaves extends SparkListener implements Seam.Listener {
  private static final long LIMIT_MILLIS = 120_000;
  private static final Set<String> EXECUTORS = new HashSet<>();

  private static boolean held;

  @Override
  public void onExecutorAdded(SparkListenerExecutorAdded added) {
    synchronized (EXECUTORS) {
      EXECUTORS.add(added.executorId());
    }
  }

  @Override
  public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
    synchronized (EXECUTORS) {
      EXECUTORS.remove(removed.executorId());
      EXECUTORS.notifyAll();
    }
  }

  @Override
  public void reached(Seam seam) {
    if (seam != Seam.BETWEEN_WAVES || held) {
      return;
    }
    held = true;
    try {
      awaitNone();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /**
   * On a slow machine those of the planning may have been gone once before: that does not count.
   */
  private static void awaitNone() throws InterruptedException {
    long end = System.currentTimeMillis() + LIMIT_MILLIS;
    synchronized (EXECUTORS) {
      while (!EXECUTORS.isEmpty()) {
        long left = end - System.currentTimeMillis();
        if (left <= 0) {
          throw new IllegalStateException("executors stay although they are idle: " + EXECUTORS);
        }
        EXECUTORS.wait(left);
      }
    }
  }
}
