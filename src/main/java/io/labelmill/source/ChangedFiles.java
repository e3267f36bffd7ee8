package io.labelmill.source;

import io.labelmill.error.ImageException;
import io.labelmill.error.UsageException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Lets plan rows through that have no version to compare with, or whose file has another one. A
 * file whose version cannot be told, since it is gone or its host is, comes through too: reading it
 * says so, as the status of its row.
 *
 * @param columns of a plan row; the version to compare with stands behind them
 */
record ChangedFiles(Broadcast<HadoopConfiguration> configuration, int columns)
    implements MapPartitionsFunction<Row, Row> {
  private static final int IN_FLIGHT = 32;

  private static final Duration LIMIT = Duration.ofMinutes(1);

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return changed(rows, configuration.value().value(), LIMIT);
  }

  Iterator<Row> changed(Iterator<Row> rows, Configuration hadoop, Duration limit) {
    return new Comparison(rows, hadoop, limit);
  }

  private final class Comparison implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final Configuration hadoop;
    private final Duration limit;
    private final Deque<Asked> inFlight = new ArrayDeque<>();
    private Row next;

    Comparison(Iterator<Row> rows, Configuration hadoop, Duration limit) {
      this.rows = rows;
      this.hadoop = hadoop;
      this.limit = limit;
    }

    @Override
    public boolean hasNext() {
      while (next == null && (rows.hasNext() || !inFlight.isEmpty())) {
        while (rows.hasNext() && inFlight.size() < IN_FLIGHT) {
          inFlight.addLast(new Asked(rows.next(), hadoop));
        }
        next = inFlight.removeFirst().row(limit);
      }
      return next != null;
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Row row = next;
      next = null;
      return row;
    }
  }

  /** A row whose file is asked for. */
  private final class Asked {
    private final Row planned;
    private final HostReads.Read<Optional<FileStatus>> answer;

    /**
     * @param row with the version to compare with; null where there is none
     */
    Asked(Row row, Configuration hadoop) {
      Object[] values = new Object[columns];
      for (int i = 0; i < columns; i++) {
        values[i] = row.get(i);
      }
      planned = RowFactory.create(values);
      boolean isCompared = !row.isNullAt(columns) && !row.isNullAt(PlanColumns.LOCATION);
      String location = row.getString(PlanColumns.LOCATION);
      answer =
          isCompared
              ? HostReads.SHARED.submit(
                  location,
                  ReadSettings.of(hadoop).readsPerHost(),
                  () -> status(location, row.getString(columns), hadoop))
              : null;
    }

    /** The row with its file's status, or null when the file is as it was. */
    Row row(Duration limit) {
      if (answer == null) {
        return planned;
      }
      try {
        while (true) {
          long left = limit.toNanos() - (System.nanoTime() - answer.startedNanos());
          try {
            Optional<FileStatus> now = answer.get(Math.max(1, left), TimeUnit.NANOSECONDS);
            return now.isEmpty() ? null : with(now.get());
          } catch (TimeoutException e) {
            if (limit.toNanos() <= System.nanoTime() - answer.startedNanos()) {
              answer.cancel(true);
              return planned;
            }
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while asking for statuses", e);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof UsageException refusal) {
          throw refusal;
        }
        return planned; // Whatever it is, reading the image says it again.
      }
    }

    private Row with(FileStatus status) {
      if (status.isDirectory() || status.getPath() == null) {
        return planned;
      }
      Object[] values = new Object[columns];
      for (int i = 0; i < columns; i++) {
        values[i] = planned.get(i);
      }
      values[PlanColumns.LENGTH] = status.getLen();
      values[PlanColumns.MODIFICATION_TIME] = status.getModificationTime();
      return RowFactory.create(values);
    }
  }

  /** The status of a file that changed; one without a path where only that is known. */
  private static Optional<FileStatus> status(String location, String version, Configuration hadoop)
      throws IOException, ImageException {
    if (AllowedHosts.isHttp(location)) {
      HttpImages http =
          new HttpImages(
              ReadSettings.of(hadoop), ImageReader.MAX_BYTES, HttpImages.Patience.OF_USERS);
      return http.version(location).equals(Optional.of(version))
          ? Optional.empty()
          : Optional.of(new FileStatus());
    }
    Path path = new Path(location);
    FileSystem fileSystem = path.getFileSystem(hadoop);
    FileNames.check(fileSystem, path);
    FileStatus status = ImageReader.status(fileSystem, path);
    return version.equals(status.getLen() + "-" + status.getModificationTime())
        ? Optional.empty()
        : Optional.of(status);
  }
}
