package io.labelmill.sink;

import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import io.labelmill.source.JobDescriptions;
import io.labelmill.source.Seam;
import io.labelmill.table.Location;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table that a run writes, wave by wave. Open, commit each wave, finish, close; used on the
 * driver by one thread.
 *
 * <p>Every visible file is complete. {@code overwrite} collects its waves out of sight and puts
 * them in the old table's place in {@link #finish()}; {@link #close()} without {@code finish()}
 * leaves committed waves of the other modes, and the old table of that one.
 */
public final class ScoreOutput implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(ScoreOutput.class);

  private final SparkSession spark;
  private final OutputOptions options;
  private final OutputFolder folder;
  private final TableWriter table;
  private final FileSizes sizes;
  private final boolean exists;

  private ScoreOutput(TableWriter.Output output, TableWriter table, long expectedBytes)
      throws IOException {
    this.spark = output.spark();
    this.options = output.options();
    this.folder = output.folder();
    this.table = table;
    this.sizes = new FileSizes(expectedBytes);
    table.fence(folder.fenced());
    folder.forgetFenced();
    this.exists = check(options, table);
  }

  /**
   * Checks that the output can take rows of this schema, takes its lock, and deletes what dead runs
   * of Labelmill left.
   *
   * @param runId unique, of letters, digits and hyphens
   * @throws InputException when another run writes to the output, when it exists and may not, or
   *     when it holds something else; the output is as it was
   */
  public static ScoreOutput open(
      SparkSession spark, OutputOptions options, StructType schema, String runId) {
    OutputFolder folder =
        taken(
            spark,
            options,
            runId,
            untouched -> {
              try (JobDescriptions jobs = JobDescriptions.of(spark)) {
                jobs.say(sentence("Look at the output ", options));
                check(
                    options,
                    TableWriter.of(new TableWriter.Output(spark, options, schema, untouched)));
              }
            });
    return opened(new TableWriter.Output(spark, options, schema, folder));
  }

  /** Refuses an output by what it throws. */
  @FunctionalInterface
  private interface Look {
    void at(OutputFolder untouched) throws IOException;
  }

  /** Takes an output after a look at it, so that one that is refused is left as it was. */
  private static OutputFolder taken(
      SparkSession spark, OutputOptions options, String runId, Look look) {
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    OutputFolder untouched = OutputFolder.look(options, configuration, runId);
    try {
      // Until a killed run's swap is ended, there is no table to look at.
      if (!untouched.isSwapping()) {
        look.at(untouched);
      }
    } catch (IOException e) {
      throw options.unwritable(e);
    }
    Optional<Path> lock =
        options
            .table()
            .map(name -> CatalogLock.folder(spark, name, options.runFolder().orElseThrow()));
    return OutputFolder.take(options, configuration, runId, lock);
  }

  /**
   * As {@link #open}, for a run that commits nothing: it takes no lock, deletes no leftovers, and
   * leaves the output as it is.
   */
  public static ScoreOutput look(
      SparkSession spark, OutputOptions options, StructType schema, String runId) {
    OutputFolder folder =
        OutputFolder.look(options, spark.sparkContext().hadoopConfiguration(), runId);
    return opened(new TableWriter.Output(spark, options, schema, folder));
  }

  private static ScoreOutput opened(TableWriter.Output output) {
    return opened(output, () -> new ScoreOutput(output, TableWriter.of(output), 0));
  }

  /**
   * Takes a table that is there, to put other rows in the place of its own: as {@link #open} does
   * to overwrite it, in the format, with the columns and the folders that it has.
   *
   * @param known types of the columns that are Labelmill's own
   * @throws InputException when there is no table that Labelmill could have written
   */
  public static ScoreOutput reopen(
      SparkSession spark,
      String output,
      Optional<String> runFolder,
      StructType known,
      String runId) {
    OutputOptions options = OutputOptions.existing(output, runFolder);
    OutputFolder folder =
        taken(
            spark, options, runId, untouched -> StoredTable.find(spark, options, untouched, known));
    return opened(
        new TableWriter.Output(spark, options, known, folder),
        () -> {
          StoredTable found = StoredTable.find(spark, options, folder, known);
          TableWriter.Output stored =
              new TableWriter.Output(spark, found.options(options), found.schema(), folder);
          return new ScoreOutput(stored, TableWriter.reopened(stored), found.bytes());
        });
  }

  @FunctionalInterface
  private interface Opening {
    ScoreOutput open() throws IOException;
  }

  /** Opens an output whose folder is there, and gives that up where it can't. */
  private static ScoreOutput opened(TableWriter.Output output, Opening opening) {
    try (JobDescriptions jobs = JobDescriptions.of(output.spark())) {
      jobs.say(sentence("Look at the output ", output.options()));
      ScoreOutput opened = opening.open();
      MagicCommitter.warning(output.folder().scheme(), output.commitProtocol())
          .ifPresent(LOG::warn);
      return opened;
    } catch (IOException e) {
      throw output.folder().givenUp(e).orElseGet(() -> output.options().unwritable(e));
    } catch (Exception e) {
      // Spark throws what Java signatures do not declare.
      Optional<RuntimeException> lost = output.folder().givenUp(e);
      if (lost.isPresent()) {
        throw lost.get();
      }
      throw e;
    }
  }

  /**
   * Changes nothing.
   *
   * @return whether there is a table
   * @throws InputException when the output can't take the rows
   */
  private static boolean check(OutputOptions options, TableWriter table) throws IOException {
    table.checkRows();
    boolean exists = table.exists();
    if (exists && options.ifExists() == IfExists.FAIL) {
      throw isThere(options);
    }
    if (exists) {
      table.checkExisting();
    }
    return exists;
  }

  private static InputException isThere(OutputOptions options) {
    return new InputException(
        "The output %s exists: choose another, or say append, overwrite or resume with --if-exists."
            .formatted(options.output()));
  }

  /**
   * Tells of a table in a folder of this machine that a run would end at, for which no Spark is
   * needed. What else is wrong with the place is told by {@link #open}.
   *
   * @throws InputException where there is one
   */
  public static void refuseExisting(OutputOptions options, Configuration configuration) {
    boolean isAsked = options.ifExists() == IfExists.FAIL && !options.isAzure();
    if (!isAsked || !Location.of(options.output()).isLocal(configuration)) {
      return;
    }
    try {
      if (OutputPlace.of(options, configuration).hasTable()) {
        throw isThere(options);
      }
    } catch (IOException e) {
      LOG.debug("{} was not looked at before Spark starts", options.output(), e);
    }
  }

  private static String sentence(String action, OutputOptions options) {
    return action + Location.redacted(options.output());
  }

  /** A folder of this run for its plan; it is deleted on {@link #close()}. */
  public Path runFolder() {
    return folder.runFolder();
  }

  /** Where run records are written. */
  public Path recordFolder() {
    return folder.recordFolder();
  }

  private boolean isResuming() {
    return exists && options.ifExists() == IfExists.RESUME;
  }

  /**
   * The rows that are there, for a run that resumes; empty for one that does not, or that has
   * nothing to resume. Has the columns {@code path}, {@code content_version}, {@code status} and
   * {@code run_id}.
   */
  public Optional<Dataset<Row>> committed() {
    return isResuming()
        ? Optional.of(selected("path", "content_version", "status", "run_id"))
        : Optional.empty();
  }

  private Dataset<Row> selected(String... columns) {
    return table.rows().select(options.columnPrefix().bare(columns));
  }

  /** The rows of the table that is there, superseded ones too. */
  public Dataset<Row> rows() {
    return table.rows();
  }

  /** Those of {@link #rows()} that later ones did not replace. */
  public Dataset<Row> currentRows() {
    return CurrentRows.of(
        table.rows(),
        options.columnPrefix(),
        recordFolder(),
        spark.sparkContext().hadoopConfiguration());
  }

  /** The number of data files of the table; empty for tables that are more than their files. */
  public OptionalLong files() {
    try {
      return table.files();
    } catch (IOException e) {
      throw options.unwritable(e);
    }
  }

  /**
   * Refuses to resume a table that another model made, or other settings.
   *
   * @param current the record of this run
   * @throws InputException naming every difference
   */
  public void checkResumable(RunRecord current) {
    if (!isResuming()) {
      return;
    }
    List<Row> runs;
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say(sentence("Compare model and settings with those of ", options));
      // One row a run: few, and found by hashing, where the largest of texts would take a sort of
      // all.
      runs =
          selected("model", "model_sha256", "settings_sha256", "run_id").distinct().collectAsList();
    }
    new Resumability(current, this::record)
        .check(
            options.output(),
            runs.stream()
                .map(
                    row ->
                        new Resumability.Stamp(
                            row.getString(0), row.getString(1), row.getString(2), row.getString(3)))
                .toList());
  }

  private Optional<RunRecord> record(String runId) {
    try {
      return Optional.of(
          RunRecord.read(
              RunRecord.file(recordFolder(), runId), spark.sparkContext().hadoopConfiguration()));
    } catch (InputException e) {
      return Optional.empty();
    }
  }

  /**
   * Scores and writes a wave: this is where its rows are computed.
   *
   * @param rows of the schema given to {@link #open}, each once
   * @param expected number of rows
   * @return what the committed files hold
   * @throws IllegalStateException when they hold another number of rows
   * @throws OutageException when another run took the output over; nothing of the wave becomes
   *     visible any more
   */
  public WaveCounts commit(Dataset<Row> rows, long expected) {
    try {
      folder.assertHeld();
      Seam.WAVE_STARTED.reached();
      TableWriter.Added wave = table.add(sizes.gathered(rows, expected, options), expected);
      Seam.WAVE_COMMITTED.reached();
      sizes.written(expected, wave.bytes());
      Seam.BETWEEN_WAVES.reached();
      return wave.counts();
    } catch (IOException e) {
      throw options.unwritable(e);
    }
  }

  /**
   * Makes the table that of this run, after its last wave.
   *
   * @throws OutageException when another run took the output over
   */
  public void finish() {
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      folder.assertHeld();
      jobs.say(sentence("Put the new rows in the place of ", options));
      table.finish();
    } catch (IOException e) {
      throw options.unwritable(e);
    }
  }

  /**
   * Asserts that the output is still this run's.
   *
   * @throws OutageException when another run took it over; what was committed until then stays
   */
  public void assertHeld() {
    try {
      folder.assertHeld();
    } catch (IOException e) {
      throw options.unwritable(e);
    }
  }

  /**
   * Says that another run took the output over, if one did, in place of what failed for that
   * reason: this one may fail in any way then, since what it left is deleted.
   */
  public Optional<OutageException> lost(Exception failure) {
    return folder.lost(failure);
  }

  /** Deletes what the run kept beside the table, and lets others have the output. */
  @Override
  public void close() {
    folder.close();
  }
}
