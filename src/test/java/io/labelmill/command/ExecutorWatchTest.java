package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.error.OutageException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.Success$;
import org.apache.spark.executor.ExecutorMetrics;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.apache.spark.scheduler.cluster.ExecutorInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import scala.collection.immutable.Map$;

class ExecutorWatchTest {
  private static final String FULL = "Unable to create executor due to No space left on device";

  private final List<String> cancelled = new ArrayList<>();
  private final ExecutorWatch watch =
      new ExecutorWatch((reason, job) -> cancelled.add(job + ": " + reason));
  private long now = 1_000_000;
  private int executors;

  @BeforeEach
  void begin() {
    watch.begin();
    watch.started(7);
  }

  @AfterEach
  void forget() {
    new ExecutorWatch((reason, job) -> {}).begin();
  }

  @Test
  void executorsThatAllEndAtTheirStartEndTheJobs() {
    loseYoung(ExecutorWatch.MOST - 1, FULL);
    assertThat(cancelled).isEmpty();
    assertThat(ExecutorWatch.outage()).isEmpty();
    loseYoung(1, FULL);
    String sentence =
        "10 executors ended one after the other as soon as they were started, the last one by: "
            + FULL
            + ". What was committed stays; mend their machines, or start again later (--if-exists"
            + " resume goes on).";
    assertThat(cancelled).containsExactly("7: " + sentence);
    assertThat(ExecutorWatch.outage().orElseThrow())
        .isInstanceOf(OutageException.class)
        .hasMessage(sentence);
    watch.started(8);
    assertThat(cancelled).as("and those that come").hasSize(2);
  }

  @Test
  void aTaskThatEndsWellBeginsTheCountAnew() {
    loseYoung(ExecutorWatch.MOST - 1, FULL);
    String working = add();
    endTask(working);
    remove(working, FULL);
    loseYoung(ExecutorWatch.MOST - 1, FULL);
    assertThat(cancelled).isEmpty();
  }

  @Test
  void whileAnExecutorWorksOthersMayBeLost() {
    String working = add();
    now += 30_000;
    loseYoung(3 * ExecutorWatch.MOST, FULL);
    assertThat(cancelled).isEmpty();
    remove(working, "its machine went");
    loseYoung(1, FULL);
    assertThat(cancelled).hasSize(1);
  }

  @Test
  void executorsThatAreTakenAwayOrLostLaterDoNotCount() {
    loseYoung(2 * ExecutorWatch.MOST, "Executor killed by driver.");
    loseYoung(2 * ExecutorWatch.MOST, "Executor decommission: spot instance");
    List<String> old = new ArrayList<>();
    for (int i = 0; i < 2 * ExecutorWatch.MOST; i++) {
      old.add(add());
    }
    now += 60_000;
    old.forEach(executor -> remove(executor, "worker lost"));
    assertThat(cancelled).isEmpty();
  }

  private void loseYoung(int count, String reason) {
    for (int i = 0; i < count; i++) {
      String executor = add();
      now += 2_000;
      remove(executor, reason);
    }
  }

  private String add() {
    String id = Integer.toString(executors++);
    watch.onExecutorAdded(
        new SparkListenerExecutorAdded(
            now, id, new ExecutorInfo("host", 1, Map$.MODULE$.empty(), Map$.MODULE$.empty())));
    return id;
  }

  private void remove(String id, String reason) {
    watch.onExecutorRemoved(new SparkListenerExecutorRemoved(now, id, reason));
  }

  private void endTask(String executor) {
    TaskInfo task = new TaskInfo(0, 0, 0, 0, now, executor, "host", TaskLocality.ANY(), false);
    watch.onTaskEnd(
        new SparkListenerTaskEnd(
            0, 0, "task", Success$.MODULE$, task, new ExecutorMetrics(), TaskMetrics.empty()));
  }
}
