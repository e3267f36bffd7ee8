package io.labelmill.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads that share out passes among them, begin together and are timed as a whole. */
final class Threads {
  private Threads() {}

  /** What one thread works with; closed by it. */
  interface Worker extends AutoCloseable {
    /** One pass, starting with item {@code index}. */
    void pass(int index) throws Exception;

    @Override
    default void close() {}
  }

  /** Makes each thread's own. */
  interface Workers {
    Worker open() throws Exception;
  }

  /**
   * Items a second, the pass that warms each thread up not counted.
   *
   * @param step items of a pass
   * @throws IOException if a pass fails, with its cause
   */
  static double rate(int threads, int items, int step, Workers workers) throws IOException {
    AtomicInteger next = new AtomicInteger();
    CountDownLatch warm = new CountDownLatch(threads);
    CountDownLatch go = new CountDownLatch(1);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> ends = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        ends.add(pool.submit(() -> loop(items, step, next, warm, go, workers)));
      }
      warm.await();
      long start = System.nanoTime();
      go.countDown();
      for (Future<?> end : ends) {
        end.get();
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      // The last pass is a whole one too.
      return (items + step - 1) / step * step / seconds;
    } catch (ExecutionException e) {
      throw new IOException("a forward pass failed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      pool.shutdownNow();
      awaitEnd(pool);
    }
  }

  /** Who opened the session closes it next, and must not while a pass is under way. */
  private static void awaitEnd(ExecutorService pool) {
    boolean interrupted = false;
    while (!pool.isTerminated()) {
      try {
        pool.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One pass to warm up, then passes until none is left. A failure ends the other threads too. */
  private static Void loop(
      int items,
      int step,
      AtomicInteger next,
      CountDownLatch warm,
      CountDownLatch go,
      Workers workers)
      throws Exception {
    boolean succeeded = false;
    try (Worker worker = workers.open()) {
      worker.pass(0);
      warm.countDown();
      go.await();
      for (int at = next.getAndAdd(step); at < items; at = next.getAndAdd(step)) {
        worker.pass(at);
      }
      succeeded = true;
      return null;
    } finally {
      if (!succeeded) {
        next.set(items);
        // Whoever waits for all to be warm must not wait for this one; a count of 0 stays.
        warm.countDown();
      }
    }
  }
}
