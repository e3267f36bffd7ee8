package io.labelmill.score;

import io.labelmill.error.OutageException;
import io.labelmill.error.Status;
import io.labelmill.sink.WaveCounts;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * When a run ends before all images were asked for: where their store gives too many of them not,
 * the rest would be asked for in vain. Images that are broken, or not there, end no run early: each
 * has its last row.
 *
 * @param maxFailedFraction the largest share that passes, 0 to 1; at 1 no run ends early
 */
record FailureLimit(double maxFailedFraction) {
  /** So many reads that fail one after the other end a run within a wave. */
  private static final int IN_A_ROW = 200;

  /** How many failures in a row pass. */
  int mostInARow() {
    return maxFailedFraction >= 1 ? Integer.MAX_VALUE : IN_A_ROW - 1;
  }

  /** The end of a run after a wave, by what is committed; empty where it goes on. */
  Optional<OutageException> afterWave(WaveCounts counts, long planned) {
    long failed = counts.outages();
    if (counts.rows() < ScoreResult.FEWEST_ROWS || failed <= maxFailedFraction * counts.rows()) {
      return Optional.empty();
    }
    String statuses =
        Arrays.stream(Status.values())
            .filter(Status::isOutage)
            .filter(status -> counts.statuses().containsKey(status))
            .map(
                status ->
                    String.format(Locale.ROOT, "%s %,d", status, counts.statuses().get(status)))
            .collect(Collectors.joining(", "));
    return Optional.of(
        new OutageException(
            String.format(
                Locale.ROOT,
                "stopped after %,d of %,d images, of which %,d failed for a reason that may pass (%s),"
                    + " more than the share of %s that --max-failed-fraction allows: the table has"
                    + " them, its column error says why; --if-exists resume goes on",
                counts.rows(),
                planned,
                failed,
                statuses,
                maxFailedFraction)));
  }

  /** The end of a run within a wave. */
  static OutageException inARow(long failures, String why) {
    return new OutageException(
        String.format(
            Locale.ROOT,
            "stopped, since %,d images failed one after the other for a reason that may pass%s: what"
                + " was committed before is kept, --if-exists resume goes on; --max-failed-fraction"
                + " 1 never stops",
            failures,
            why));
  }
}
