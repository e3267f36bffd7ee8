package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.error.OutageException;
import io.labelmill.error.Status;
import io.labelmill.sink.WaveCounts;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FailureLimitTest {
  private static final FailureLimit TENTH = new FailureLimit(0.1);

  private static WaveCounts counts(Map<Status, Long> statuses) {
    return new WaveCounts(statuses, Map.of(), 0);
  }

  @Test
  void aRunWhoseStoreGivesTooLittleStops() {
    WaveCounts expired =
        counts(Map.of(Status.OK, 40L, Status.ACCESS_DENIED, 50L, Status.READ_FAILED, 10L));
    assertThat(TENTH.afterWave(expired, 600))
        .hasValueSatisfying(
            end ->
                assertThat(end)
                    .isInstanceOf(OutageException.class)
                    .hasMessage(
                        "stopped after 100 of 600 images, of which 60 failed for a reason that may"
                            + " pass (ACCESS_DENIED 50, READ_FAILED 10), more than the share of 0.1"
                            + " that --max-failed-fraction allows: the table has them, its column"
                            + " error says why; --if-exists resume goes on"));
  }

  @Test
  void aRunWhoseImagesAreBrokenOrMissingGoesOn() {
    assertThat(TENTH.afterWave(counts(Map.of(Status.NOT_AN_IMAGE, 1_000L)), 2_000)).isEmpty();
    assertThat(TENTH.afterWave(counts(Map.of(Status.NOT_FOUND, 1_000L)), 2_000)).isEmpty();
    assertThat(TENTH.afterWave(counts(Map.of(Status.OK, 900L, Status.TIMED_OUT, 100L)), 2_000))
        .as("the share itself passes")
        .isEmpty();
    assertThat(TENTH.afterWave(counts(Map.of(Status.TIMED_OUT, 19L)), 2_000))
        .as("a handful says nothing")
        .isEmpty();
    assertThat(new FailureLimit(1).afterWave(counts(Map.of(Status.TIMED_OUT, 900L)), 2_000))
        .isEmpty();
  }

  @Test
  void twoHundredInARowStopARunUnlessAllMayFail() {
    assertThat(TENTH.mostInARow()).isEqualTo(199);
    assertThat(new FailureLimit(1).mostInARow()).isEqualTo(Integer.MAX_VALUE);
    assertThat(FailureLimit.inARow(200, ""))
        .hasMessage(
            "stopped, since 200 images failed one after the other for a reason that may pass: what"
                + " was committed before is kept, --if-exists resume goes on; --max-failed-fraction"
                + " 1 never stops");
  }

  @Test
  void rowsOfFailuresAreCountedOverTasks() {
    FailuresInARow all = new FailuresInARow();
    all.merge(task(2, 3)); // 2 given, 3 not
    all.merge(task(0, 4));
    assertThat(all.value()).isEqualTo(7);
    all.merge(task(1, 0));
    all.merge(task(0, 5));
    assertThat(all.value()).isEqualTo(7);
    all.merge(task(0, 3));
    assertThat(all.value()).isEqualTo(8);
    assertThat(all.copy().value()).isEqualTo(8);
    assertThat(all.copyAndReset().isZero()).isTrue();
  }

  private static FailuresInARow task(int given, int failed) {
    FailuresInARow task = new FailuresInARow();
    for (int i = 0; i < given; i++) {
      task.add(false);
    }
    for (int i = 0; i < failed; i++) {
      task.add(true);
    }
    return task;
  }
}
