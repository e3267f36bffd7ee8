package io.labelmill.command;

import io.labelmill.error.OutageException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ObjIntConsumer;
import org.apache.spark.Success$;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;

/**
 * Ends the jobs of an application whose executors all end as soon as they start, as on disks
 * without room for the application's jar: Spark would start others for ever. Called by Spark's one
 * thread for listeners; {@link #outage} may be asked by any.
 */
final class ExecutorWatch extends SparkListener {
  /** So many executors may be lost, one after the other, before any ended a task. */
  static final int MOST = 10;

  /** An executor that is lost later had started well. */
  private static final Duration YOUNG = Duration.ofMinutes(1);

  /**
   * One that is there for so long counts as one that works, though it may not have ended a task.
   */
  private static final Duration SETTLED = Duration.ofSeconds(30);

  /** Of the application of this process, which is one at a time. */
  private static volatile ExecutorWatch current;

  private final ObjIntConsumer<String> cancel;
  private final Map<String, Long> sinceMillis = new HashMap<>();
  private final Set<Integer> jobs = new TreeSet<>();
  private int lost;
  private volatile String sentence;

  /**
   * @param cancel ends a job for a reason
   */
  ExecutorWatch(ObjIntConsumer<String> cancel) {
    this.cancel = cancel;
  }

  /** Watches the application that this process runs from now on. */
  void begin() {
    current = this;
  }

  /** Why the application's jobs were ended, if they were. */
  static Optional<RuntimeException> outage() {
    return Optional.ofNullable(current).map(watch -> watch.sentence).map(OutageException::new);
  }

  @Override
  public void onJobStart(SparkListenerJobStart job) {
    started(job.jobId());
  }

  void started(int job) {
    jobs.add(job);
    if (sentence != null) {
      cancel.accept(sentence, job);
    }
  }

  @Override
  public void onJobEnd(SparkListenerJobEnd job) {
    jobs.remove(job.jobId());
  }

  @Override
  public void onExecutorAdded(SparkListenerExecutorAdded executor) {
    sinceMillis.put(executor.executorId(), executor.time());
  }

  @Override
  public void onTaskStart(SparkListenerTaskStart task) {
    // It was there before anybody watched.
    sinceMillis.putIfAbsent(task.taskInfo().executorId(), 0L);
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd task) {
    if (task.reason().equals(Success$.MODULE$)) {
      lost = 0;
      sinceMillis.put(task.taskInfo().executorId(), 0L);
    }
  }

  @Override
  public void onExecutorRemoved(SparkListenerExecutorRemoved executor) {
    Long since = sinceMillis.remove(executor.executorId());
    if (since == null || isOlder(since, executor.time(), YOUNG) || isWanted(executor.reason())) {
      return;
    }
    lost++;
    if (lost >= MOST
        && sinceMillis.values().stream().noneMatch(s -> isOlder(s, executor.time(), SETTLED))) {
      sentence =
          "%d executors ended one after the other as soon as they were started, the last one by: %s."
                  .formatted(lost, executor.reason().strip())
              + " What was committed stays; mend their machines, or start again later"
              + " (--if-exists resume goes on).";
      jobs.forEach(job -> cancel.accept(sentence, job));
    }
  }

  private static boolean isOlder(long sinceMillis, long nowMillis, Duration age) {
    return nowMillis - sinceMillis >= age.toMillis();
  }

  /** Whether Spark or the cluster took an executor away that could have gone on. */
  private static boolean isWanted(String reason) {
    return reason.startsWith("Executor killed by driver")
        || reason.startsWith("Executor decommission");
  }
}
