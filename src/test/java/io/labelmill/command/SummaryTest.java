package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import io.labelmill.error.Status;
import io.labelmill.score.Bottleneck;
import io.labelmill.score.CompactJob;
import io.labelmill.score.ScorePlan;
import io.labelmill.score.ScoreResult;
import io.labelmill.sink.WaveCounts;
import io.labelmill.sink.WaveCounts.TopLabel;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private static final WaveCounts COUNTS =
      new WaveCounts(
          Map.of(Status.OK, 1_900L, Status.NOT_FOUND, 60L, Status.UNDECODABLE, 40L),
          Map.of(
              new TopLabel(7, "crane"),
              900L,
              new TopLabel(2, "crane"),
              900L,
              new TopLabel(0, "can"),
              100L),
          1_425.0);

  @Test
  void aCompactionIsSummedUp() {
    assertThat(
            Summary.of(
                    new CompactJob.Result(
                        "labels", "r.json", 2_500, 2_000, OptionalLong.of(40), OptionalLong.of(1)))
                .lines())
        .containsExactly(
            "2,000 rows are current; 500 that were replaced since are gone",
            "files: 1, before 40",
            "table: labels",
            "run record: r.json");
  }

  @Test
  void aRunWithNothingToScoreHasNoRate() {
    assertThat(Summary.of(result(new WaveCounts(Map.of(), Map.of(), 0))).lines())
        .containsExactly(
            "nothing to score: the table has every image already",
            "table: labels/",
            "run record: labels/_labelmill/run-1.json");
  }

  @Test
  void aRunIsSummedUp() {
    assertThat(Summary.of(result(COUNTS)).lines())
        .containsExactly(
            "2,000 images in 1 min 40 s, 20.0 images/s; start-up 12 s",
            "  OK                    1,900",
            "  NOT_FOUND                60",
            "  UNDECODABLE              40",
            "commonest labels",
            "           900  crane (2)",
            "           900  crane (7)",
            "           100  can (0)",
            "mean score of the best label: 0.7500",
            "table: labels/",
            "run record: labels/_labelmill/run-1.json");
  }

  @Test
  void aRunTellsWhereItsTimeWentAndWhatWasTheLimit() {
    Map<String, Double> seconds = new HashMap<>();
    seconds.put("open", 0.4);
    seconds.put("plan", 2.25);
    seconds.put("graph", 3.1);
    seconds.put("broadcast", 0.2);
    seconds.put("session", 0.61);
    seconds.put("score", 100.0);
    seconds.put("label", 97.0);
    seconds.put("commit", 3.0);
    seconds.put("tasks reading", 1.0);
    seconds.put("tasks decoding", 12.0);
    seconds.put("tasks inferring", 178.9);
    ScoreResult result =
        new ScoreResult(
            "1",
            "labels/",
            "r.json",
            COUNTS,
            0,
            Duration.ofSeconds(12),
            Duration.ofSeconds(100),
            seconds,
            Optional.of(
                new Bottleneck(Bottleneck.Stage.INFER, 0.9, "the model is the limit: add cores")));
    assertThat(Summary.of(result).lines())
        .containsSubsequence(
            "mean score of the best label: 0.7500",
            "time",
            "  start-up  open 0.4 s, plan 2.3 s, graph 3.1 s, broadcast 0.2 s, session 0.6 s",
            "  scoring   label 97.0 s, commit 3.0 s",
            "  in tasks  reading 1.0 s, decoding 12.0 s, inferring 178.9 s",
            "the model is the limit: add cores",
            "table: labels/");
  }

  @Test
  void aRunWithoutScoresIsSummedUp() {
    WaveCounts none = new WaveCounts(Map.of(Status.NOT_FOUND, 3L), Map.of(), 0);
    assertThat(Summary.of(result(none))).contains("NOT_FOUND").doesNotContain("label:", "NaN");
    assertThat(result(WaveCounts.NONE).imagesPerSecond()).isZero();
  }

  @Test
  void twentyLabelsAreShown() {
    Map<TopLabel, Long> labels = new HashMap<>();
    for (int i = 0; i < 30; i++) {
      labels.put(new TopLabel(i, "label" + i), (long) i + 1);
    }
    WaveCounts counts = new WaveCounts(Map.of(Status.OK, 465L), labels, 1);
    assertThat(result(counts).commonestLabels())
        .hasSize(20)
        .first()
        .isEqualTo(Map.entry(new TopLabel(29, "label29"), 30L));
  }

  @Test
  void tooManyFailuresFailARunOfTwentyOrMore() {
    assertThat(result(COUNTS).tooManyFailed(0.05)).isEmpty();
    assertThat(result(COUNTS).tooManyFailed(0.049))
        .get(InstanceOfAssertFactories.type(InputException.class))
        .extracting(Throwable::getMessage)
        .isEqualTo(
            "100 of 2,000 images failed, more than the share of 0.049 that --max-failed-fraction"
                + " allows: the table is written, its columns status and error say why");
    WaveCounts unread =
        new WaveCounts(
            Map.of(Status.OK, 80L, Status.READ_FAILED, 15L, Status.UNDECODABLE, 5L), Map.of(), 1);
    assertThat(result(unread).tooManyFailed(0.14))
        .as("the store's fault, so that a schedule tries again")
        .get(InstanceOfAssertFactories.type(OutageException.class))
        .extracting(Throwable::getMessage)
        .isEqualTo(
            "20 of 100 images failed, more than the share of 0.14 that --max-failed-fraction"
                + " allows: the table is written, its columns status and error say why; 15 failed"
                + " for a reason that may pass, and --if-exists resume asks for them again");
    assertThat(result(unread).tooManyFailed(0.15)).get().isInstanceOf(InputException.class);
    assertThat(result(failed(19)).tooManyFailed(0)).isEmpty();
    assertThat(result(failed(20)).tooManyFailed(0)).isPresent();
    assertThat(result(failed(20)).tooManyFailed(1)).isEmpty();
  }

  @Test
  void aDryRunShowsThePlan() {
    ScorePlan plan =
        new ScorePlan(12_000, OptionalLong.of(3_000_000), 16, 7, List.of("a.jpg", "b c.jpg"));
    assertThat(Summary.of(plan).lines())
        .containsExactly(
            "dry run: nothing is scored",
            "images: 12,000",
            "bytes: 3,000,000",
            "partitions: 16",
            "waves: 7",
            "first paths:",
            "  a.jpg",
            "  b c.jpg");
    assertThat(Summary.of(new ScorePlan(1, OptionalLong.empty(), 1, 1, List.of("a"))))
        .contains("bytes: unknown until they are read", System.lineSeparator() + "paths:");
  }

  @Test
  void namesThatNothingCanOpenAreSaid() {
    WaveCounts failed = new WaveCounts(Map.of(Status.INVALID_INPUT, 3L), Map.of(), 0);
    String sentence = "2 of them have a name that nothing can open: the column error says which";
    assertThat(Summary.of(result(failed, 2)).lines()).contains(sentence);
    assertThat(Summary.of(result(failed, 0)).lines()).doesNotContain(sentence);
  }

  private static WaveCounts failed(long images) {
    return new WaveCounts(Map.of(Status.NOT_FOUND, images), Map.of(), 0);
  }

  private static ScoreResult result(WaveCounts counts) {
    return result(counts, 0);
  }

  private static ScoreResult result(WaveCounts counts, long unopened) {
    return new ScoreResult(
        "1",
        "labels/",
        "labels/_labelmill/run-1.json",
        counts,
        unopened,
        Duration.ofSeconds(12),
        Duration.ofSeconds(100),
        Map.of(),
        Optional.empty());
  }
}
