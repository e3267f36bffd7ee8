package io.labelmill.score;

import io.labelmill.error.Status;
import java.util.EnumMap;
import java.util.Map;
import org.apache.spark.util.AccumulatorV2;

/** How many images had which status, as tasks report them. */
final class StatusCounts extends AccumulatorV2<Status, Map<Status, Long>> {
  private final EnumMap<Status, Long> images = new EnumMap<>(Status.class);

  @Override
  public synchronized boolean isZero() {
    return images.isEmpty();
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
