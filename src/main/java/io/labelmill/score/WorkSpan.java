package io.labelmill.score;

import java.time.Instant;
import java.util.Optional;
import org.apache.spark.util.AccumulatorV2;

/** From when to when tasks worked, by the times that they report in milliseconds of the epoch. */
final class WorkSpan extends AccumulatorV2<Long, Optional<WorkSpan.Span>> {
  private static final long NONE = Long.MAX_VALUE;

  private long first = NONE;
  private long last = Long.MIN_VALUE;

  /** The first and the last of the reported times. */
  record Span(Instant first, Instant last) {}

  @Override
  public boolean isZero() {
    return first == NONE;
  }

  @Override
  public WorkSpan copy() {
    WorkSpan copy = new WorkSpan();
    copy.first = first;
    copy.last = last;
    return copy;
  }

  @Override
  public void reset() {
    first = NONE;
    last = Long.MIN_VALUE;
  }

  @Override
  public void add(Long millis) {
    first = Math.min(first, millis);
    last = Math.max(last, millis);
  }

  @Override
  public void merge(AccumulatorV2<Long, Optional<Span>> other) {
    other
        .value()
        .ifPresent(
            span -> {
              add(span.first().toEpochMilli());
              add(span.last().toEpochMilli());
            });
  }

  @Override
  public Optional<Span> value() {
    return isZero()
        ? Optional.empty()
        : Optional.of(new Span(Instant.ofEpochMilli(first), Instant.ofEpochMilli(last)));
  }
}
