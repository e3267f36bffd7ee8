package io.labelmill.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.TaskContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Disturbs executors as they label images, for {@code spark.plugins}. {@code
 * spark.test.kill=EXECUTOR:N} kills that executor with SIGKILL as the Nth task that labels begins
 * there; {@code spark.test.straggle=EXECUTOR} lets the first one there hang until it is killed;
 * with {@code spark.test.full=true} no executor starts, as if there were no room for what it has to
 * load.
 */
public final class LabelTaskHook implements SparkPlugin, ExecutorPlugin {
  static final String KILL = "spark.test.kill";
  static final String STRAGGLE = "spark.test.straggle";

  static final String FULL = "spark.test.full";

  private final AtomicInteger started = new AtomicInteger();
  private String executor;
  private String kill;
  private String straggle;

  @Override
  public DriverPlugin driverPlugin() {
    return null;
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return this;
  }

  @Override
  public void init(PluginContext context, Map<String, String> ignored) {
    if (context.conf().getBoolean(FULL, false)) {
      throw new UncheckedIOException(new IOException("No space left on device"));
    }
    executor = context.executorID();
    kill = context.conf().get(KILL, "");
    straggle = context.conf().get(STRAGGLE, "");
  }

  @Override
  public void onTaskStart() {
    String description = TaskContext.get().getLocalProperty("spark.job.description");
    // The stage before, of one partition, puts the plan in order.
    if (description == null
        || !description.startsWith("Label images")
        || TaskContext.get().numPartitions() < 2) {
      return;
    }
    int number = started.incrementAndGet();
    if (kill.equals(executor + ":" + number)) {
      killThisJvm();
    } else if (straggle.equals(executor) && number == 1) {
      straggle();
    }
  }

  static void killThisJvm() {
    try {
      new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid()))
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new IllegalStateException("there is no kill", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void straggle() {
    System.err.println("straggles");
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      System.err.println("straggles no more");
      Thread.currentThread().interrupt();
    }
  }
}
