package io.labelmill.score;

import io.labelmill.error.Status;
import io.labelmill.model.Device;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * What tasks count while they run: for progress, for metrics and for the times in a run's summary.
 * A task that is run twice counts twice, so what a table holds is counted from its files.
 *
 * <p>Every task has its own copy, which its threads may use together; the driver's sums up those of
 * the tasks that have ended. What is counted here is counted for the JVM as well, in {@link
 * ExecutorMetrics}.
 */
public final class JobCounters implements Serializable {
  private final LongAccumulator images;
  private final StatusCounts statuses = new StatusCounts();
  private final LongAccumulator modelLoads;
  private final LongAccumulator modelLoadNanos;
  private final LongAccumulator readNanos;
  private final LongAccumulator decodeNanos;
  private final LongAccumulator inferNanos;
  private final LongAccumulator readsWaiting;
  private final LongAccumulator decodedWaiting;
  private final WorkSpan work = new WorkSpan();
  private final UsedDevices devices = new UsedDevices();
  private final FailuresInARow inARow = new FailuresInARow();
  private final int mostInARow;

  public JobCounters(SparkContext spark) {
    this(spark, Integer.MAX_VALUE);
  }

  /**
   * @param mostInARow images that may fail one after the other since their store does not give them
   */
  JobCounters(SparkContext spark, int mostInARow) {
    this.mostInARow = mostInARow;
    spark.register(inARow);
    images = spark.longAccumulator("images");
    spark.register(statuses, "images by status");
    modelLoads = spark.longAccumulator("model loads");
    modelLoadNanos = spark.longAccumulator("nanoseconds loading models");
    readNanos = spark.longAccumulator("nanoseconds waiting for reads");
    decodeNanos = spark.longAccumulator("nanoseconds decoding and preprocessing");
    inferNanos = spark.longAccumulator("nanoseconds inferring");
    // Without names, since sums and a span say nothing on the pages of stages.
    readsWaiting = spark.longAccumulator();
    decodedWaiting = spark.longAccumulator();
    spark.register(work);
    spark.register(devices, "devices");
  }

  /**
   * An image has its row.
   *
   * @throws io.labelmill.error.OutageException where too many failed before it in the same task
   */
  synchronized void image(Status status) {
    inARow.add(status.isOutage());
    images.add(1);
    statuses.add(status);
    work.add(System.currentTimeMillis());
    ExecutorMetrics.image(status);
    if (tooManyInARow()) {
      throw FailureLimit.inARow(inARow.value(), ", the last one as " + status);
    }
  }

  /** Whether more images failed one after the other than may, in tasks that have ended. */
  boolean tooManyInARow() {
    return inARow.value() > mostInARow;
  }

  /** How many images failed one after the other at the most. */
  long mostFailuresInARow() {
    return inARow.value();
  }

  synchronized void modelLoad(Device device, long nanos) {
    modelLoads.add(1);
    modelLoadNanos.add(nanos);
    devices.add(device.toString());
  }

  /**
   * An image was taken of those that are read ahead.
   *
   * @param nanos that the task waited for it
   * @param ready how many more stood ready behind it
   */
  synchronized void read(long nanos, int ready) {
    readNanos.add(nanos);
    // Its count is that of the takes, so that it gives the mean.
    readsWaiting.add(ready);
    ExecutorMetrics.read(nanos, ready);
  }

  synchronized void decode(long nanos) {
    decodeNanos.add(nanos);
    ExecutorMetrics.decode(nanos);
  }

  synchronized void batchStarted() {
    work.add(System.currentTimeMillis());
  }

  /**
   * A device took a batch.
   *
   * @param waiting how many decoded images still wait in this JVM
   */
  synchronized void passBegun(int waiting) {
    // Its count is that of the passes.
    decodedWaiting.add(waiting);
  }

  synchronized void infer(long nanos) {
    inferNanos.add(nanos);
    ExecutorMetrics.infer(nanos);
  }

  /** Rows made by finished tasks. */
  public long images() {
    return images.sum();
  }

  /** Rows made by finished tasks with some status. */
  public long images(Status status) {
    return statuses.value().getOrDefault(status, 0L);
  }

  /** Rows of failed images made by finished tasks. */
  public long failed() {
    return images() - images(Status.OK);
  }

  /** Sessions opened: one per executor and device in a run without lost executors. */
  public long modelLoads() {
    return modelLoads.sum();
  }

  /** Time in which sessions were opened, the model's way to the executor included, summed. */
  public long modelLoadMillis() {
    return modelLoadNanos.sum() / 1_000_000;
  }

  /** Where sessions were opened, such as {@code cpu} or {@code gpu:0}, each once. */
  public List<String> devices() {
    return devices.value();
  }

  /** When the first image of the run was read; empty while no task has ended. */
  public Optional<Instant> firstBatch() {
    return work.value().map(WorkSpan.Span::first);
  }

  /** When the latest row was made; empty while no task has ended. */
  public Optional<Instant> lastRow() {
    return work.value().map(WorkSpan.Span::last);
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

  /** How many images stood ready when a task took one, in the mean; 0 while no task has ended. */
  public double readsWaiting() {
    return mean(readsWaiting);
  }

  /**
   * How many decoded images waited for a device in the JVM of a task when it took a batch of the
   * task, in the mean; 0 while no task has ended.
   */
  public double decodedWaiting() {
    return mean(decodedWaiting);
  }

  private static double mean(LongAccumulator values) {
    return values.count() == 0 ? 0 : values.avg();
  }
}
