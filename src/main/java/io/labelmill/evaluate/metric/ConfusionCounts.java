package io.labelmill.evaluate.metric;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Counts of (truth, predicted) pairs, kept sparse: of 21,841 x 21,841 cells a data set fills few.
 * Not thread-safe.
 */
public final class ConfusionCounts implements Serializable {
  private static final long EMPTY = -1;

  private long[] keys = emptyKeys(64);
  private long[] counts = new long[64];
  private int cells;

  @FunctionalInterface
  public interface CellConsumer {
    void accept(int truth, int predicted, long count);
  }

  /**
   * @param truth 0 or above
   * @param predicted 0 or above
   */
  public void add(int truth, int predicted, long count) {
    long key = ((long) truth << 32) | predicted;
    int slot = slot(keys, key);
    if (keys[slot] == EMPTY) {
      keys[slot] = key;
      cells++;
      if (cells * 2 > keys.length) {
        grow();
        slot = slot(keys, key);
      }
    }
    counts[slot] += count;
  }

  public long count(int truth, int predicted) {
    long key = ((long) truth << 32) | predicted;
    int slot = slot(keys, key);
    return keys[slot] == key ? counts[slot] : 0;
  }

  public ConfusionCounts sum(ConfusionCounts other) {
    for (int i = 0; i < other.keys.length; i++) {
      if (other.keys[i] != EMPTY) {
        add((int) (other.keys[i] >>> 32), (int) other.keys[i], other.counts[i]);
      }
    }
    return this;
  }

  /** Every cell that is not 0, by truth and then predicted. */
  public void forEach(CellConsumer consumer) {
    long[] sorted = new long[cells];
    int n = 0;
    for (long key : keys) {
      if (key != EMPTY) {
        sorted[n++] = key;
      }
    }
    Arrays.sort(sorted);
    for (long key : sorted) {
      consumer.accept((int) (key >>> 32), (int) key, counts[slot(keys, key)]);
    }
  }

  private void grow() {
    long[] biggerKeys = emptyKeys(keys.length * 2);
    long[] biggerCounts = new long[keys.length * 2];
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] != EMPTY) {
        int slot = slot(biggerKeys, keys[i]);
        biggerKeys[slot] = keys[i];
        biggerCounts[slot] = counts[i];
      }
    }
    keys = biggerKeys;
    counts = biggerCounts;
  }

  private static int slot(long[] keys, long key) {
    int mask = keys.length - 1;
    long hash = key * 0x9E3779B97F4A7C15L;
    int slot = (int) (hash >>> 32) & mask;
    while (keys[slot] != EMPTY && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static long[] emptyKeys(int length) {
    long[] keys = new long[length];
    Arrays.fill(keys, EMPTY);
    return keys;
  }
}
