package io.labelmill.command;

import io.labelmill.error.Status;
import io.labelmill.score.CompactJob;
import io.labelmill.score.ScorePlan;
import io.labelmill.score.ScoreResult;
import io.labelmill.sink.WaveCounts.TopLabel;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a user reads when a run is over. */
final class Summary {
  private static final List<String> START_UP =
      List.of("open", "plan", "graph", "broadcast", "session");
  private static final List<String> IN_TASKS =
      List.of("tasks reading", "tasks decoding", "tasks inferring");

  private Summary() {}

  /** A finished run, several lines. */
  static String of(ScoreResult result) {
    StringBuilder text = new StringBuilder();
    if (result.counts().rows() == 0) {
      line(text, "nothing to score: the table has every image already");
    } else {
      line(
          text,
          "%,d images in %s, %.1f images/s; start-up %s",
          result.counts().rows(),
          ConsoleProgress.duration(result.scoring().toSeconds()),
          result.imagesPerSecond(),
          ConsoleProgress.duration(result.startUp().toSeconds()));
    }
    for (Status status : Status.values()) {
      long images = result.counts().statuses().getOrDefault(status, 0L);
      if (images > 0) {
        line(text, "  %-14s %,12d", status, images);
      }
    }
    if (result.unopened() > 0) {
      line(
          text,
          "%,d of them have a name that nothing can open: the column error says which",
          result.unopened());
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
    times(text, result.seconds());
    result.limit().ifPresent(limit -> line(text, "%s", limit.sentence()));
    line(text, "table: %s", result.table());
    line(text, "run record: %s", result.runRecord());
    return text.toString();
  }

  /** Where the time went: start-up, then the wall time of both halves, then that of tasks. */
  private static void times(StringBuilder text, Map<String, Double> seconds) {
    if (seconds.getOrDefault("label", 0.0) > 0) {
      line(text, "time");
      line(text, "  start-up  %s", parts(seconds, START_UP));
      line(text, "  scoring   %s", parts(seconds, List.of("label", "commit")));
      line(text, "  in tasks  %s", parts(seconds, IN_TASKS));
    }
  }

  private static String parts(Map<String, Double> seconds, List<String> names) {
    return names.stream()
        .filter(seconds::containsKey)
        .map(
            name ->
                String.format(
                    Locale.ROOT, "%s %.1f s", name.replace("tasks ", ""), seconds.get(name)))
        .collect(Collectors.joining(", "));
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

  static void line(StringBuilder text, String format, Object... args) {
    text.append(String.format(Locale.ROOT, format, args)).append(System.lineSeparator());
  }
}
