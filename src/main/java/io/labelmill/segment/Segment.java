package io.labelmill.segment;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a label has of a mask.
 *
 * @param pixels that it has, 1 or more
 * @param share of all pixels of the mask, above 0 and at most 1
 */
public record Segment(int index, long pixels, float share) {
  /** The labels that a mask has, largest first, of equal ones the lower index first. */
  public static List<Segment> of(LabelMap mask) {
    long[] counts = mask.counts();
    List<Segment> segments = new ArrayList<>();
    for (int index = 0; index < LabelMap.NONE; index++) {
      if (counts[index] > 0) {
        segments.add(
            new Segment(
                index, counts[index], (float) ((double) counts[index] / mask.indices().length)));
      }
    }
    segments.sort(Comparator.comparingLong(Segment::pixels).reversed());
    return segments;
  }
}
