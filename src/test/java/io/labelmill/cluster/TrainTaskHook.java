package io.labelmill.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Kills one executor with SIGKILL while it trains the second epoch, for {@code spark.plugins}:
 * whichever is the first to make the file {@code spark.test.killed}.
 */
public final class TrainTaskHook implements SparkPlugin, ExecutorPlugin {
  static final String KILLED = "spark.test.killed";

  private static final long INTO_THE_EPOCH_MILLIS = 100;

  private String file;

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
    file = context.conf().get(KILLED);
  }

  @Override
  public void onTaskStart() {
    String description = TaskContext.get().getLocalProperty("spark.job.description");
    if (description == null
        || !description.startsWith("Train epoch 2 ")
        || !(TaskContext.get() instanceof BarrierTaskContext)) {
      return;
    }
    try {
      Files.createFile(Path.of(file));
    } catch (FileAlreadyExistsException e) {
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread killer = new Thread(TrainTaskHook::kill, "killer");
    killer.setDaemon(true);
    killer.start();
  }

  private static void kill() {
    try {
      Thread.sleep(INTO_THE_EPOCH_MILLIS);
      LabelTaskHook.killThisJvm();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
