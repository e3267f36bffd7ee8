package io.labelmill.source;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import io.labelmill.error.UserException;
import io.labelmill.table.Location;
import java.io.Closeable;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;

/**
 * The images of plan rows in their order, with several reads in flight: object stores answer late,
 * but many at once.
 *
 * <p>Rows are taken from the iterator, and results given, in the thread of the caller alone; reads
 * run in threads that all tasks of the JVM share. Results may be used and closed by any thread, in
 * any order; the next one may wait for the memory of those that are open. Close it, on the failing
 * path too: that ends what is in flight.
 */
public final class ReadAhead implements Iterator<ReadAhead.Result>, Closeable {
  private static final AtomicInteger THREADS = new AtomicInteger();
  private static final long SHORTEST_WAIT = TimeUnit.MILLISECONDS.toNanos(1);

  /** Threads that wait for file systems; they end when idle for a minute. */
  static final ExecutorService READERS =
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
  private final ReadMemory memory;

  /**
   * What one task may hold.
   *
   * @param reads in flight or waiting to be taken, 1 or more
   * @param bytes of their buffers and those of open results together; an image whose turn it is
   *     while no result is open is read however long
   * @param time for reading one image, from when its host has the request, whenever its turn comes;
   *     waiting for memory is not reading
   * @param perHost reads that all tasks of the JVM have in flight at one host; empty: 32 of a host
   *     of the web
   */
  public record Limits(int reads, long bytes, Duration time, OptionalInt perHost) {
    private static final long DEFAULT_BYTES = 64L << 20;
    private static final double SHARE = 0.15;
    private static final Duration DEFAULT_TIME = Duration.ofMinutes(5);

    public Limits(int reads, long bytes, Duration time) {
      this(reads, bytes, time, OptionalInt.empty());
    }

    public Limits {
      if (reads < 1 || bytes < 1 || time.isNegative() || time.isZero()) {
        throw new IllegalArgumentException(
            "reads=" + reads + " bytes=" + bytes + " time=" + time + " must all be positive");
      }
    }

    /**
     * 4 reads of local files, 32 of any other store; 64 MB; 5 minutes. Where each answer takes 50
     * ms longer, 8 reads in flight give 7.6 times the images of one, 16 give 14.8, 32 give 29.5 and
     * 64 give 46.9; of 64 the longer images would fill the memory.
     *
     * @param location of the first image; null where it lies nowhere
     * @param configuration that of an {@link ImageSource}, with what the user said of reads
     */
    public static Limits of(String location, Configuration configuration) {
      String file = location == null ? "/" : ArchiveMember.file(location);
      boolean local = file.startsWith("file:") || file.startsWith("/");
      return new Limits(
          local ? 4 : 32,
          DEFAULT_BYTES,
          DEFAULT_TIME,
          ReadSettings.of(configuration).readsPerHost());
    }

    /**
     * For tasks that share a heap: all of their buffers take 0.15 of it at most, but for that of
     * one longer image at a time.
     *
     * @param tasks that run at once
     */
    public Limits within(long heapBytes, int tasks) {
      long share = (long) (SHARE * heapBytes) / Math.max(1, tasks);
      return new Limits(reads, Math.max(1, Math.min(bytes, share)), time, perHost);
    }
  }

  /** What came of one row: an image or a failure, the other is null. */
  public static final class Result implements AutoCloseable {
    private final Row row;
    private final EncodedImage image;
    private final ImageException failure;
    private final Runnable release;

    private Result(Row row, EncodedImage image, ImageException failure, Runnable release) {
      this.row = row;
      this.image = image;
      this.failure = failure;
      this.release = release;
    }

    public Row row() {
      return row;
    }

    /** Valid until this is closed. */
    public EncodedImage image() {
      return image;
    }

    public ImageException failure() {
      return failure;
    }

    /** Gives the image's memory back; once. */
    @Override
    public void close() {
      release.run();
    }
  }

  public ReadAhead(Iterator<Row> rows, ImageReader reader, Limits limits) {
    this.rows = rows;
    this.reader = reader;
    this.limits = limits;
    this.memory = new ReadMemory(limits.bytes());
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
    while (inFlight.size() < limits.reads() && rows.hasNext()) {
      inFlight.addLast(new Read(rows.next()));
    }
    return inFlight.removeFirst().result();
  }

  /** How many reads are done whose turn has not come; for the thread of the caller. */
  public int ready() {
    int ready = 0;
    for (Read read : inFlight) {
      if (read.future.isDone()) {
        ready++;
      }
    }
    return ready;
  }

