package io.labelmill.cluster;

import io.labelmill.source.Seam;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;

/**
 * Holds a driver after its first wave until it has no executor left. Both a listener of Spark, by
 * {@code spark.extraListeners}, and one of seams.
 */
public final class IdleBetweenWaves extends SparkListener implements Seam.Listener {
  private static final long LIMIT_SECONDS = 120;
  private static final Set<String> EXECUTORS = ConcurrentHashMap.newKeySet();
  private static final CountDownLatch ALL_GONE = new CountDownLatch(1);

  private static boolean held;

  @Override
  public void onExecutorAdded(SparkListenerExecutorAdded added) {
    EXECUTORS.add(added.executorId());
  }

  @Override
  public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
    EXECUTORS.remove(removed.executorId());
    if (EXECUTORS.isEmpty()) {
      ALL_GONE.countDown();
    }
  }

  @Override
  public void reached(Seam seam) {
    if (seam != Seam.BETWEEN_WAVES || held) {
      return;
    }
    held = true;
    try {
      if (!ALL_GONE.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("executors stay although they are idle: " + EXECUTORS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
