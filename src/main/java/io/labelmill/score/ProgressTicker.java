package io.labelmill.score;

import java.util.Timer;
import java.util.TimerTask;
import java.util.function.LongConsumer;

/** Tells a {@link Progress} and the metrics every second how far the tasks are. */
final class ProgressTicker implements AutoCloseable {
  private static final long SECOND = 1_000;

  private final Progress progress;
  private final JobCounters counters;
  private final long images;
  private final LongConsumer metrics;
  private final Runnable stop;
  private final Timer clock = new Timer("progress", true);

  /** Rows of committed waves, and what the counters stood at when the last was committed. */
  private long committed;

  private long countedThen;

  /**
   * @param stop called when too many images failed one after the other
   */
  ProgressTicker(
      Progress progress, JobCounters counters, long images, LongConsumer metrics, Runnable stop) {
    this.stop = stop;
    this.progress = progress;
    this.counters = counters;
    this.images = images;
    this.metrics = metrics;
    progress.started(images);
    clock.schedule(
        new TimerTask() {
          @Override
          public void run() {
            tick();
          }
        },
        SECOND,
        SECOND);
  }

  /** Sets the count right: tasks that ran twice have counted twice. */
  synchronized void committed(long rows) {
    committed = rows;
    countedThen = counters.images();
    tick();
  }

  private synchronized void tick() {
    long done = Math.min(images, committed + counters.images() - countedThen);
    metrics.accept(done);
    progress.advanced(done, Math.min(done, counters.failed()));
    if (counters.tooManyInARow()) {
      stop.run();
    }
  }

  @Override
  public void close() {
    clock.cancel();
  }
}
