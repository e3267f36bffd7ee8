package io.labelmill.score;

import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import io.labelmill.sink.WaveCounts;
import io.labelmill.sink.WaveCounts.TopLabel;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a run of the score job did.
 *
 * @param table where the score table is, as the user named it
 * @param counts over the committed rows of this run
 * @param unopened files of which the name is one that nothing can be opened by
 * @param startUp from the start to the first batch: plan, graph, broadcast, session
 * @param scoring from the first batch to the last row committed
 * @param seconds by part of the run, as the run record has them
 * @param limit what kept it from being faster; empty for a run without rows
 */
public record ScoreResult(
    String runId,
    String table,
    String runRecord,
    WaveCounts counts,
    long unopened,
    Duration startUp,
    Duration scoring,
    Map<String, Double> seconds,
    Optional<Bottleneck> limit) {

  /** How many labels a summary names. */
  public static final int COMMONEST = 20;

  /** Rows below which no share of failures fails a run: a handful says nothing. */
  public static final int FEWEST_ROWS = 20;

  /** Images per second from the first batch on; 0 for a run without rows. */
  public double imagesPerSecond() {
    return counts.rows() == 0 ? 0 : counts.rows() / Math.max(1e-9, scoring.toNanos() / 1e9);
  }

  /**
   * The commonest top labels with their numbers of images, commonest first, of equal numbers the
   * lower index first; at most {@value #COMMONEST}.
   */
  public List<Map.Entry<TopLabel, Long>> commonestLabels() {
    return counts.labels().entrySet().stream()
        .sorted(
            Map.Entry.<TopLabel, Long>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey(Comparator.comparingInt(TopLabel::index))))
        .limit(COMMONEST)
        .toList();
  }

  /**
   * How a run ends that wrote too many failed rows, empty when it may pass: as an outage where
   * those are too many alone that may do better another time, else as a mistake.
   *
   * @param maxFailedFraction the largest share that passes, 0 to 1
   */
  public Optional<RuntimeException> tooManyFailed(double maxFailedFraction) {
    if (counts.rows() < FEWEST_ROWS || counts.failed() <= maxFailedFraction * counts.rows()) {
      return Optional.empty();
    }
    String sentence =
        String.format(
            Locale.ROOT,
            "%,d of %,d images failed, more than the share of %s that --max-failed-fraction allows:"
                + " the table is written, its columns status and error say why",
            counts.failed(),
            counts.rows(),
            maxFailedFraction);
    return Optional.of(
        counts.outages() > maxFailedFraction * counts.rows()
            ? new OutageException(
                sentence
                    + "; %,d failed for a reason that may pass, and --if-exists resume asks for them again"
                        .formatted(counts.outages()))
            : new InputException(sentence));
  }
}
