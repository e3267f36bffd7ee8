package io.labelmill.score;

import org.apache.spark.util.AccumulatorV2;

/**
 * The longest row of images that failed since their store did not give them. Images of one task
 * follow each other as they do there, tasks as they ended. Thread-safe, also while it is
 * serialized: Spark sends it with an executor's heartbeat while its task goes on.
 */
final class FailuresInARow extends AccumulatorV2<Boolean, Long> {
  private static final long serialVersionUID = 1;

  private long images;
  private long first;
  private long last;
  private long longest;

  @Override
  public synchronized boolean isZero() {
    return images == 0;
  }

  @Override
  public synchronized FailuresInARow copy() {
    FailuresInARow copy = new FailuresInARow();
    copy.images = images;
    copy.first = first;
    copy.last = last;
    copy.longest = longest;
    return copy;
  }

  @Override
  public synchronized void reset() {
    images = 0;
    first = 0;
    last = 0;
    longest = 0;
  }

  /** Of the next image, whether it failed so. */
  @Override
  public synchronized void add(Boolean failed) {
    first += failed && first == images ? 1 : 0;
    last = failed ? last + 1 : 0;
    images++;
    longest = Math.max(longest, last);
  }

  @Override
  public void merge(AccumulatorV2<Boolean, Long> other) {
    FailuresInARow next = ((FailuresInARow) other).copy();
    synchronized (this) {
      longest = Math.max(Math.max(longest, next.longest), last + next.first);
      first = first == images ? images + next.first : first;
      last = next.last == next.images ? last + next.last : next.last;
      images += next.images;
    }
  }

  /** How many there were at the most. */
  @Override
  public synchronized Long value() {
    return longest;
  }
}
