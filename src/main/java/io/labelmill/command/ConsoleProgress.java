package io.labelmill.command;

import io.labelmill.score.Progress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Progress for people: one line that is written over where somebody watches, else a line in the log
 * every ten seconds. Safe for use by several threads; who made it closes it.
 */
final class ConsoleProgress implements Progress, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ConsoleProgress.class);

  static final long LOG_MILLIS = 10_000;
  static final long REFRESH_MILLIS = 500;

  /** Over how long the rate is taken: long enough to be calm, short enough to tell the present. */
  private static final long RATE_MILLIS = 60_000;

  /** Back to the start of the line, and clear it. */
  private static final String AGAIN = "\r\033[K";

  private final Terminal terminal;
  private final LongSupplier clockMillis;
  private final Deque<Mark> marks = new ArrayDeque<>();
  private long total = -1;
  private long shownMillis;
  private boolean lineIsOpen;

  private record Mark(long atMillis, long done) {}

  ConsoleProgress(Terminal terminal) {
    this(terminal, () -> System.nanoTime() / 1_000_000);
  }

  ConsoleProgress(Terminal terminal, LongSupplier clockMillis) {
    this.terminal = terminal;
    this.clockMillis = clockMillis;
  }

  @Override
  public synchronized void downloading(long bytes, long totalBytes) {
    long now = clockMillis.getAsLong();
    if (marks.isEmpty()) {
      if (bytes < totalBytes) {
        shownMillis = now;
        marks.add(new Mark(now, bytes));
        show(
            String.format(
                Locale.ROOT, "downloading the model, %.1f MB", (totalBytes - bytes) / 1e6));
      }
    } else if (isDue(now) || bytes == totalBytes) {
      mark(now, bytes);
      show(downloadLine(now, bytes, totalBytes));
    }
  }

  private String downloadLine(long now, long bytes, long totalBytes) {
    double rate = rate(now, bytes);
    return String.format(
        Locale.ROOT,
        "model: %.1f of %.1f MB (%.1f%%), %.1f MB/s, %s",
        bytes / 1e6,
        totalBytes / 1e6,
        100.0 * bytes / totalBytes,
        rate / 1e6,
        left(rate, totalBytes - bytes));
  }

  @Override
  public synchronized void started(long images) {
    total = images;
    shownMillis = clockMillis.getAsLong();
    marks.clear();
    marks.add(new Mark(shownMillis, 0));
    show("scoring %,d images".formatted(images));
  }

  @Override
  public synchronized void advanced(long done, long failed) {
    if (total < 0) {
      return;
    }
    long now = clockMillis.getAsLong();
    if (isDue(now)) {
      mark(now, done);
      show(line(now, done, failed));
    }
  }

  private boolean isDue(long now) {
    return now - shownMillis >= (terminal.isInteractive() ? REFRESH_MILLIS : LOG_MILLIS);
  }

  private void mark(long now, long done) {
    shownMillis = now;
    marks.add(new Mark(now, done));
    while (marks.size() > 2 && now - marks.peekFirst().atMillis() > RATE_MILLIS) {
      marks.removeFirst();
    }
  }

  /** In a second, over the time of the marks. */
  private double rate(long now, long done) {
    Mark from = marks.getFirst();
    return (done - from.done()) * 1000.0 / Math.max(1, now - from.atMillis());
  }

  private static String left(double rate, long rest) {
    return rate > 0 ? duration(Math.round(rest / rate)) + " left" : "time left unknown";
  }

  private String line(long now, long done, long failed) {
    double rate = rate(now, done);
    double percent = total == 0 ? 100 : 100.0 * done / total;
    return String.format(
        Locale.ROOT,
        "%,d of %,d images (%.1f%%), %.1f images/s, %,d failed, %s",
        done,
        total,
        percent,
        rate,
        failed,
        left(rate, total - done));
  }

  /** Seconds in the two largest units that tell, such as {@code 2 h 5 min}. */
  static String duration(long seconds) {
    if (seconds < 60) {
      return seconds + " s";
    }
    if (seconds < 3600) {
      return seconds / 60 + " min " + seconds % 60 + " s";
    }
    return seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
  }

  private void show(String line) {
    if (terminal.isInteractive()) {
      terminal.err().print(AGAIN + line);
      terminal.err().flush();
      lineIsOpen = true;
    } else {
      log.info("{}", line);
    }
  }

  /** Ends the line, so that what follows has one of its own. */
  @Override
  public synchronized void close() {
    if (lineIsOpen) {
      terminal.err().println();
      lineIsOpen = false;
    }
  }
}
