package io.labelmill.score;

import java.util.OptionalLong;
import org.apache.spark.util.AccumulatorV2;

/** The earliest of the times that tasks report, in milliseconds of the epoch. */
final class EarliestTime extends AccumulatorV2<Long, OptionalLong> {
  private static final long NONE = Long.MAX_VALUE;

  private long earliest = NONE;

  @Override
  public boolean isZero() {
    return earliest == NONE;
  }

  @Override
  public EarliestTime copy() {
    EarliestTime copy = new EarliestTime();
    copy.earliest = earliest;
    return copy;
  }

  @Override
  public void reset() {
    earliest = NONE;
  }

  @Override
  public void add(Long millis) {
    earliest = Math.min(earliest, millis);
  }

  @Override
  public void merge(AccumulatorV2<Long, OptionalLong> other) {
    other.value().ifPresent(this::add);
  }

  @Override
  public OptionalLong value() {
    return isZero() ? OptionalLong.empty() : OptionalLong.of(earliest);
  }
}
