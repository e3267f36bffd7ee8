package io.labelmill.checkpoint;

import java.io.Serializable;
import java.util.List;

/**
 * What the rows of a classifier mean, in output order. Both lists have one entry a row; a
 * checkpoint without a classifier has none. Names may repeat, so nothing may be keyed by name
 * alone.
 *
 * @param ids the checkpoint's own numbers, ascending; they differ from 0, 1, 2 … only where it
 *     leaves numbers out
 */
public record Labels(List<Integer> ids, List<String> names) implements Serializable {
  public Labels {
    ids = List.copyOf(ids);
    names = List.copyOf(names);
    if (ids.size() != names.size()) {
      throw new IllegalArgumentException(ids.size() + " ids, " + names.size() + " names");
    }
  }

  public int size() {
    return names.size();
  }
}
