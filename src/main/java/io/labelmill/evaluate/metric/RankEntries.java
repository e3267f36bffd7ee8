package io.labelmill.evaluate.metric;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Scores with their column and outcome, sorted by radix and written in compact blocks, one for each
 * range of scores. Not thread-safe.
 */
public final class RankEntries {
  private final RankLayout layout;
  private long[] keys;
  private int[] entries;
  private int[] counts;
  private int size;

  public RankEntries(RankLayout layout, int capacity) {
    this.layout = layout;
    keys = new long[capacity];
    entries = new int[capacity];
    counts = new int[capacity];
  }

  public int size() {
    return size;
  }

  public void addSingleLabel(int truth, double[] scores) {
    for (int i = 0; i < scores.length; i++) {
      int outcome = layout.pairs() ? truth : i == truth ? 1 : 0;
      add(layout.key(scores[i]), layout.entry(i, outcome), 1);
    }
  }

  /**
   * @param truth sorted indices of the true labels
   */
  public void addMultiLabel(int[] truth, double[] scores) {
    int next = 0;
    double lowestTrue = Double.POSITIVE_INFINITY;
    double highestOther = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < scores.length; i++) {
      boolean positive = next < truth.length && truth[next] == i;
      if (positive) {
        next++;
        lowestTrue = Math.min(lowestTrue, scores[i]);
      } else {
        highestOther = Math.max(highestOther, scores[i]);
      }
      add(layout.key(scores[i]), layout.entry(i, positive ? 1 : 0), 1);
    }
    if (layout.limits() && lowestTrue > highestOther) {
      if (truth.length > 0) {
        add(layout.key(lowestTrue), layout.entry(layout.labels(), 1), 1);
      }
      if (truth.length < scores.length) {
        add(layout.key(highestOther), layout.entry(layout.labels(), 0), 1);
      }
    }
  }

  private void add(long key, int entry, int count) {
    if (size == keys.length) {
      int capacity = Math.max(1024, Math.addExact(size, size >> 1));
      keys = Arrays.copyOf(keys, capacity);
      entries = Arrays.copyOf(entries, capacity);
      counts = Arrays.copyOf(counts, capacity);
    }
    keys[size] = key;
    entries[size] = entry;
    counts[size++] = count;
  }

  /** Adds what {@link #blocks} wrote. */
  public void addBlock(byte[] block) {
    ByteBuffer in = ByteBuffer.wrap(block);
    long key = 0;
    while (in.hasRemaining()) {
      key -= varint(in);
      add(key, (int) varint(in), (int) varint(in));
    }
  }

  /**
   * Sorts what was added, merges equal entries, and writes one block for each range; then this is
   * empty again.
   *
   * @param bounds descending scores; range i holds the scores from bound i up, and below bound i-1
   * @return one block a range, {@code bounds.length + 1} in all, null where a range is empty
   */
  public byte[][] blocks(double[] bounds) {
    sortByEntry();
    sort();
    byte[][] blocks = new byte[bounds.length + 1][];
    ByteBuffer out = ByteBuffer.allocate(64);
    int range = 0;
    long previous = 0;
    int i = 0;
    while (i < size) {
      int nextRange = range;
      while (nextRange < bounds.length && keyBelow(keys[i], layout.key(bounds[nextRange]))) {
        nextRange++;
      }
      if (nextRange != range) {
        blocks[range] = content(out);
        range = nextRange;
        previous = 0;
      }
      int j = i;
      int count = 0;
      while (j < size && keys[j] == keys[i] && entries[j] == entries[i]) {
        count += counts[j++];
      }
      if (out.remaining() < 20) {
        out = ByteBuffer.allocate(out.capacity() * 2).put(out.flip());
      }
      putVarint(out, previous - keys[i]);
      putVarint(out, entries[i]);
      putVarint(out, count);
      previous = keys[i];
      i = j;
    }
    blocks[range] = content(out);
    size = 0;
    return blocks;
  }

  private static byte[] content(ByteBuffer out) {
    out.flip();
    byte[] content = new byte[out.remaining()];
    out.get(content);
    out.clear();
    return content.length == 0 ? null : content;
  }

  /** Sorts by descending score; equal scores keep their order. */
  void sort() {
    Radix radix = new Radix();
    for (int shift = 0; shift < (layout.floats() ? 32 : 64); shift += 16) {
      radix.passByKey(shift);
    }
  }

  private void sortByEntry() {
    Radix radix = new Radix();
    radix.passByEntry(0);
    radix.passByEntry(16);
  }

  long key(int i) {
    return keys[i];
  }

  int entry(int i) {
    return entries[i];
  }

  int count(int i) {
    return counts[i];
  }

  private static boolean keyBelow(long a, long b) {
    return Long.compareUnsigned(a, b) < 0;
  }

  private static void putVarint(ByteBuffer out, long value) {
    while ((value & ~0x7FL) != 0) {
      out.put((byte) (value | 0x80));
      value >>>= 7;
    }
    out.put((byte) value);
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte b = in.get();
      value |= (long) (b & 0x7F) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new BufferUnderflowException();
  }

  /** Stable counting passes over 16 bits each, from the lowest to the highest. */
  private final class Radix {
    private static final int DIGITS = 1 << 16;

    private long[] otherKeys = new long[size];
    private int[] otherEntries = new int[size];
    private int[] otherCounts = new int[size];

    void passByKey(int shift) {
      int[] starts = new int[DIGITS + 1];
      for (int i = 0; i < size; i++) {
        starts[keyDigit(i, shift) + 1]++;
      }
      if (size > 0 && starts[keyDigit(0, shift) + 1] < size) {
        total(starts);
        for (int i = 0; i < size; i++) {
          move(i, starts[keyDigit(i, shift)]++);
        }
        swap();
      }
    }

    void passByEntry(int shift) {
      int[] starts = new int[DIGITS + 1];
      for (int i = 0; i < size; i++) {
        starts[((entries[i] >>> shift) & 0xFFFF) + 1]++;
      }
      if (size > 0 && starts[((entries[0] >>> shift) & 0xFFFF) + 1] < size) {
        total(starts);
        for (int i = 0; i < size; i++) {
          move(i, starts[(entries[i] >>> shift) & 0xFFFF]++);
        }
        swap();
      }
    }

    /** The complement, since the highest score comes first. */
    private int keyDigit(int i, int shift) {
      return (int) (~keys[i] >>> shift) & 0xFFFF;
    }

    private void total(int[] starts) {
      for (int i = 1; i < starts.length; i++) {
        starts[i] += starts[i - 1];
      }
    }

    private void move(int from, int to) {
      otherKeys[to] = keys[from];
      otherEntries[to] = entries[from];
      otherCounts[to] = counts[from];
    }

    private void swap() {
      long[] k = keys;
      int[] e = entries;
      int[] c = counts;
      keys = otherKeys;
      entries = otherEntries;
      counts = otherCounts;
      otherKeys = k.length == otherKeys.length ? k : new long[size];
      otherEntries = e.length == otherEntries.length ? e : new int[size];
      otherCounts = c.length == otherCounts.length ? c : new int[size];
    }
  }
}
