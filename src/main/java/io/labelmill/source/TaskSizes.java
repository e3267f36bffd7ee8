package io.labelmill.source;

import java.util.stream.LongStream;

/**
 * How many images the tasks of a wave have. Most have the same number; the last ones, which run
 * while other cores have nothing left to begin, ever fewer, so that all cores end together.
 *
 * @param longest images of most tasks, 1 or more
 * @param shortest images below which a task would cost more to start than it saves, 1 or more
 * @param slots tasks that run at once; 0 for tasks of equal size
 */
public record TaskSizes(int longest, int shortest, int slots) {
  /** Of what is left, each slot takes a task of this part of its share. */
  private static final int SHARE = 2;

  public TaskSizes {
    if (longest < 1 || shortest < 1 || slots < 0) {
      throw new IllegalArgumentException(
          "no tasks of " + longest + " to " + shortest + " images on " + slots + " slots");
    }
  }

  /** All of one size, but for the last. */
  public static TaskSizes equal(int images) {
    return new TaskSizes(images, images, 0);
  }

  /** The number of each task's first image, counted from the wave's first. */
  long[] firsts(long images) {
    LongStream.Builder firsts = LongStream.builder();
    for (long first = 0; first < images; ) {
      firsts.add(first);
      first += size(images - first);
    }
    return firsts.build().toArray();
  }

  private long size(long left) {
    return slots == 0
        ? longest
        : Math.max(Math.min(shortest, longest), Math.min(longest, left / ((long) SHARE * slots)));
  }
}
