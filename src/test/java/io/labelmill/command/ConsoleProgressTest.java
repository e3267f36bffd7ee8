package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.LoggedLines;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ConsoleProgressTest {
  private final CapturedTerminal captured = new CapturedTerminal();
  private final AtomicLong millis = new AtomicLong(5_000);

  @Test
  void aWatchedLineIsWrittenOver() {
    try (ConsoleProgress progress = new ConsoleProgress(captured.watched(), millis::get)) {
      progress.started(12_000);
      millis.addAndGet(2_000);
      progress.advanced(500, 3);
      millis.addAndGet(100);
      progress.advanced(510, 3);
    }
    assertThat(captured.err())
        .isEqualTo(
            "\r\033[Kscoring 12,000 images"
                + "\r\033[K500 of 12,000 images (4.2%), 250.0 images/s, 3 failed, 46 s left"
                + System.lineSeparator());
  }

  @Test
  void aDownloadIsShownBeforeTheScoring() {
    try (ConsoleProgress progress = new ConsoleProgress(captured.watched(), millis::get)) {
      progress.downloading(10_000_000, 350_000_000);
      millis.addAndGet(2_000);
      progress.downloading(110_000_000, 350_000_000);
      millis.addAndGet(100);
      progress.downloading(120_000_000, 350_000_000);
      millis.addAndGet(2_900);
      progress.downloading(350_000_000, 350_000_000);
      progress.started(5);
    }
    assertThat(captured.err())
        .isEqualTo(
            "\r\033[Kdownloading the model, 340.0 MB"
                + "\r\033[Kmodel: 110.0 of 350.0 MB (31.4%), 50.0 MB/s, 5 s left"
                + "\r\033[Kmodel: 350.0 of 350.0 MB (100.0%), 68.0 MB/s, 0 s left"
                + "\r\033[Kscoring 5 images"
                + System.lineSeparator());
  }

  @Test
  void nothingIsSaidOfAModelThatIsThere() {
    try (ConsoleProgress progress = new ConsoleProgress(captured.watched(), millis::get)) {
      progress.downloading(350_000_000, 350_000_000);
    }
    assertThat(captured.err()).isEmpty();
  }

  @Test
  void theRateIsThatOfTheLastMinute() {
    try (ConsoleProgress progress = new ConsoleProgress(captured.watched(), millis::get)) {
      progress.started(1_000_000);
      for (int minute = 1; minute <= 5; minute++) {
        millis.addAndGet(60_000);
        // Fast at first, then 60 a minute.
        progress.advanced(100_000 + 60L * minute, 0);
      }
    }
    assertThat(captured.err()).contains("100,300 of 1,000,000 images (10.0%), 1.0 images/s");
  }

  @Test
  void withoutProgressTheTimeLeftIsUnknown() {
    try (ConsoleProgress progress = new ConsoleProgress(captured.watched(), millis::get)) {
      progress.advanced(7, 7);
      progress.started(10);
      millis.addAndGet(2_000);
      progress.advanced(0, 0);
    }
    assertThat(captured.err())
        .contains("0 of 10 images (0.0%), 0.0 images/s, 0 failed, time left unknown")
        .doesNotContain("7 of");
  }

  @Test
  void allImagesAreSaidOnceAndNeverBefore() {
    try (ConsoleProgress progress = new ConsoleProgress(captured.watched(), millis::get)) {
      progress.started(10_000);
      for (long done : new long[] {9_999, 10_000, 10_000, 10_000}) {
        millis.addAndGet(60_000);
        progress.advanced(done, 0);
      }
    }
    assertThat(captured.err())
        .contains("9,999 of 10,000 images (99.9%)")
        .containsOnlyOnce("(100.0%)");
  }

  @Test
  void nothingIsWrittenOverWhereNobodyWatches() {
    try (ConsoleProgress progress = new ConsoleProgress(captured.terminal(), millis::get)) {
      progress.started(10);
      millis.addAndGet(20_000);
      progress.advanced(5, 0);
    }
    assertThat(captured.err()).isEmpty();
  }

  @Test
  void aLogHasALineEachTenSecondsAndFewerOfALongRun() {
    List<Long> at = new ArrayList<>();
    try (LoggedLines log = new LoggedLines(ConsoleProgress.class);
        ConsoleProgress progress = new ConsoleProgress(captured.terminal(), millis::get)) {
      progress.started(1_000_000);
      int lines = log.lines().size();
      for (long second = 1; second <= 10 * 3_600; second++) {
        millis.addAndGet(1_000);
        progress.advanced(second, 0);
        if (log.lines().size() > lines) {
          lines = log.lines().size();
          at.add(second);
        }
      }
      assertThat(log.lines())
          .startsWith(
              "scoring 1,000,000 images",
              "10 of 1,000,000 images (0.0%), 1.0 images/s, 0 failed, 277 h 46 min left")
          .hasSizeLessThan(200);
    }
    assertThat(at).startsWith(10L, 20L, 30L, 40L, 50L, 60L);
    for (int i = 1; i < at.size(); i++) {
      assertThat(at.get(i) - at.get(i - 1)).isBetween(10L, 601L);
    }
    assertThat(captured.err()).isEmpty();
  }

  @Test
  void durationsHaveTheirTwoLargestUnits() {
    assertThat(ConsoleProgress.duration(59)).isEqualTo("59 s");
    assertThat(ConsoleProgress.duration(61)).isEqualTo("1 min 1 s");
    assertThat(ConsoleProgress.duration(7_500)).isEqualTo("2 h 5 min");
  }
}
