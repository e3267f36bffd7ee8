package io.labelmill.score;

import org.apache.spark.SparkContext;
import org.apache.spark.status.api.v1.ExecutorSummary;

/** How many tasks an application can run at once. */
final class TaskSlots {
  private TaskSlots() {}

  /**
   * Slots of the executors there are now; of those asked for while none has come yet. Spark's
   * default parallelism would do, if users did not set it for their shuffles.
   */
  static int of(SparkContext spark) {
    int cores = 0;
    scala.collection.Iterator<ExecutorSummary> executors =
        spark.statusStore().executorList(true).iterator();
    while (executors.hasNext()) {
      cores += executors.next().totalCores();
    }
    if (cores == 0) {
      cores = spark.defaultParallelism();
    }
    return Math.max(1, cores / spark.conf().getInt("spark.task.cpus", 1));
  }
}
