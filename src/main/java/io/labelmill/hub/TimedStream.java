package io.labelmill.hub;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A body whose bytes must keep coming. Java's HTTP client has no limit for that: it waits for ever
 * on a connection that went silent, so a clock closes the body under the reader, which gets a
 * {@link SocketTimeoutException}.
 */
public final class TimedStream extends FilterInputStream {
  private static final ScheduledThreadPoolExecutor CLOCK = clock();

  private final Duration limit;
  private volatile boolean isStalled;

  /**
   * @param in closed with this, or by the clock
   * @param limit for each read
   */
  public TimedStream(InputStream in, Duration limit) {
    super(in);
    this.limit = limit;
  }

  private static ScheduledThreadPoolExecutor clock() {
    ScheduledThreadPoolExecutor clock =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "hub-clock");
              thread.setDaemon(true);
              return thread;
            });
    // An alarm a read: nearly all are cancelled, and would lie about until their time.
    clock.setRemoveOnCancelPolicy(true);
    return clock;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    ScheduledFuture<?> alarm = CLOCK.schedule(this::stall, limit.toMillis(), TimeUnit.MILLISECONDS);
    int read;
    try {
      read = in.read(buffer, offset, length);
    } catch (IOException e) {
      throw isStalled ? stalled(e) : e;
    } finally {
      alarm.cancel(false);
    }
    if (isStalled) {
      throw stalled(null);
    }
    return read;
  }

  private IOException stalled(IOException cause) {
    IOException stalled =
        new SocketTimeoutException("no bytes came for %d ms".formatted(limit.toMillis()));
    stalled.initCause(cause);
    return stalled;
  }

  private void stall() {
    isStalled = true;
    try {
      in.close();
    } catch (IOException e) {
      // The reader is told why it ends.
    }
  }
}
