package io.labelmill.score;

import java.util.List;
import java.util.OptionalLong;

/**
 * What a run of the score job would do.
 *
 * @param images that it would score
 * @param bytes of their encoded files, empty when that is not known without reading them
 * @param partitions of the first wave, that is tasks that could run at once
 * @param waves in which the rows would be committed
 * @param firstPaths the first {@value #PATHS} paths, as given
 */
public record ScorePlan(
    long images, OptionalLong bytes, int partitions, int waves, List<String> firstPaths) {
  /** How many paths a dry run shows. */
  public static final int PATHS = 10;

  public ScorePlan {
    firstPaths = List.copyOf(firstPaths);
  }
}
