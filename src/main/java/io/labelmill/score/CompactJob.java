package io.labelmill.score;

import io.labelmill.BuildVersion;
import io.labelmill.error.Cause;
import io.labelmill.error.OutageException;
import io.labelmill.error.UserException;
import io.labelmill.sink.RunRecord;
import io.labelmill.sink.ScoreOutput;
import io.labelmill.source.JobDescriptions;
import io.labelmill.table.Location;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Rewrites a table to its current rows, in large files: what runs that resumed or appended have
 * replaced goes, and so do the small files that they left.
 *
 * <p>The table stays as it is until the new one is complete. A job that is killed while the two
 * change places is ended by the next run that opens the output, whatever it does. Run records stay.
 * Used on the driver by one thread.
 */
public final class CompactJob {
  private final SparkSession spark;
  private final Configuration configuration;
  private final Options options;
  private final Instant startedAt = Instant.now();
  private final String runId = RunReport.newRunId(startedAt);

  /**
   * @param output a folder or {@code table:NAME}
   * @param runFolder where its run records are; absent: {@code _labelmill} in the output
   * @param effective every option with its effective value, for the run record
   */
  public record Options(
      String output, Optional<String> runFolder, SortedMap<String, String> effective) {
    public Options {
      effective = new TreeMap<>(effective);
    }
  }

  /**
   * What a compaction did.
   *
   * @param table as the user named it
   * @param rowsBefore rows of the old table
   * @param filesBefore data files of the old table, empty for tables that are more than files
   * @param files of the new one, likewise
   */
  public record Result(
      String table,
      String runRecord,
      long rowsBefore,
      long rows,
      OptionalLong filesBefore,
      OptionalLong files) {}

  private CompactJob(SparkSession spark, Options options) {
    this.spark = spark;
    this.configuration = spark.sparkContext().hadoopConfiguration();
    this.options = options;
  }

  /**
   * Compacts a table.
   *
   * @throws UserException for what the user can mend; the table is as it was then
   */
  public static Result run(SparkSession spark, Options options) {
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say("Look at the table " + Location.redacted(options.output()));
      return new CompactJob(spark, options).run();
    }
  }

  private Result run() {
    try (ScoreOutput output =
        ScoreOutput.reopen(
            spark,
            options.output(),
            options.runFolder(),
            ScoreTable.of(List.of(), KeptScores.ALL).schema(),
            runId)) {
      try {
        return compact(output);
      } catch (Exception e) {
        // Spark's own exceptions are checked ones that its methods don't declare.
        Optional<OutageException> lost = output.lost(e);
        failed(output, lost.map(Exception.class::cast).orElse(e));
        if (lost.isPresent()) {
          throw lost.get();
        }
        throw e;
      }
    }
  }

  private Result compact(ScoreOutput output) {
    write(output, RunRecord.State.RUNNING, 0);
    String table = Location.redacted(options.output());
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say("Count the rows of " + table);
      OptionalLong filesBefore = output.files();
      long rowsBefore = output.rows().count();
      long rows = output.currentRows().count();
      jobs.say("Compact %s to its %,d current rows".formatted(table, rows));
      output.commit(output.currentRows(), rows);
      output.finish();
      output.assertHeld();
      write(output, RunRecord.State.DONE, rows);
      return new Result(
          options.output(),
          RunRecord.file(output.recordFolder(), runId).toString(),
          rowsBefore,
          rows,
          filesBefore,
          output.files());
    }
  }

  private void write(ScoreOutput output, RunRecord.State state, long rows) {
    record(state, rows).write(output.recordFolder(), configuration);
  }

  private RunRecord record(RunRecord.State state, long rows) {
    boolean over = state != RunRecord.State.RUNNING;
    Map<String, Double> seconds = new LinkedHashMap<>();
    seconds.put("compact", startedAt.until(Instant.now(), ChronoUnit.MILLIS) / 1e3);
    return new RunRecord(
        runId,
        state,
        state == RunRecord.State.DONE ? 0 : null,
        null,
        "score --compact",
        options.effective(),
        new RunRecord.Code(BuildVersion.current().version(), BuildVersion.current().commit()),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        new RunRecord.Progress(rows, rows, over ? 1 : 0, 0, Map.of(), 0),
        new RunRecord.Timings(
            startedAt.truncatedTo(ChronoUnit.MILLIS).toString(),
            over ? Instant.now().truncatedTo(ChronoUnit.MILLIS).toString() : null,
            seconds,
            null),
        RunReport.platform(spark),
        List.of());
  }

  /** Writes down that the run failed; a record that can't be written must not hide why. */
  private void failed(ScoreOutput output, Exception failure) {
    RunRecord record = record(RunRecord.State.FAILED, 0);
    String problem = Cause.told(failure).map(Exception::getMessage).orElseGet(failure::toString);
    try {
      record
          .failed(Cause.exitCode(failure), Location.redacted(problem), record.timings())
          .write(output.recordFolder(), configuration);
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}
