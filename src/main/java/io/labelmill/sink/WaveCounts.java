package io.labelmill.sink;

import io.labelmill.error.Status;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/**
 * What is in committed rows; counts of several waves add up.
 *
 * @param statuses rows by status; statuses without rows are absent
 * @param labels rows by their top label
 * @param scoreSum sum of the top scores
 */
public record WaveCounts(Map<Status, Long> statuses, Map<TopLabel, Long> labels, double scoreSum) {
  public static final WaveCounts NONE = new WaveCounts(Map.of(), Map.of(), 0);

  /** A label that is somewhere the best one; indices differ even where names are equal. */
  public record TopLabel(int index, String name) {}

  public WaveCounts {
    Map<Status, Long> ordered = new EnumMap<>(Status.class);
    ordered.putAll(statuses);
    statuses = Collections.unmodifiableMap(ordered);
    labels = Map.copyOf(labels);
  }

  public long rows() {
    return statuses.values().stream().mapToLong(Long::longValue).sum();
  }

  public long failed() {
    return rows() - statuses.getOrDefault(Status.OK, 0L);
  }

  /** Rows of images that failed for a reason that may pass. */
  public long outages() {
    return statuses.entrySet().stream()
        .filter(entry -> entry.getKey().isOutage())
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  public WaveCounts plus(WaveCounts other) {
    Map<Status, Long> bothStatuses = new HashMap<>(statuses);
    other.statuses.forEach((status, rows) -> bothStatuses.merge(status, rows, Long::sum));
    Map<TopLabel, Long> bothLabels = new HashMap<>(labels);
    other.labels.forEach((label, rows) -> bothLabels.merge(label, rows, Long::sum));
    return new WaveCounts(bothStatuses, bothLabels, scoreSum + other.scoreSum);
  }
}
