package io.labelmill.score;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkEnv;

/** Where a task decodes, where its forward passes run, and how many batches are under way. */
final class Lanes implements AutoCloseable {
  /**
   * Of one task, where batches are decoded ahead: one on the device, one waiting for it or being
   * finished, one being filled, so that neither side waits for a buffer while the other works.
   */
  static final int AHEAD = 3;

  private static final AtomicInteger THREADS = new AtomicInteger();

  private final Executor decode;
  private final Executor device;
  private final ExecutorService own;
  private final int batches;
  private volatile boolean closed;

  private Lanes(Executor decode, Executor device, ExecutorService own, int batches) {
    this.decode = decode;
    this.device = device;
    this.own = own;
    this.batches = batches;
  }

  /**
   * All in the task's own thread, one batch at a time: right where a pass keeps the task's core
   * busy, and every core has a task.
   */
  static Lanes inTask() {
    return new Lanes(Runnable::run, Runnable::run, null, 1);
  }

  /**
   * Decoding in threads that all tasks of this JVM share, as many as its executor has cores, so
   * that one task can use them all; passes one after the other in a thread of the task's own.
   */
  static Lanes ahead() {
    ExecutorService device = Executors.newSingleThreadExecutor(task -> daemon(task, "device"));
    return new Lanes(Decoders.THREADS, device, device, AHEAD);
  }

  Executor decode() {
    return decode;
  }

  Executor device() {
    return device;
  }

  /** Whether the task has ended, so that nobody wants what is still queued. */
  boolean isClosed() {
    return closed;
  }

  int batches() {
    return batches;
  }

  /**
   * Waits for the pass that is running, if one is, however often the thread is interrupted: what it
   * runs on may be closed after that. No other begins.
   */
  @Override
  public void close() {
    closed = true;
    if (own == null) {
      return;
    }
    own.shutdownNow();
    boolean interrupted = false;
    for (boolean ended = false; !ended; ) {
      try {
        ended = own.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, "image-" + name + "-" + THREADS.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /** The shared threads; they end when idle for a minute. */
  private static final class Decoders {
    private static final ThreadPoolExecutor THREADS = threads();

    private static ThreadPoolExecutor threads() {
      int cores = TaskSlots.coresOfThisJvm(SparkEnv.get() == null ? null : SparkEnv.get().conf());
      // The queue holds the images of batches under way, and no more.
      ThreadPoolExecutor threads =
          new ThreadPoolExecutor(
              cores,
              cores,
              1,
              TimeUnit.MINUTES,
              new LinkedBlockingQueue<>(),
              task -> daemon(task, "decoder"));
      threads.allowCoreThreadTimeOut(true);
      return threads;
    }
  }
}
