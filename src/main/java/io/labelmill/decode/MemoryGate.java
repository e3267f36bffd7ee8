package io.labelmill.decode;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;

/**
 * Lets pictures decode, and masks of pictures be made, beside each other as far as a share of the
 * heap goes, in the order in which they ask: so what becomes of a picture is decided by its own
 * need and the heap alone, whatever runs beside it.
 *
 * <p>A picture asks once, for all that it will need, before it takes any of it, and waits for no
 * other that asks until it gives that back: nobody waits for what a waiting one holds. Those that
 * need next to nothing are not counted and wait for nobody. Thread-safe.
 */
public final class MemoryGate {
  /** A picture that needs no more is let through uncounted: 1.3 megapixels. */
  static final long UNCOUNTED_BYTES = 4L << 20;

  /**
   * Of the heap. The rest is for what images are read into (0.15 for all tasks together, and one
   * image that is longer than its task's part of that), for pieces of the model that Spark keeps
   * until the first wave is committed, for Spark itself, and for the gaps that long arrays leave.
   */
  private static final double SHARE = 0.4;

  private static final long PERMIT_BYTES = 1 << 10;

  /** What a user can do. */
  private static final String MORE =
      "give executors more (spark.executor.memory; with a local master --driver-memory).";

  private static final class Holder {
    static final MemoryGate OF_THIS_JVM = of(Runtime.getRuntime().maxMemory());
  }

  private enum Purpose {
    DECODING(" MB to be decoded, and decoding may take ", "Decoding the picture"),
    MASK(" MB for its mask, and decoding and masks may take ", "Making the picture's mask");

    private final String need;
    private final String doing;

    Purpose(String need, String doing) {
      this.need = need;
      this.doing = doing;
    }
  }

  /**
   * What is done with memory that was asked for.
   *
   * @param <T> what comes of it
   */
  @FunctionalInterface
  public interface Work<T> {
    /** May be called again, where there was too little memory the first time. */
    T of() throws ImageException;
  }

  private final long capacityBytes;
  private final long heapBytes;
  private final int permits;
  private final Semaphore free;

  private MemoryGate(long capacityBytes, long heapBytes) {
    this.capacityBytes = capacityBytes;
    this.heapBytes = heapBytes;
    permits = Math.toIntExact(Math.min(capacityBytes / PERMIT_BYTES, Integer.MAX_VALUE));
    free = new Semaphore(permits, true);
  }

  /** The one that all of this JVM share. */
  public static MemoryGate ofThisJvm() {
    return Holder.OF_THIS_JVM;
  }

  /** For a heap of so many bytes. */
  public static MemoryGate of(long heapBytes) {
    return new MemoryGate((long) (SHARE * heapBytes), heapBytes);
  }

  /**
   * Waits until so much is free, and takes it.
   *
   * @return the bytes to {@link #leave} with
   * @throws ImageException {@link Status#OUT_OF_MEMORY}, at once, if it never will be
   * @throws CancellationException if the thread is interrupted; it stays so
   */
  long enter(long bytes, int width, int height) throws ImageException {
    return enter(bytes, width, height, Purpose.DECODING);
  }

  /**
   * Makes the mask of a picture when there is room for it.
   *
   * @param bytes that it takes
   * @param width of the picture, pixels
   * @param height of the picture, pixels
   * @throws ImageException {@link Status#OUT_OF_MEMORY} if there never is room, or if the heap did
   *     not do although nobody else was counted
   * @throws CancellationException if the thread is interrupted while it waits; it stays so
   */
  public <T> T mask(long bytes, int width, int height, Work<T> work) throws ImageException {
    long taken = enter(bytes, width, height, Purpose.MASK);
    try {
      return work.of();
    } catch (OutOfMemoryError e) {
      // Whatever else filled the heap: below once more, without others.
    } finally {
      leave(taken);
    }
    enterAlone();
    try {
      return work.of();
    } catch (OutOfMemoryError e) {
      throw exhausted(width, height, Purpose.MASK);
    } finally {
      leaveAlone();
    }
  }

  private long enter(long bytes, int width, int height, Purpose purpose) throws ImageException {
    if (bytes <= UNCOUNTED_BYTES) {
      return 0;
    }
    if (bytes > capacityBytes) {
      throw new ImageException(
          Status.OUT_OF_MEMORY,
          "The picture's %sx%s pixels need %s%s%s MB of a heap of %s MB: %s"
              .formatted(
                  width,
                  height,
                  megabytes(bytes),
                  purpose.need,
                  megabytes(capacityBytes),
                  megabytes(heapBytes),
                  MORE),
          width,
          height);
    }
    acquire(permits(bytes));
    return bytes;
  }

  /** Gives back what {@link #enter} took. */
  void leave(long bytes) {
    if (bytes > 0) {
      free.release(permits(bytes));
    }
  }

  /** Waits until no counted picture is decoded, and keeps others out. */
  void enterAlone() {
    acquire(permits);
  }

  void leaveAlone() {
    free.release(permits);
  }

  /** The failure of a picture for which the heap did not do although no other was counted. */
  ImageException exhausted(int width, int height) {
    return exhausted(width, height, Purpose.DECODING);
  }

  private ImageException exhausted(int width, int height, Purpose purpose) {
    return new ImageException(
        Status.OUT_OF_MEMORY,
        ("%s ran out of memory in a heap of %s MB, although no other large one was decoded"
                + " meanwhile: %s")
            .formatted(purpose.doing, megabytes(heapBytes), MORE),
        width,
        height);
  }

  private void acquire(int count) {
    try {
      free.acquire(count);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting for memory to decode in");
    }
  }

  private int permits(long bytes) {
    return (int) Math.min((bytes + PERMIT_BYTES - 1) / PERMIT_BYTES, permits);
  }

  private static long megabytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }
}
