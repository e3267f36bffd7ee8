package io.labelmill.source;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.io.Closeable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.sql.Row;

/**
 * The images of plan rows in their order, with several reads in flight: object stores answer late,
 * but many at once.
 *
 * <p>Rows are taken from the iterator, and results given, in the thread of the caller alone; reads
 * run in threads that all tasks of the JVM share. Close it, on the failing path too: that ends what
 * is in flight.
 */
public final class ReadAhead implements Iterator<ReadAhead.Result>, Closeable {
  private static final int UNKNOWN_LENGTH = 1 << 20;
  private static final AtomicInteger THREADS = new AtomicInteger();
  private static final ExecutorService READERS =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "image-reader-" + THREADS.incrementAndGet());
            thread.setDaemon(true);
            return thread;
          });

  private final Iterator<Row> rows;
  private final ImageReader reader;
  private final Limits limits;
  private final Deque<Read> inFlight = new ArrayDeque<>();
  private final Deque<byte[]> buffers = new ArrayDeque<>();
  private long bytes;
  private Read given;

  /**
   * What one task may hold.
   *
   * @param reads in flight or waiting to be taken, 1 or more
   * @param bytes of them together, as far as lengths are known; one image is always read
   * @param time for one image, from when its turn comes
   */
  public record Limits(int reads, long bytes, Duration time) {
    private static final long DEFAULT_BYTES = 64L << 20;
    private static final Duration DEFAULT_TIME = Duration.ofMinutes(5);

    public Limits {
      if (reads < 1 || bytes < 1 || time.isNegative() || time.isZero()) {
        throw new IllegalArgumentException(
            "reads=" + reads + " bytes=" + bytes + " time=" + time + " must all be positive");
      }
    }

    /** 4 reads of local files, 32 of any other store; 64 MB; 5 minutes. */
    public static Limits of(String location) {
      boolean local = location == null || location.startsWith("file:") || location.startsWith("/");
      return new Limits(local ? 4 : 32, DEFAULT_BYTES, DEFAULT_TIME);
    }
  }

  /**
   * What came of one row: an image or a failure, the other is null.
   *
   * @param image valid until the next call of {@link #next()} or {@link #close()}
   */
  public record Result(Row row, EncodedImage image, ImageException failure) {}

  private record Read(Row row, Future<EncodedImage> future, long reserved) {}

  public ReadAhead(Iterator<Row> rows, ImageReader reader, Limits limits) {
    this.rows = rows;
    this.reader = reader;
    this.limits = limits;
  }

  @Override
  public boolean hasNext() {
    return !inFlight.isEmpty() || rows.hasNext();
  }

  @Override
  public Result next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    release();
    fill();
    given = inFlight.removeFirst();
    try {
      EncodedImage image = given.future().get(limits.time().toMillis(), TimeUnit.MILLISECONDS);
      return new Result(given.row(), image, null);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ImageException failure) {
        return new Result(given.row(), null, failure);
      }
      throw new IllegalStateException("a read failed in an unexpected way", e.getCause());
    } catch (TimeoutException e) {
      given.future().cancel(true);
      String path = given.row().getString(PlanColumns.PATH);
      return new Result(
          given.row(),
          null,
          new ImageException(
              Status.TIMED_OUT,
              "Reading took longer than "
                  + limits.time().toSeconds()
                  + " s: "
                  + ImageUri.redacted(String.valueOf(path))));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while reading", e);
    }
  }

  /** Gives the memory of the last result to the next reads. */
  private void release() {
    if (given == null) {
      return;
    }
    bytes -= given.reserved();
    // A read that was cancelled may still write into its buffer: that one is not used again.
    if (given.future().isDone() && !given.future().isCancelled()) {
      try {
        byte[] buffer = ImageReader.reusable(given.future().get(), given.row());
        if (buffer.length > 0) {
          buffers.addFirst(buffer);
        }
      } catch (ExecutionException e) {
        // The failure was given to the caller.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    given = null;
  }

  private void fill() {
    while (rows.hasNext()
        && (inFlight.isEmpty() || (inFlight.size() < limits.reads() && bytes < limits.bytes()))) {
      Row row = rows.next();
      long reserved =
          row.isNullAt(PlanColumns.LENGTH) ? UNKNOWN_LENGTH : row.getLong(PlanColumns.LENGTH);
      bytes += reserved;
      byte[] buffer = buffers.isEmpty() ? new byte[0] : buffers.removeFirst();
      inFlight.addLast(new Read(row, READERS.submit(() -> reader.read(row, buffer)), reserved));
    }
  }

  /** Cancels what is in flight. */
  @Override
  public void close() {
    inFlight.forEach(read -> read.future().cancel(true));
    inFlight.clear();
    buffers.clear();
  }
}
