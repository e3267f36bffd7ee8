package io.labelmill.score;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.status.api.v1.ExecutorSummary;

/** How many tasks an application can run at once. */
public final class TaskSlots {
  private static final Pattern LOCAL = Pattern.compile("local(?:\\[(\\*|[1-9]\\d*)(?:,.*)?])?");

  private TaskSlots() {}

  /**
   * Slots of the executors there are now; of those asked for while none has come yet. Spark's
   * default parallelism would do, if users did not set it for their shuffles.
   */
  public static int of(SparkContext spark) {
    int slots = 0;
    scala.collection.Iterator<?> executors = executors(spark).iterator();
    while (executors.hasNext()) {
      int cores = ((ExecutorSummary) executors.next()).totalCores();
      slots += ofExecutor(cores, spark.conf());
    }
    if (slots == 0) {
      slots = spark.defaultParallelism() / spark.conf().getInt("spark.task.cpus", 1);
    }
    return Math.max(1, slots);
  }

  /** Tasks that an executor runs at once, by its cores and by its GPUs where tasks need them. */
  static int ofExecutor(int cores, SparkConf conf) {
    int byCores = cores / conf.getInt("spark.task.cpus", 1);
    double gpusPerTask = conf.getDouble("spark.task.resource.gpu.amount", 0);
    if (gpusPerTask <= 0) {
      return byCores;
    }
    double gpus = conf.getDouble("spark.executor.resource.gpu.amount", 0);
    // Tasks never share two GPUs: a fraction is of one.
    double byGpus =
        gpusPerTask > 1 ? Math.floor(gpus / gpusPerTask) : gpus * Math.floor(1 / gpusPerTask);
    return (int) Math.min(byCores, byGpus);
  }

  /** Tasks that the executor in this JVM runs at once; 1 or more. */
  static int ofThisJvm(SparkConf conf) {
    return Math.max(1, ofExecutor(coresOfThisJvm(conf), conf));
  }

  /**
   * Cores of the executor in this JVM: those that Spark was told, or all of the machine's.
   *
   * @param conf null where there is no Spark
   */
  public static int coresOfThisJvm(SparkConf conf) {
    int machine = Runtime.getRuntime().availableProcessors();
    if (conf == null) {
      return machine;
    }
    Matcher local = LOCAL.matcher(conf.get("spark.master", ""));
    if (local.matches()) {
      String threads = local.group(1) == null ? "1" : local.group(1);
      return threads.equals("*") ? machine : Integer.parseInt(threads);
    }
    return Math.max(1, conf.getInt("spark.executor.cores", machine));
  }

  /** By name: its type is another in Scala 2.12 than in 2.13, and one jar runs with both. */
  private static scala.collection.Iterable<?> executors(SparkContext spark) {
    try {
      return (scala.collection.Iterable<?>)
          spark
              .statusStore()
              .getClass()
              .getMethod("executorList", boolean.class)
              .invoke(spark.statusStore(), true);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Spark lists no executors", e);
    }
  }
}
