package io.labelmill.score;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Tells a {@link Progress} every second how far the tasks are. */
final class ProgressTicker implements AutoCloseable {
  private final Progress progress;
  private final JobCounters counters;
  private final long images;
  private final ScheduledExecutorService clock;

  /** Rows of committed waves, and what the counters stood at when the last was committed. */
  private long committed;

  private long countedThen;

  ProgressTicker(Progress progress, JobCounters counters, long images) {
    this.progress = progress;
    this.counters = counters;
    this.images = images;
    clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "progress");
              thread.setDaemon(true);
              return thread;
            });
    progress.started(images);
    clock.scheduleAtFixedRate(this::tick, 1, 1, TimeUnit.SECONDS);
  }

  /** Sets the count right: tasks that ran twice have counted twice. */
  synchronized void committed(long rows) {
    committed = rows;
    countedThen = counters.images();
    tick();
  }

  private synchronized void tick() {
    long done = Math.min(images, committed + counters.images() - countedThen);
    progress.advanced(done, Math.min(done, counters.failed()));
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