  /** Cancels what is in flight. */
  @Override
  public void close() {
    inFlight.forEach(Read::giveUp);
    inFlight.clear();
    memory.close();
  }

  private final class Read implements ImageReader.Buffers {
    private final Row row;
    private final HostReads.Read<EncodedImage> future;
    private byte[] buffer;
    private final ReadMemory.Turn turn = new ReadMemory.Turn();
    private boolean givenUp;

    Read(Row row) {
      this.row = row;
      String location = row.getString(PlanColumns.LOCATION);
      this.future =
          HostReads.SHARED.submit(
              location == null ? "inline" : ArchiveMember.file(location),
              limits.perHost(),
              () -> reader.read(row, this));
    }

    @Override
    public byte[] take(int length) throws InterruptedIOException {
      // A read that begins again has no more use for what it took before.
      release(ReadMemory.Reuse.ALLOWED);
      return hold(memory.take(turn, length));
    }

    @Override
    public byte[] extend(byte[] taken, int length) throws InterruptedIOException {
      byte[] longer = memory.take(turn, length);
      System.arraycopy(taken, 0, longer, 0, taken.length);
      return hold(longer);
    }

    /** Holds a buffer in place of the one before, unless nobody is left who would release it. */
    private synchronized byte[] hold(byte[] taken) throws InterruptedIOException {
      if (givenUp) {
        memory.release(taken, ReadMemory.Reuse.ALLOWED);
        memory.leaveLonger(turn);
        throw new InterruptedIOException("the read was given up");
      }
      release(ReadMemory.Reuse.ALLOWED);
      buffer = taken;
      return taken;
    }

    private synchronized int held() {
      return buffer == null ? 0 : buffer.length;
    }

    private synchronized void release(ReadMemory.Reuse reuse) {
      if (buffer != null) {
        memory.release(buffer, reuse);
        buffer = null;
      }
    }

    private synchronized void giveUp() {
      givenUp = true;
      future.cancel(true);
      // It may still write: its buffer is not used again.
      release(ReadMemory.Reuse.NEVER);
      memory.leaveLonger(turn);
    }

    Result result() {
      memory.first(turn);
      try {
        EncodedImage image = image();
        int bytes = held();
        memory.opened(bytes);
        return new Result(
            row,
            image,
            null,
            () -> {
              memory.closed(bytes);
              release(ReadMemory.Reuse.ALLOWED);
              memory.leaveLonger(turn);
            });
      } catch (ExecutionException e) {
        if (e.getCause() instanceof ImageException failure) {
          release(ReadMemory.Reuse.ALLOWED);
          memory.leaveLonger(turn);
          return failed(failure);
        }
        if (e.getCause() instanceof OutOfMemoryError) {
          release(ReadMemory.Reuse.NEVER);
          memory.leaveLonger(turn);
          return failed(exhausted());
        }
        if (e.getCause() instanceof UserException mistake) {
          throw mistake;
        }
        throw new IllegalStateException("a read failed in an unexpected way", e.getCause());
      } catch (TimeoutException e) {
        giveUp();
        return failed(
            new ImageException(
                Status.TIMED_OUT,
                "Reading took longer than "
                    + limits.time().toMillis() / 1000.0
                    + " s: "
                    + Location.redacted(String.valueOf(row.getString(PlanColumns.PATH)))));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while reading", e);
      }
    }

    private ImageException exhausted() {
      return new ImageException(
          Status.OUT_OF_MEMORY,
          ("Reading the image ran out of memory in a heap of %s MB: give executors more"
                  + " (spark.executor.memory; with a local master --driver-memory).")
              .formatted(Runtime.getRuntime().maxMemory() >> 20));
    }

    /** Waits for the image, and for no longer than it may be read. */
    private EncodedImage image() throws ExecutionException, TimeoutException, InterruptedException {
      while (true) {
        try {
          // A read that waits with next to no time left is not asked after without pause.
          return future.get(Math.max(leftNanos(), SHORTEST_WAIT), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
          if (leftNanos() <= 0) {
            throw e;
          }
        }
      }
    }

    private long leftNanos() {
      long waited = memory.waitedNanos(turn);
      return limits.time().toNanos() - (System.nanoTime() - future.startedNanos() - waited);
    }

    private Result failed(ImageException failure) {
      return new Result(row, null, failure, () -> {});
    }
  }
}
