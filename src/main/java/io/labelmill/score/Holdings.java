package io.labelmill.score;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

/**
 * What a partition under way holds open. It is closed with the last row, since a task may go
 * through any number of partitions; and at the end of the task, for rows that nobody takes. What is
 * closed is not referred to any more. Thread-safe.
 */
public final class Holdings implements AutoCloseable {
  private final Deque<Runnable> closings = new ArrayDeque<>();

  Holdings() {}

  /** Those of one of a task's partitions, closed when the task ends, whichever way. */
  public static Holdings of(TaskContext task) {
    Holdings holdings = new Holdings();
    TaskCompletionListener close = ended -> holdings.close();
    task.addTaskCompletionListener(close);
    return holdings;
  }

  /** Takes over something as soon as it is open, since the next may fail to. */
  public synchronized void add(Runnable close) {
    closings.addFirst(close);
  }

  /** The same rows; after the last one everything is closed. */
  public <T> Iterator<T> until(Iterator<T> rows) {
    return new Iterator<>() {
      private Iterator<T> left = rows;

      @Override
      public boolean hasNext() {
        if (left != null && !left.hasNext()) {
          left = null;
          close();
        }
        return left != null;
      }

      @Override
      public T next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return left.next();
      }
    };
  }

  /**
   * Closes what is open yet, what was opened last first, and all of it whichever fails.
   *
   * @throws RuntimeException the first failure, with the others
   */
  @Override
  public synchronized void close() {
    RuntimeException failure = null;
    while (!closings.isEmpty()) {
      try {
        closings.removeFirst().run();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
