package io.labelmill.source;

import java.util.List;
import java.util.OptionalLong;

/**
 * The images of a run in their order, cut into waves as the run goes on. What stays on the driver
 * grows with files, not with images. Not safe for use by several threads.
 */
public interface Plan {
  long rows();

  /** The bytes of all images together, where a listing or files told them. */
  OptionalLong bytes();

  /**
   * The files that a listing shows under a name that nothing can open. Each keeps its row. What is
   * refused for another reason, in tables and archives too, is none of them.
   */
  default long unopened() {
    return 0;
  }

  /**
   * The wave that begins with image {@code first} and has {@code rows} images, or as many as are
   * left. Over a content column it has whole input splits, and so may have more.
   *
   * @param first where the wave before it ended: 0, or the {@link Wave#end()} of another wave
   * @param rows images wanted, 1 or more
   * @param tasks images per partition; over a content column the split decides
   */
  Wave wave(long first, long rows, TaskSizes tasks);

  /** The paths of the first images; null where an image has none. */
  List<String> paths(int rows);
}
