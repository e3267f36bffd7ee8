package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskSlotsTest {
  private static final int MACHINE = Runtime.getRuntime().availableProcessors();

  @ParameterizedTest
  @CsvSource({"local, 1", "local[3], 3", "'local[7,4]', 7"})
  void aLocalMasterSaysItsCores(String master, int cores) {
    assertThat(TaskSlots.coresOfThisJvm(new SparkConf(false).set("spark.master", master)))
        .isEqualTo(cores);
  }

  @Test
  void anExecutorIsToldItsCores() {
    SparkConf conf = new SparkConf(false).set("spark.master", "yarn");
    assertThat(TaskSlots.coresOfThisJvm(conf.set("spark.executor.cores", "5"))).isEqualTo(5);
  }

  @Test
  void whatIsNotSaidIsTheMachine() {
    assertThat(TaskSlots.coresOfThisJvm(null)).isEqualTo(MACHINE);
    assertThat(TaskSlots.coresOfThisJvm(new SparkConf(false))).isEqualTo(MACHINE);
    assertThat(TaskSlots.coresOfThisJvm(new SparkConf(false).set("spark.master", "local[*]")))
        .isEqualTo(MACHINE);
  }

  @Test
  void tasksOfAnExecutorAreBoundByCoresAndByGpus() {
    SparkConf conf = new SparkConf(false);
    assertThat(TaskSlots.ofExecutor(8, conf)).isEqualTo(8);
    assertThat(TaskSlots.ofExecutor(8, conf.set("spark.task.cpus", "3"))).isEqualTo(2);
    conf.set("spark.task.cpus", "1").set("spark.executor.resource.gpu.amount", "1");
    assertThat(TaskSlots.ofExecutor(8, conf.set("spark.task.resource.gpu.amount", "0.25")))
        .isEqualTo(4);
    assertThat(TaskSlots.ofExecutor(8, conf.set("spark.task.resource.gpu.amount", "1")))
        .isEqualTo(1);
  }
}
