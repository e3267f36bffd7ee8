package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import io.labelmill.sink.Resumability.Stamp;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResumabilityTest {
  private static final Stamp FIRST = new Stamp("tiny", "m1", "s1", "run-1");
  private final Map<String, RunRecord> records = Map.of("run-1", record("m1", "s1", "5", "0.1"));

  @Test
  void rowsOfTheSameModelAndSettingsGoTogether() {
    assertThatCode(() -> check(record("m1", "s1", "5", "0.1"), FIRST)).doesNotThrowAnyException();
    assertThatCode(() -> check(record("m1", "s1", "5", "0.2"), FIRST)).doesNotThrowAnyException();
    assertThatCode(() -> check(record("m1", "s1", "5", "0.1"))).doesNotThrowAnyException();
  }

  @Test
  void everyDifferenceIsNamed() {
    assertThatThrownBy(() -> check(record("m2", "s2", "3", "0.1"), FIRST))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The output /out cannot be resumed, since its rows would not be alike: the model was"
                + " tiny (sha256 m1), now it is tiny (sha256 m2); --activation was softmax, now it"
                + " is none; --resize-backend was pillow, now it is torchvision; --top-k was 5, now it"
                + " is 3; --window was 5, now it is 3; --stride was 5, now"
                + " it is 3; --taps was 5, now it is 3. Take the model and the options that it was written with, or another output.");
  }

  @Test
  void aVersionWhoseSettingsMeanOtherThingsIsNamed() {
    assertThatThrownBy(() -> check(record("m1", "s2", "5", "0.2"), FIRST))
        .hasMessageContaining(
            "run run-1 was made by version 0.1, whose preprocessing or settings differ from those"
                + " of version 0.2");
  }

  @Test
  void aRecordThatIsGoneTellsNothingMore() {
    assertThatThrownBy(
            () ->
                check(record("m1", "s2", "5", "0.1"), new Stamp("tiny", "m1", "s1", "run-unknown")))
        .hasMessageContaining(
            "the settings of run run-unknown differ, and its run record is missing");
  }

  @Test
  void theNewestRunOfAKindTellsForAll() {
    assertThatThrownBy(
            () ->
                check(
                    record("m1", "s2", "3", "0.1"),
                    new Stamp("tiny", "m1", "s1", "run-0"),
                    FIRST,
                    new Stamp("tiny", "m1", "s2", "run-0")))
        .hasMessageContaining("would not be alike: --activation was softmax, now it is none;")
        .hasMessageNotContaining("run-0");
  }

  private void check(RunRecord current, Stamp... runs) {
    new Resumability(current, id -> Optional.ofNullable(records.get(id)))
        .check("/out", List.of(runs));
  }

  private static RunRecord record(String model, String settings, String topK, String version) {
    return new RunRecord(
        "run-1",
        RunRecord.State.DONE,
        0,
        null,
        "score",
        // Not the batch size: it changes no score.
        Map.of("top-k", topK, "batch-size", topK, "window", topK, "stride", topK, "taps", topK),
        new RunRecord.Code(version, "abc"),
        new RunRecord.Model("tiny", "/m", model, List.of(), null, List.of(), List.of()),
        settings,
        "fp32",
        topK.equals("5") ? "pillow" : "torchvision",
        null,
        "2",
        topK.equals("5") ? "softmax" : "none",
        null,
        null,
        null,
        List.of());
  }
}
