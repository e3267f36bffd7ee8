package io.labelmill.model;

import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/**
 * The device of each task of a job: one for all, or the GPU that Spark gives the task. Resolved on
 * the driver before the first job, asked by each task.
 */
public final class TaskDevices implements Serializable {
  /** The name under which Spark hands out GPUs. */
  private static final String RESOURCE = "gpu";

  private static final String TASK_AMOUNT = "spark.task.resource.gpu.amount";
  private static final String EXECUTOR_AMOUNT = "spark.executor.resource.gpu.amount";
  private static final String EXECUTOR_OPTIONS = "spark.executor.extraJavaOptions";

  /** Null where Spark gives each task its own. */
  private final Device fixed;

  private final String reason;
  private final List<String> warnings;

  private TaskDevices(Device fixed, String reason, List<String> warnings) {
    this.fixed = fixed;
    this.reason = reason;
    this.warnings = warnings;
  }

  /** All tasks run on the processor. */
  private static TaskDevices cpu(String reason) {
    return new TaskDevices(Device.CPU, "cpu: " + reason, List.of());
  }

  /**
   * Decides for a job.
   *
   * @param conf of the running application
   * @throws UsageException if what is chosen can't be had, saying what to set
   */
  public static TaskDevices resolve(DeviceChoice choice, SparkConf conf) {
    return resolve(choice, conf, ExecutionProviders.ofThisJvm());
  }

  static TaskDevices resolve(DeviceChoice choice, SparkConf conf, ExecutionProviders providers) {
    refuseGpusOfLocalMaster(conf);
    String master = conf.get("spark.master", "");
    boolean isLocal = isLocal(master);
    boolean hasResource = amount(conf, TASK_AMOUNT).isPresent();
    boolean isBuiltForGpus =
        providers.areForGpus()
            || conf.get(EXECUTOR_OPTIONS, "").contains("-D" + OnnxRuntimeProviders.NATIVE_PATH);
    return switch (choice.wanted()) {
      case CPU -> cpu("as --device says");
      case GPU_OF_THIS_MACHINE -> {
        if (!isLocal) {
          throw new UsageException(
              ("--device %s names a GPU of this machine, for a local Spark, but the master is %s,"
                      + " where Spark gives each task its GPU: write --device gpu")
                  .formatted(choice, master));
        }
        requireGpuBuild(choice, isBuiltForGpus);
        yield new TaskDevices(
            Device.gpu(choice.ordinal()), choice + ": as --device says", List.of());
      }
      case GPU -> {
        if (isLocal) {
          throw new UsageException(
              "--device gpu takes the GPUs that Spark hands out, but the master is "
                  + master
                  + ", and a local master hands out none: name a GPU of this machine, such as"
                  + " --device gpu:0, or give a cluster's --master behind --");
        }
        if (!hasResource) {
          throw new UsageException(
              ("--device gpu takes the GPUs that Spark hands out, but %s is not set: add"
                      + " --properties-file conf/spark-gpu.conf behind --, or set %s, %s and"
                      + " spark.executor.resource.gpu.discoveryScript yourself")
                  .formatted(TASK_AMOUNT, EXECUTOR_AMOUNT, TASK_AMOUNT));
        }
        requireGpuBuild(choice, isBuiltForGpus);
        yield assigned("as --device says", conf);
      }
      case AUTO -> {
        if (isLocal) {
          yield cpu("the master is " + master + ", which hands out no GPUs");
        }
        if (!hasResource) {
          yield cpu(TASK_AMOUNT + " is not set, so Spark hands out no GPUs");
        }
        if (!isBuiltForGpus) {
          yield new TaskDevices(
              Device.CPU,
              "cpu: ONNX Runtime is the build without CUDA",
              List.of(
                  "Spark gives tasks GPUs and they stay idle: %s, or take %s away"
                      .formatted(noGpuBuild(), TASK_AMOUNT)));
        }
        yield assigned(
            "Spark gives tasks GPUs (" + TASK_AMOUNT + "), and ONNX Runtime is built for them",
            conf);
      }
    };
  }

  /**
   * Refuses a local master with GPUs for tasks: Spark would wait for them for ever, and say
   * nothing.
   *
   * @throws UsageException if so
   */
  public static void refuseGpusOfLocalMaster(SparkConf conf) {
    String master = conf.get("spark.master", "");
    if (isLocal(master) && amount(conf, TASK_AMOUNT).isPresent()) {
      throw new UsageException(
          ("%s is %s, but the master is %s, which hands out no GPUs, so that no task would"
                  + " ever start: leave it out (a GPU of this machine is taken with --device gpu:0),"
                  + " or give a cluster's --master behind --")
              .formatted(TASK_AMOUNT, conf.get(TASK_AMOUNT), master));
    }
  }

