package io.labelmill.score;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How fast something advances, over the last minute: long enough to be calm, short enough to tell
 * the present. Thread-safe.
 */
public final class Rate {
  private static final long WINDOW_MILLIS = 60_000;

  private final Deque<Mark> marks = new ArrayDeque<>();

  private record Mark(long atMillis, long done) {}

  /**
   * Begins anew.
   *
   * @param atMillis of any clock that does not jump
   */
  public synchronized void start(long atMillis, long done) {
    marks.clear();
    marks.add(new Mark(atMillis, done));
  }

  /** Notes where it stands; often enough, a rate is of the last minute. */
  public synchronized void mark(long atMillis, long done) {
    marks.add(new Mark(atMillis, done));
    while (marks.size() > 2 && atMillis - marks.peekFirst().atMillis() > WINDOW_MILLIS) {
      marks.removeFirst();
    }
  }

  /** Per second, from the oldest mark to the newest; 0 where there are less than two. */
  public synchronized double perSecond() {
    if (marks.size() < 2) {
      return 0;
    }
    Mark from = marks.getFirst();
    Mark to = marks.getLast();
    return (to.done() - from.done()) * 1000.0 / Math.max(1, to.atMillis() - from.atMillis());
  }
}
