package io.labelmill.evaluate.pass;

import io.labelmill.evaluate.read.Example;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The few images with the lowest order number. Not thread-safe. */
public final class GalleryImages implements Serializable {
  private final int capacity;
  private final List<Entry> entries = new ArrayList<>();
  private double limit = Double.POSITIVE_INFINITY;

  /** An image to show; of equal order the lower path comes first. */
  @SuppressWarnings("ArrayRecordComponent")
  public record Entry(double order, String path, int[] truth, ImageVerdict verdict)
      implements Serializable {}

  private static final Comparator<Entry> ORDER =
      Comparator.comparingDouble(Entry::order).thenComparing(Entry::path);

  GalleryImages(int capacity) {
    this.capacity = capacity;
  }

  void add(double order, Example example, ImageVerdict verdict) {
    if (order <= limit) {
      entries.add(new Entry(order, example.path, example.truth, verdict));
      if (entries.size() > 4 * capacity) {
        shrink();
      }
    }
  }

  GalleryImages sum(GalleryImages other) {
    entries.addAll(other.entries);
    shrink();
    return this;
  }

  public List<Entry> entries() {
    shrink();
    return List.copyOf(entries);
  }

  private void shrink() {
    entries.sort(ORDER);
    while (entries.size() > capacity) {
      limit = entries.remove(entries.size() - 1).order();
    }
  }
}