  /**
   * The device of tasks that run in this JVM; empty where others run them, or each has its own.
   *
   * @param conf of their Spark
   */
  public Optional<Device> ofThisJvm(SparkConf conf) {
    return Optional.ofNullable(fixed).filter(device -> areInThisJvm(conf));
  }

  /** Whether tasks run in the JVM of their driver. */
  public static boolean areInThisJvm(SparkConf conf) {
    return isLocal(conf.get("spark.master", ""));
  }

  private static boolean isLocal(String master) {
    return master.equals("local") || master.startsWith("local[");
  }

  private static void requireGpuBuild(DeviceChoice choice, boolean isBuiltForGpus) {
    if (!isBuiltForGpus) {
      throw new UsageException(
          "--device " + choice + " needs ONNX Runtime's build for GPUs: " + noGpuBuild());
    }
  }

  /** What to do about an ONNX Runtime for processors alone. */
  static String noGpuBuild() {
    return "the one on the class path is for processors alone; build Labelmill with ./mvnw -Pgpu"
        + " -DskipTests package";
  }

  private static TaskDevices assigned(String reason, SparkConf conf) {
    return new TaskDevices(
        null, "the GPU that Spark gives each task: " + reason, idleGpus(conf).stream().toList());
  }

  /** Says so if an executor has more GPUs than its tasks are given. */
  private static Optional<String> idleGpus(SparkConf conf) {
    double perExecutor = amount(conf, EXECUTOR_AMOUNT).orElse(1.0);
    double perTask = amount(conf, TASK_AMOUNT).orElseThrow();
    if (perTask > 1) {
      return Optional.of(
          ("%s is %s, but a task runs on one GPU: the others are idle. At most 1 is of use, and a"
                  + " part of it where tasks are to share a GPU")
              .formatted(TASK_AMOUNT, number(perTask)));
    }
    if (perExecutor <= 1) {
      return Optional.empty();
    }
    String layout =
        ". One executor per GPU keeps them all busy: %s 1, as in conf/spark-gpu.conf"
            .formatted(EXECUTOR_AMOUNT);
    if (!conf.contains("spark.executor.cores")) {
      return Optional.of(
          ("Each executor has %s GPUs. Spark fills one with tasks before it gives out the next, and"
                  + " executors with few cores leave the last ones idle%s")
              .formatted(number(perExecutor), layout));
    }
    int tasks = conf.getInt("spark.executor.cores", 1) / conf.getInt("spark.task.cpus", 1);
    double used = Math.ceil(tasks / Math.floor(1 / perTask));
    return used >= perExecutor
        ? Optional.empty()
        : Optional.of(
            ("Each executor has %s GPUs, but its %s tasks are given only %s of them, since %s is"
                    + " %s: the others are idle%s")
                .formatted(
                    number(perExecutor),
                    tasks,
                    number(used),
                    TASK_AMOUNT,
                    number(perTask),
                    layout));
  }

  private static String number(double amount) {
    return amount == Math.rint(amount) ? Long.toString((long) amount) : Double.toString(amount);
  }

  private static Optional<Double> amount(SparkConf conf, String key) {
    return conf.contains(key)
        ? Optional.of(conf.getDouble(key, 0)).filter(amount -> amount > 0)
        : Optional.empty();
  }

  public boolean areGpus() {
    return fixed == null || fixed.kind() == Device.Kind.GPU;
  }

  /** What was taken and why, for the log. */
  public String reason() {
    return reason;
  }

  /** Sentences that the user should read. */
  public List<String> warnings() {
    return warnings;
  }

  /**
   * The device of a task.
   *
   * @throws InputException if the task is to be given one by Spark, and was given none
   */
  public Device of(TaskContext task) {
    return fixed != null ? fixed : assigned(task.resourcesJMap());
  }

  /** The GPU among a task's resources; never one that it was not given. */
  static Device assigned(Map<String, ResourceInformation> resources) {
    ResourceInformation gpus = resources.get(RESOURCE);
    if (gpus == null || gpus.addresses().length == 0) {
      throw new InputException(
          ("Spark gave this task no GPU, although %s is set: see that the job runs in the default"
                  + " resource profile, or write --device cpu")
              .formatted(TASK_AMOUNT));
    }
    String address = gpus.addresses()[0];
    if (!address.matches("\\d{1,9}")) {
      throw new InputException(
          ("Spark gave this task the GPU \"%s\", but addresses must be the numbers by which CUDA"
                  + " counts GPUs: take conf/gpus.sh as the discovery script")
              .formatted(address));
    }
    return Device.gpu(Integer.parseInt(address));
  }
}
