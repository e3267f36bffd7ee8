package io.labelmill.command;

import io.labelmill.error.Status;
import io.labelmill.score.CompactJob;
import io.labelmill.score.ScorePlan;
import io.labelmill.score.ScoreResult;
import io.labelmill.sink.WaveCounts.TopLabel;
import java.util.Locale;
import java.util.Map;

/** What a user reads when a run is over. */
final class Summary {
  private Summary() {}

  /** A finished run, several lines. */
  static String of(ScoreResult result) {
    StringBuilder text = new StringBuilder();
    if (result.counts().rows() == 0) {
      line(text, "nothing to score: the table has every image already");
    }
    line(
        text,
        "%,d images in %s, %.1f images/s; start-up %s",
        result.counts().rows(),
        ConsoleProgress.duration(result.scoring().toSeconds()),
        result.imagesPerSecond(),
        ConsoleProgress.duration(result.startUp().toSeconds()));
    for (Status status : Status.values()) {
      long images = result.counts().statuses().getOrDefault(status, 0L);
      if (images > 0) {
        line(text, "  %-14s %,12d", status, images);
      }
    }
    if (!result.commonestLabels().isEmpty()) {
      line(text, "commonest labels");
      for (Map.Entry<TopLabel, Long> label : result.commonestLabels()) {
        line(
            text,
            "  %,12d  %s (%d)",
            label.getValue(),
            label.getKey().name(),
            label.getKey().index());
      }
      long scored = result.counts().rows() - result.counts().failed();
      line(text, "mean score of the best label: %.4f", result.counts().scoreSum() / scored);
    }
    line(text, "table: %s", result.table());
    line(text, "run record: %s", result.runRecord());
    return text.toString();
  }

  /** A dry run, several lines. */
  static String of(ScorePlan plan) {
    StringBuilder text = new StringBuilder();
    line(text, "dry run: nothing is scored");
    line(text, "images: %,d", plan.images());
    if (plan.bytes().isPresent()) {
      line(text, "bytes: %,d", plan.bytes().getAsLong());
    } else {
      line(text, "bytes: unknown until they are read");
    }
    line(text, "partitions: %,d", plan.partitions());
    line(text, "waves: %,d", plan.waves());
    line(text, plan.images() > ScorePlan.PATHS ? "first paths:" : "paths:");
    plan.firstPaths().forEach(path -> line(text, "  %s", path));
    return text.toString();
  }

  /** A compaction, several lines. */
  static String of(CompactJob.Result result) {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "%,d rows are current; %,d that were replaced since are gone",
        result.rows(),
        result.rowsBefore() - result.rows());
    if (result.files().isPresent() && result.filesBefore().isPresent()) {
      line(
          text,
          "files: %,d, before %,d",
          result.files().getAsLong(),
          result.filesBefore().getAsLong());
    }
    line(text, "table: %s", result.table());
    line(text, "run record: %s", result.runRecord());
    return text.toString();
  }

  private static void line(StringBuilder text, String format, Object... args) {
    text.append(String.format(Locale.ROOT, format, args)).append(System.lineSeparator());
  }
}
