package io.labelmill.score;

import io.labelmill.error.Status;
import java.util.EnumMap;
import java.util.Map;
import org.apache.spark.util.AccumulatorV2;

/** How many images had which status, as tasks report them. */
final class StatusCounts extends AccumulatorV2<Status, Map<Status, Long>> {
  /**
   * Null, and so not final, while Spark reads an accumulator that it has shown to the heartbeat of
   * the executor already (SPARK-59451): an exception there would end all of the executor's
   * heartbeats.
   */
  private EnumMap<Status, Long> images = new EnumMap<>(Status.class);

  @Override
  public synchronized boolean isZero() {
    return images == null || images.isEmpty();
  }

  @Override
  public synchronized StatusCounts copy() {
    StatusCounts copy = new StatusCounts();
    copy.images.putAll(images);
    return copy;
  }

  @Override
  public synchronized void reset() {
    images.clear();
  }

  @Override
  public synchronized void add(Status status) {
    images.merge(status, 1L, Long::sum);
  }

  @Override
  public synchronized void merge(AccumulatorV2<Status, Map<Status, Long>> other) {
    other.value().forEach((status, more) -> images.merge(status, more, Long::sum));
  }

  /** Statuses that no image has are absent. */
  @Override
  public synchronized Map<Status, Long> value() {
    return new EnumMap<>(images);
  }
}
