package io.labelmill.command;

import io.labelmill.score.CountingTask;
import io.labelmill.score.JobCounters;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * What Spark keeps on the driver of tasks that have ended: its live heap, after a full collection,
 * over waves of many tasks that carry what the score job counts, and do nothing else.
 *
 * <pre>WaveMemory [waves=100] [tasks=25000]</pre>
 */
public final class WaveMemory {
  private static final int LOOKS = 20;

  private WaveMemory() {}

  public static void main(String[] args) throws InterruptedException {
    int waves = args.length > 0 ? Integer.parseInt(args[0]) : 100;
    int tasks = args.length > 1 ? Integer.parseInt(args[1]) : 25_000;
    System.setProperty("spark.master", "local[2]");
    System.setProperty("spark.ui.enabled", "false");
    try (SparkRun run = SparkRun.start("waves")) {
      JavaSparkContext context = new JavaSparkContext(run.session().sparkContext());
      List<Integer> images = Collections.nCopies(tasks, 0);
      JobCounters counters = new JobCounters(run.session().sparkContext());
      // As many stages as Spark keeps have to end before the oldest go.
      int retained = Integer.parseInt(SparkRun.RETAINED.get("spark.ui.retainedStages"));
      int from = Math.min(waves / 2, retained + 5);
      double first = 0;
      double last = 0;
      long start = System.nanoTime();
      for (int wave = 1; wave <= waves; wave++) {
        context.parallelize(images, tasks).mapPartitions(new CountingTask(counters)).count();
        if (wave % Math.max(1, waves / LOOKS) == 0 || wave == from || wave == waves) {
          last = liveMegabytes();
          first = wave == from ? last : first;
          System.out.printf(
              Locale.ROOT,
              "%4d waves of %,d tasks: %.1f MB live, %.0f s%n",
              wave,
              tasks,
              last,
              (System.nanoTime() - start) / 1e9);
        }
      }
      System.out.printf(
          Locale.ROOT,
          "live heap after %d waves, times that after %d: %.3f%n",
          waves,
          from,
          last / first);
    }
  }

  /** What Spark's own threads still have to note is noted first. */
  private static double liveMegabytes() throws InterruptedException {
    Thread.sleep(500);
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1e6;
  }
}
