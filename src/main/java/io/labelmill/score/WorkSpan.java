package io.labelmill.score;

import java.io.Serializable;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.util.AccumulatorV2;

/**
 * From when to when tasks worked, by the times that they report in milliseconds of the epoch.
 * Thread-safe, also while it is serialized: Spark sends it with an executor's heartbeat while its
 * task goes on.
 */
final class WorkSpan extends AccumulatorV2<Long, Optional<WorkSpan.Span>> {
  /**
   * Null, and so not final, while Spark reads an accumulator that it has shown to the heartbeat of
   * the executor already (SPARK-59451): an exception there would end all of the executor's
   * heartbeats. Holds null while no time is reported.
   */
  private AtomicReference<Span> span = new AtomicReference<>();

  /** The first and the last of the reported times. */
  record Span(Instant first, Instant last) implements Serializable {
    private Span and(Span other) {
      return new Span(
          first.isBefore(other.first) ? first : other.first,
          last.isAfter(other.last) ? last : other.last);
    }
  }

  @Override
  public boolean isZero() {
    return span == null || span.get() == null;
  }

  @Override
  public WorkSpan copy() {
    WorkSpan copy = new WorkSpan();
    copy.span.set(span.get());
    return copy;
  }

  @Override
  public void reset() {
    span.set(null);
  }

  @Override
  public void add(Long millis) {
    Instant time = Instant.ofEpochMilli(millis);
    add(new Span(time, time));
  }

  private void add(Span more) {
    span.accumulateAndGet(more, (before, added) -> before == null ? added : before.and(added));
  }

  @Override
  public void merge(AccumulatorV2<Long, Optional<Span>> other) {
    other.value().ifPresent(this::add);
  }

  @Override
  public Optional<Span> value() {
    return Optional.ofNullable(span.get());
  }
}
