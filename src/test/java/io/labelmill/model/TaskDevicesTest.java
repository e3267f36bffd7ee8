package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;

class TaskDevicesTest {
  private static final String TASK = "spark.task.resource.gpu.amount";
  private static final String EXECUTOR = "spark.executor.resource.gpu.amount";

  @Test
  void aGpuWithoutTheResourceSaysWhatToSet() {
    assertThatThrownBy(() -> resolve(DeviceChoice.GPU, cluster(), TestProviders.forGpus()))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--device gpu takes the GPUs that Spark hands out, but spark.task.resource.gpu.amount is"
                + " not set: add --properties-file conf/spark-gpu.conf behind --, or set"
                + " spark.executor.resource.gpu.amount, spark.task.resource.gpu.amount and"
                + " spark.executor.resource.gpu.discoveryScript yourself");
  }

  @Test
  void aGpuWithoutItsBuildSaysWhatToBuild() {
    assertThatThrownBy(
            () -> resolve(DeviceChoice.GPU, gpuCluster("1", "0.25"), TestProviders.forProcessors()))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--device gpu needs ONNX Runtime's build for GPUs: the one on the class path is for"
                + " processors alone; build Labelmill with ./mvnw -Pgpu -DskipTests package");
    assertThatThrownBy(() -> resolve(DeviceChoice.gpu(1), local(), TestProviders.forProcessors()))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("--device gpu:1 needs ONNX Runtime's build for GPUs: ");
  }

  @Test
  void librariesThatExecutorsHaveUnpackedAreABuildToo() {
    SparkConf conf =
        gpuCluster("1", "0.25")
            .set("spark.executor.extraJavaOptions", "-Donnxruntime.native.path=/opt/ort");
    assertThat(resolve(DeviceChoice.GPU, conf, TestProviders.forProcessors()).areGpus()).isTrue();
  }

  @Test
  void aLocalMasterHandsOutNone() {
    assertThatThrownBy(() -> resolve(DeviceChoice.GPU, local(), TestProviders.forGpus()))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--device gpu takes the GPUs that Spark hands out, but the master is local[2], and a"
                + " local master hands out none: name a GPU of this machine, such as --device gpu:0,"
                + " or give a cluster's --master behind --");
  }

  @Test
  void aLocalMasterThatWouldWaitForGpusForEverIsRefused() {
    for (DeviceChoice choice : new DeviceChoice[] {DeviceChoice.AUTO, DeviceChoice.CPU}) {
      assertThatThrownBy(() -> resolve(choice, local().set(TASK, "0.5"), TestProviders.forGpus()))
          .isInstanceOf(UsageException.class)
          .hasMessage(
              "spark.task.resource.gpu.amount is 0.5, but the master is local[2], which hands out no"
                  + " GPUs, so that no task would ever start: leave it out (a GPU of this machine is"
                  + " taken with --device gpu:0), or give a cluster's --master behind --");
    }
  }

  @Test
  void aNamedGpuIsOfThisMachine() {
    TaskDevices devices = resolve(DeviceChoice.gpu(3), local(), TestProviders.forGpus());
    assertThat(devices.areGpus()).isTrue();
    assertThat(devices.of(null)).isEqualTo(Device.gpu(3));
    assertThat(devices.reason()).isEqualTo("gpu:3: as --device says");
    assertThatThrownBy(() -> resolve(DeviceChoice.gpu(3), cluster(), TestProviders.forGpus()))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--device gpu:3 names a GPU of this machine, for a local Spark, but the master is"
                + " spark://m:7077, where Spark gives each task its GPU: write --device gpu");
  }

  @Test
  void autoSaysWhatItTookAndWhy() {
    assertThat(resolve(DeviceChoice.AUTO, local(), TestProviders.forGpus()).reason())
        .isEqualTo("cpu: the master is local[2], which hands out no GPUs");
    assertThat(resolve(DeviceChoice.AUTO, cluster(), TestProviders.forGpus()).reason())
        .isEqualTo("cpu: spark.task.resource.gpu.amount is not set, so Spark hands out no GPUs");
    TaskDevices idle =
        resolve(DeviceChoice.AUTO, gpuCluster("1", "0.25"), TestProviders.forProcessors());
    assertThat(idle.reason()).isEqualTo("cpu: ONNX Runtime is the build without CUDA");
    assertThat(idle.warnings())
        .containsExactly(
            "Spark gives tasks GPUs and they stay idle: the one on the class path is for processors"
                + " alone; build Labelmill with ./mvnw -Pgpu -DskipTests package, or take"
                + " spark.task.resource.gpu.amount away");
    TaskDevices gpus = resolve(DeviceChoice.AUTO, gpuCluster("1", "0.25"), TestProviders.forGpus());
    assertThat(gpus.areGpus()).isTrue();
    assertThat(gpus.warnings()).isEmpty();
    assertThat(gpus.reason())
        .isEqualTo(
            "the GPU that Spark gives each task: Spark gives tasks GPUs"
                + " (spark.task.resource.gpu.amount), and ONNX Runtime is built for them");
  }

  @Test
  void theProcessorIsTakenWhereItIsChosen() {
    TaskDevices devices =
        resolve(DeviceChoice.CPU, gpuCluster("1", "0.25"), TestProviders.forGpus());
    assertThat(devices.areGpus()).isFalse();
    assertThat(devices.of(null)).isEqualTo(Device.CPU);
    assertThat(devices.reason()).isEqualTo("cpu: as --device says");
  }

  @Test
  void aTaskIsPinnedToItsAddressAndToNoOther() {
    assertThat(TaskDevices.assigned(Map.of("gpu", addresses("5", "6")))).isEqualTo(Device.gpu(5));
    assertThatThrownBy(() -> TaskDevices.assigned(Map.of("fpga", addresses("0"))))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "Spark gave this task no GPU, although spark.task.resource.gpu.amount is set: see that"
                + " the job runs in the default resource profile, or write --device cpu");
    assertThatThrownBy(() -> TaskDevices.assigned(Map.of("gpu", addresses("GPU-1f"))))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "Spark gave this task the GPU \"GPU-1f\", but addresses must be the numbers by which CUDA"
                + " counts GPUs: take conf/gpus.sh as the discovery script");
  }

  @Test
  void gpusThatStayIdleAreTold() {
    assertThat(resolve(DeviceChoice.GPU, gpuCluster("1", "2"), TestProviders.forGpus()).warnings())
        .containsExactly(
            "spark.task.resource.gpu.amount is 2, but a task runs on one GPU: the others are idle. At"
                + " most 1 is of use, and a part of it where tasks are to share a GPU");
    SparkConf two = gpuCluster("2", "0.5").set("spark.executor.cores", "2");
    assertThat(resolve(DeviceChoice.GPU, two, TestProviders.forGpus()).warnings())
        .containsExactly(
            "Each executor has 2 GPUs, but its 2 tasks are given only 1 of them, since"
                + " spark.task.resource.gpu.amount is 0.5: the others are idle. One executor per GPU"
                + " keeps them all busy: spark.executor.resource.gpu.amount 1, as in"
                + " conf/spark-gpu.conf");
    SparkConf enough = gpuCluster("2", "0.5").set("spark.executor.cores", "4");
    assertThat(resolve(DeviceChoice.GPU, enough, TestProviders.forGpus()).warnings()).isEmpty();
    SparkConf unknown = gpuCluster("2", "0.5");
    assertThat(resolve(DeviceChoice.GPU, unknown, TestProviders.forGpus()).warnings())
        .singleElement()
        .asString()
        .startsWith("Each executor has 2 GPUs. Spark fills one with tasks before");
  }

  private static TaskDevices resolve(
      DeviceChoice choice, SparkConf conf, ExecutionProviders providers) {
    return TaskDevices.resolve(choice, conf, providers);
  }

  private static SparkConf local() {
    return new SparkConf(false).setMaster("local[2]");
  }

  private static SparkConf cluster() {
    return new SparkConf(false).setMaster("spark://m:7077");
  }

  private static SparkConf gpuCluster(String perExecutor, String perTask) {
    return cluster().set(EXECUTOR, perExecutor).set(TASK, perTask);
  }

  private static ResourceInformation addresses(String... addresses) {
    return new ResourceInformation("gpu", addresses);
  }
}
