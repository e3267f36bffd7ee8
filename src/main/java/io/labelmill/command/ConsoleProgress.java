package io.labelmill.command;

import io.labelmill.score.Progress;
import io.labelmill.score.Rate;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Progress for people: one line that is written over where somebody watches, else lines in the log,
 * every ten seconds at first and ever more rarely as the run grows long. Safe for use by several
 * threads; who made it closes it.
 */
final class ConsoleProgress implements Progress, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ConsoleProgress.class);

  static final long LOG_MILLIS = 10_000;
  static final long REFRESH_MILLIS = 500;

  /** The pause between two lines of a log is this part of the time since the first, at most. */
  private static final int PART_OF_RUN = 20;

  private static final long LONGEST_PAUSE_MILLIS = 600_000;

  /** Back to the start of the line, and clear it. */
  private static final String AGAIN = "\r\033[K";

  private final Terminal terminal;
  private final LongSupplier clockMillis;
  private final Rate rate = new Rate();
  private long total = -1;
  private long begunMillis;
  private long shownMillis;
  private long shownDone;
  private boolean downloads;
  private boolean lineIsOpen;

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
    if (!downloads) {
      if (bytes < totalBytes) {
        downloads = true;
        begin(now, bytes);
        show(
            String.format(
                Locale.ROOT, "downloading the model, %.1f MB", (totalBytes - bytes) / 1e6));
      }
    } else if (isDue(now) || bytes == totalBytes) {
      mark(now, bytes);
      show(downloadLine(bytes, totalBytes));
    }
  }

  private String downloadLine(long bytes, long totalBytes) {
    double perSecond = rate.perSecond();
    return String.format(
        Locale.ROOT,
        "model: %.1f of %.1f MB (%.1f%%), %.1f MB/s, %s",
        bytes / 1e6,
        totalBytes / 1e6,
        100.0 * bytes / totalBytes,
        perSecond / 1e6,
        left(perSecond, totalBytes - bytes));
  }

  @Override
  public synchronized void started(long images) {
    total = images;
    shownDone = 0;
    begin(clockMillis.getAsLong(), 0);
    show("scoring %,d images".formatted(images));
  }

  @Override
  public synchronized void advanced(long done, long failed) {
    if (total < 0) {
      return;
    }
    long now = clockMillis.getAsLong();
    boolean isSaid = done == total && shownDone == total;
    if (isDue(now) && !isSaid) {
      shownDone = done;
      mark(now, done);
      show(line(done, failed));
    }
  }

  private boolean isDue(long now) {
    long pause =
        terminal.isInteractive()
            ? REFRESH_MILLIS
            : Math.max(
                LOG_MILLIS, Math.min(LONGEST_PAUSE_MILLIS, (now - begunMillis) / PART_OF_RUN));
    return now - shownMillis >= pause;
  }

  private void begin(long now, long done) {
    begunMillis = now;
    shownMillis = now;
    rate.start(now, done);
  }

  private void mark(long now, long done) {
    shownMillis = now;
    rate.mark(now, done);
  }

  private static String left(double perSecond, long rest) {
    return perSecond > 0 ? duration(Math.round(rest / perSecond)) + " left" : "time left unknown";
  }

  private String line(long done, long failed) {
    double perSecond = rate.perSecond();
    // 100.0% is all of them.
    double percent = done >= total ? 100 : Math.min(99.9, 100.0 * done / total);
    return String.format(
        Locale.ROOT,
        "%,d of %,d images (%.1f%%), %.1f images/s, %,d failed, %s",
        done,
        total,
        percent,
        perSecond,
        failed,
        left(perSecond, total - done));
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
