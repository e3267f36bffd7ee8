package io.labelmill.score;

import io.labelmill.error.OutageException;
import io.labelmill.error.UserException;
import io.labelmill.model.BroadcastModel;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.MaskFolder;
import io.labelmill.sink.OutputOptions;
import io.labelmill.sink.ScoreOutput;
import io.labelmill.sink.WaveCounts;
import io.labelmill.source.FewRows;
import io.labelmill.source.ImageSource;
import io.labelmill.source.JobDescriptions;
import io.labelmill.source.Plan;
import io.labelmill.source.Seam;
import io.labelmill.source.StoreProbe;
import io.labelmill.source.Wave;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The score job: images in, a table of labels and scores out. The same job embeds them.
 *
 * <p>The input is planned once and scored in waves; each wave's rows are committed as files before
 * the next begins. What becomes of an image on an executor is in {@link LabelImages}. Used on the
 * driver by one thread.
 */
public final class ScoreJob implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ScoreJob.class);

  private final SparkSession spark;
  private final ScoreOptions options;
  private final RunReport report;
  private final ImageSource source;
  private final ModelAhead ahead;
  private final PreparedModel model;
  private final ScoreTable table;
  private final ScoreOutput output;

  /** Opens input, model and output, and closes what is open when the next can't be. */
  private ScoreJob(
      SparkSession spark,
      ScoreOptions options,
      ModelAhead ahead,
      Progress progress,
      OpenOutput openOutput)
      throws IOException {
    this.spark = spark;
    this.ahead = ahead;
    this.options = options;
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    StoreProbe.check(options.places(), configuration);
    List<UserException> mistakes = new ArrayList<>();
    ImageSource openedSource = null;
    PreparedModel openedModel = null;
    try {
      openedSource =
          opened(
              () -> ImageSource.open(spark, options.source(), reservedColumns(options.output())),
              mistakes);
      openedModel = opened(() -> ahead.prepared(progress::downloading), mistakes);
      if (openedSource != null) {
        openedSource.readsOutput(options.output().folders()).ifPresent(mistakes::add);
      }
      if (!mistakes.isEmpty()) {
        throw UserException.of(mistakes);
      }
      source = openedSource;
      model = openedModel;
      options.output().checkPartitions(List.of(source.kept().fieldNames()));
      table =
          ScoreTable.of(
              Arrays.asList(source.kept().fields()),
              model.settings().columns(),
              options.output().columnPrefix());
      report = new RunReport(spark, options, model.checkpoint(), model.settings(), model.devices());
      output = openOutput.open(spark, options.output(), table.schema(), report.runId());
    } catch (Exception e) {
      // Spark's own exceptions are checked ones that its methods don't declare.
      ahead.close();
      if (openedSource != null) {
        openedSource.close();
      }
      throw e;
    }
  }

  /** How the output is opened: to write to it, or to look at it. */
  private interface OpenOutput {
    ScoreOutput open(SparkSession spark, OutputOptions options, StructType schema, String runId);
  }

  private interface Opening<T> {
    T open() throws IOException;
  }

  /** What was opened, or null with a mistake more: one learns of all of them at once. */
  private static <T> T opened(Opening<T> opening, List<UserException> mistakes) throws IOException {
    try {
      return opening.open();
    } catch (UserException e) {
      mistakes.add(e);
      return null;
    }
  }

  /**
   * Scores all images of the input.
   *
   * @throws UserException for what the user can mend; what was committed until then stays
   */
  public static ScoreResult run(SparkSession spark, ScoreOptions options, Progress progress)
      throws IOException {
    return run(spark, options, progress, plan -> {});
  }

  /**
   * As {@link #run(SparkSession, ScoreOptions, Progress)}, for a caller who wants to see what will
   * be scored while it costs no more than its listing.
   *
   * @param check called once with the plan, before anything is scored; what it throws ends the run
   *     as a failed one
   */
  public static ScoreResult run(
      SparkSession spark, ScoreOptions options, Progress progress, Consumer<Plan> check)
      throws IOException {
    return run(spark, options, ModelAhead.of(spark, options), progress, check);
  }

  /**
   * As {@link #run(SparkSession, ScoreOptions, Progress)}, with a model that may be on its way.
   *
   * @param ahead of the same options; closed with the run
   */
  public static ScoreResult run(
      SparkSession spark, ScoreOptions options, ModelAhead ahead, Progress progress)
      throws IOException {
    return run(spark, options, ahead, progress, plan -> {});
  }

  private static ScoreResult run(
      SparkSession spark,
      ScoreOptions options,
      ModelAhead ahead,
      Progress progress,
      Consumer<Plan> check)
      throws IOException {
    try (ScoreJob job = new ScoreJob(spark, options, ahead, progress, ScoreOutput::open)) {
      try {
        return job.score(progress, check);
      } catch (Exception e) {
        // Spark's own exceptions are checked ones that its methods don't declare.
        Optional<OutageException> lost = job.output.lost(e);
        job.report.failed(job.output, lost.map(Exception.class::cast).orElse(e));
        if (lost.isPresent()) {
          throw lost.get();
        }
        throw e;
      }
    }
  }

  /**
   * What {@link #run} would do. Opens and checks everything, plans, and scores nothing; the output
   * is only looked at.
   *
   * @throws UserException as {@link #run}
   */
  public static ScorePlan plan(SparkSession spark, ScoreOptions options) throws IOException {
    ModelAhead ahead = ModelAhead.of(spark, options);
    try (ScoreJob job = new ScoreJob(spark, options, ahead, Progress.SILENT, ScoreOutput::look)) {
      Plan plan = job.plan();
      WaveSizes sizes = job.waveSizes();
      int tasks = plan.rows() == 0 ? 0 : plan.wave(0, sizes.images(), sizes.tasks()).tasks();
      return new ScorePlan(
          plan.rows(),
          plan.bytes(),
          tasks,
          (int) sizes.waves(plan.rows()),
          plan.paths(ScorePlan.PATHS));
    }
  }

  private ScoreResult score(Progress progress, Consumer<Plan> check) throws IOException {
    log.info("Device: {}", model.devices().reason());
    report.begin(output);
    Plan plan = plan();
    report.planned(plan);
    check.accept(plan);
    if (plan.rows() == 0) {
      log.info("The table has all images already: there is nothing to score");
      output.finish();
      return report.done(new JobCounters(spark.sparkContext()), output);
    }
    report.built(ahead.bundle());
    JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
    FailureLimit limit = new FailureLimit(options.execution().maxFailedFraction());
    JobCounters counters = new JobCounters(spark.sparkContext(), limit.mostInARow());
    String tag = "labelmill-" + report.runId();
    spark.sparkContext().addJobTag(tag);
    try (JobDescriptions jobs = JobDescriptions.of(spark);
        BroadcastModel broadcast = ahead.broadcast(context, counters);
        ProgressTicker ticker =
            new ProgressTicker(
                progress,
                counters,
                plan.rows(),
                report::advanced,
                () -> spark.sparkContext().cancelJobsWithTag(tag))) {
      LabelImages.Setup setup = model.setup(broadcast, table, report.stamp()).withMasks(masks());
      LabelImages label =
          new LabelImages(context.broadcast(setup), source.configuration(), counters);
      report.ready(counters);
      Seam.BROADCAST.reached();
      WaveSizes sizes = waveSizes();
      for (long first = 0; first < plan.rows(); ) {
        long start = System.nanoTime();
        Wave wave = plan.wave(first, sizes.images(), sizes.tasks());
        jobs.say(description(wave, plan));
        Dataset<Row> rows = wave.made(label, table.schema());
        WaveCounts counts = committed(rows, wave, counters);
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        report.committed(counts, counters, output);
        ticker.committed(report.committedRows());
        sizes.measured(wave.rows(), time);
        if (first == 0) {
          broadcast.unpersist();
        }
        first = wave.end();
        if (first < plan.rows()) {
          limit
              .afterWave(report.counts(), plan.rows())
              .ifPresent(
                  end -> {
                    throw end;
                  });
        }
      }
      output.finish();
      removeReplacedMasks();
      return report.done(counters, output);
    } finally {
      spark.sparkContext().removeJobTag(tag);
    }
  }

  private MaskFolder masks() {
    return new MaskFolder(output.recordFolder().toString(), report.runId());
  }

  private void removeReplacedMasks() {
    if (options.output().ifExists() == IfExists.OVERWRITE
        && model.settings().segmentation().isPresent()) {
      masks()
          .removeReplaced(
              options.output().runFolder().map(shared -> options.effective().get("output")),
              spark.sparkContext().hadoopConfiguration());
    }
  }

  private WaveCounts committed(Dataset<Row> rows, Wave wave, JobCounters counters) {
    try {
      return isOurs(wave)
          ? FewRows.during(spark, wave.rows(), () -> output.commit(rows, wave.rows()))
          : output.commit(rows, wave.rows());
    } catch (Exception e) {
      // Spark's own exceptions are checked ones that its methods don't declare.
      if (counters.tooManyInARow()) {
        throw FailureLimit.inARow(counters.mostFailuresInARow(), "");
      }
      throw e;
    }
  }

  /** Whether Spark alone writes the rows, and only types of ours: not kept columns, nor Delta's. */
  private boolean isOurs(Wave wave) {
    return wave.few() != null && options.output().isWrittenBySpark();
  }

  /** All images of the input, or those that the table lacks. */
  private Plan plan() {
    report.checkResumable(output);
    if (output.committed().isPresent()) {
      log.info(source.comparison());
    }
    return source.plan(output.runFolder(), output.committed());
  }

  private WaveSizes waveSizes() {
    return new WaveSizes(
        options.execution().commitEvery(), () -> TaskSlots.of(spark.sparkContext()));
  }

  private static String description(Wave wave, Plan plan) {
    return "Label images %,d to %,d of %,d and write their rows"
        .formatted(wave.first() + 1, wave.end(), plan.rows());
  }

  /** Names that kept columns can't have; those of columns that are not always there come later. */
  private static Set<String> reservedColumns(OutputOptions output) {
    return ScoreTable.names(
        EnumSet.complementOf(EnumSet.range(ScoreTable.Column.SCORES, ScoreTable.Column.MASK_FILE)),
        output.columnPrefix());
  }

  @Override
  public void close() throws IOException {
    try (source;
        ahead) {
      output.close();
    }
  }
}
