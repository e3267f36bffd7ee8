package io.labelmill.source;

import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.function.IntFunction;

/**
 * Buffers in use of one task's reads, and those waiting to be used again, within the limit
 * together. Thread-safe.
 */
final class ReadMemory {
  /** A read's place in the order of reads, and how long it waited; guarded by the memory. */
  static final class Turn {
    private long waitedNanos;
    private long waitingSince;
    private boolean waits;
  }

  /** Whether a buffer may be used again. */
  enum Reuse {
    ALLOWED,
    NEVER
  }

  private static final int SHORTEST = 64 << 10;

  /** Of all tasks of the JVM one at a time has an image that is longer than its limit. */
  private static final Semaphore LONGER = new Semaphore(1, true);

  private final long limit;
  private final IntFunction<byte[]> heap;
  private final NavigableMap<Integer, Deque<byte[]>> free = new TreeMap<>();
  private long freeBytes;
  private long usedBytes;
  private long openBytes;
  private Turn first;

  /** The read that has {@link #LONGER}, or null. */
  private Turn longer;

  private boolean isClosed;

  ReadMemory(long limit) {
    this(limit, byte[]::new);
  }

  /**
   * @param heap gives new buffers of a length
   */
  ReadMemory(long limit, IntFunction<byte[]> heap) {
    this.limit = limit;
    this.heap = heap;
  }

  /** Names the read that the task waits for: it waits for the memory of open results at most. */
  synchronized void first(Turn turn) {
    first = turn;
    notifyAll();
  }

  /** How long a read has waited for memory. */
  synchronized long waitedNanos(Turn turn) {
    return turn.waitedNanos + (turn.waits ? System.nanoTime() - turn.waitingSince : 0);
  }

  synchronized void opened(int bytes) {
    openBytes += bytes;
  }

  synchronized void closed(int bytes) {
    openBytes -= bytes;
  }

  byte[] take(Turn turn, int length) throws InterruptedIOException {
    // Lengths in powers of two fit the next image too.
    int rounded = length <= SHORTEST ? SHORTEST : Integer.highestOneBit(length - 1) << 1;
    try {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      awaitRoom(turn, rounded);
      if (rounded > limit) {
        enterLonger(turn);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("interrupted").initCause(e);
    }
    return taken(rounded);
  }

  /** It is the read's turn, and nothing of its task is open: it waits for other tasks alone. */
  private void enterLonger(Turn turn) throws InterruptedException {
    synchronized (this) {
      if (longer == turn) {
        return;
      }
      turn.waitingSince = System.nanoTime();
      turn.waits = true;
    }
    try {
      LONGER.acquire();
    } finally {
      synchronized (this) {
        waited(turn);
      }
    }
    synchronized (this) {
      if (isClosed) {
        LONGER.release();
        throw new InterruptedException("the task has ended");
      }
      longer = turn;
    }
  }

  synchronized void leaveLonger(Turn turn) {
    if (longer == turn) {
      longer = null;
      LONGER.release();
    }
  }

  /** Whatever is still open is used no more, and no buffer is kept for another read. */
  synchronized void close() {
    isClosed = true;
    free.clear();
    freeBytes = 0;
    if (longer != null) {
      leaveLonger(longer);
    }
  }

  private void waited(Turn turn) {
    turn.waits = false;
    turn.waitedNanos += System.nanoTime() - turn.waitingSince;
  }

  private synchronized byte[] taken(int rounded) {
    byte[] buffer = reused(rounded);
    if (buffer == null) {
      // Counted when it is there: what a full heap refuses is never given back.
      buffer = heap.apply(rounded);
    }
    usedBytes += rounded;
    return buffer;
  }

  /** A buffer of this length that is free; else null, and there is room for a new one. */
  private byte[] reused(int rounded) {
    Deque<byte[]> fitting = free.get(rounded);
    if (fitting != null && !fitting.isEmpty()) {
      freeBytes -= rounded;
      return fitting.removeFirst();
    }
    while (freeBytes > 0 && usedBytes + rounded + freeBytes > limit) {
      Map.Entry<Integer, Deque<byte[]>> longest = free.lastEntry();
      if (longest.getValue().isEmpty()) {
        free.remove(longest.getKey());
      } else {
        freeBytes -= longest.getValue().removeFirst().length;
      }
    }
    return null;
  }

  private synchronized void awaitRoom(Turn turn, int bytes) throws InterruptedException {
    turn.waitingSince = System.nanoTime();
    turn.waits = true;
    try {
      while (usedBytes + bytes > limit && (turn != first || openBytes > 0)) {
        wait();
      }
    } finally {
      waited(turn);
    }
  }

  synchronized void release(byte[] buffer, Reuse reuse) {
    usedBytes -= buffer.length;
    if (reuse == Reuse.ALLOWED && !isClosed && usedBytes + freeBytes + buffer.length <= limit) {
      free.computeIfAbsent(buffer.length, length -> new ArrayDeque<>()).addFirst(buffer);
      freeBytes += buffer.length;
    }
    notifyAll();
  }
}
