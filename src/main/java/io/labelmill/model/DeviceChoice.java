package io.labelmill.model;

import io.labelmill.error.UsageException;
import io.labelmill.graph.Precision;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a user says of the device: {@code auto}, {@code cpu}, {@code gpu} for the GPU that Spark
 * gives each task, or {@code gpu:N} for a GPU of this machine.
 *
 * @param ordinal the GPU's number for {@link Wanted#GPU_OF_THIS_MACHINE}, else 0
 */
public record DeviceChoice(Wanted wanted, int ordinal) {
  /** The four ways to choose. */
  public enum Wanted {
    /** A GPU where Spark gives tasks one and ONNX Runtime can use it, else the processor. */
    AUTO,
    CPU,
    /** The GPU that Spark gives a task. */
    GPU,
    /** One GPU, named; for Spark's local masters, which give tasks none. */
    GPU_OF_THIS_MACHINE
  }

  public static final DeviceChoice AUTO = new DeviceChoice(Wanted.AUTO, 0);
  public static final DeviceChoice CPU = new DeviceChoice(Wanted.CPU, 0);
  public static final DeviceChoice GPU = new DeviceChoice(Wanted.GPU, 0);

  private static final Pattern NAMED = Pattern.compile("gpu:(\\d{1,3})");

  public static DeviceChoice gpu(int ordinal) {
    return new DeviceChoice(Wanted.GPU_OF_THIS_MACHINE, ordinal);
  }

  /**
   * Reads what stands behind {@code --device}.
   *
   * @throws UsageException if it is none of the four
   */
  public static DeviceChoice parse(String text) {
    Matcher named = NAMED.matcher(text);
    return switch (text) {
      case "auto" -> AUTO;
      case "cpu" -> CPU;
      case "gpu" -> GPU;
      default -> {
        if (!named.matches()) {
          throw new UsageException(
              "--device is "
                  + text
                  + ": it must be auto, cpu, gpu, or gpu:N for the GPU number N of this machine");
        }
        yield gpu(Integer.parseInt(named.group(1)));
      }
    };
  }

  /**
   * Where a model of some arithmetic runs: where that is for processors or for GPUs, on no other.
   *
   * @throws UsageException when another is asked for nevertheless
   */
  public DeviceChoice forPrecision(Precision precision) {
    return switch (precision) {
      case FP32 -> this;
      case FP16 -> {
        if (wanted == Wanted.CPU) {
          throw unfit(precision, "GPUs");
        }
        yield wanted == Wanted.AUTO ? GPU : this;
      }
      case BF16, INT8, INT8_BF16 -> {
        if (wanted != Wanted.AUTO && wanted != Wanted.CPU) {
          throw unfit(precision, "processors");
        }
        yield CPU;
      }
    };
  }

  private UsageException unfit(Precision precision, String devices) {
    return new UsageException(
        "--precision %s is for %s, and --device is %s: leave one of them out"
            .formatted(precision.word(), devices, this));
  }

  /**
   * The device where no Spark gives one: the processor unless a GPU is named.
   *
   * @throws UsageException for a GPU without its number
   */
  public Device ofThisMachine() {
    return switch (wanted) {
      case AUTO, CPU -> Device.CPU;
      case GPU_OF_THIS_MACHINE -> Device.gpu(ordinal);
      case GPU ->
          throw new UsageException(
              "--device gpu takes the GPU that Spark gives a task, and there is no such task here:"
                  + " name a GPU of this machine, such as gpu:0 (nvidia-smi numbers them)");
    };
  }

  @Override
  public String toString() {
    return switch (wanted) {
      case AUTO -> "auto";
      case CPU -> "cpu";
      case GPU -> "gpu";
      case GPU_OF_THIS_MACHINE -> "gpu:" + ordinal;
    };
  }
}
