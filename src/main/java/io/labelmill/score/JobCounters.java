package io.labelmill.score;

import io.labelmill.model.Device;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * What tasks count while they run: for progress and for the times in a run's summary. A task that
 * is run twice counts twice, so what a table holds is counted from its files.
 */
public final class JobCounters implements Serializable {
  private final LongAccumulator images;
  private final LongAccumulator failed;
  private final LongAccumulator modelLoads;
  private final LongAccumulator readNanos;
  private final LongAccumulator decodeNanos;
  private final LongAccumulator inferNanos;
  private final EarliestTime firstBatch = new EarliestTime();
  private final UsedDevices devices = new UsedDevices();

  public JobCounters(SparkContext spark) {
    images = spark.longAccumulator("images");
    failed = spark.longAccumulator("failed images");
    modelLoads = spark.longAccumulator("model loads");
    readNanos = spark.longAccumulator("nanoseconds waiting for reads");
    decodeNanos = spark.longAccumulator("nanoseconds decoding and preprocessing");
    inferNanos = spark.longAccumulator("nanoseconds inferring");
    spark.register(firstBatch, "first batch");
    spark.register(devices, "devices");
  }

  void image() {
    images.add(1);
  }

  void failedImage() {
    images.add(1);
    failed.add(1);
  }

  void modelLoad(Device device) {
    modelLoads.add(1);
    devices.add(device.toString());
  }

  void read(long nanos) {
    readNanos.add(nanos);
  }

  void decode(long nanos) {
    decodeNanos.add(nanos);
  }

  void batchStarted() {
    firstBatch.add(System.currentTimeMillis());
  }

  void infer(long nanos) {
    inferNanos.add(nanos);
  }

  /** Rows made by finished tasks. */
  public long images() {
    return images.sum();
  }

  /** Rows of failed images made by finished tasks. */
  public long failed() {
    return failed.sum();
  }

  /** Sessions opened: one per executor and device in a run without lost executors. */
  public long modelLoads() {
    return modelLoads.sum();
  }

  /** Where sessions were opened, such as {@code cpu} or {@code gpu:0}, each once. */
  public List<String> devices() {
    return devices.value();
  }

  /** When the first image of the run was read; empty while no task has ended. */
  public Optional<Instant> firstBatch() {
    OptionalLong millis = firstBatch.value();
    return millis.isPresent()
        ? Optional.of(Instant.ofEpochMilli(millis.getAsLong()))
        : Optional.empty();
  }

  /** Time that tasks waited for encoded images, summed over tasks. */
  public long readMillis() {
    return readNanos.sum() / 1_000_000;
  }

  /** Time that tasks decoded, resized and normalised, summed over tasks. */
  public long decodeMillis() {
    return decodeNanos.sum() / 1_000_000;
  }

  /** Time that tasks spent in forward passes, summed over tasks. */
  public long inferMillis() {
    return inferNanos.sum() / 1_000_000;
  }
}
