package io.labelmill.score;

import io.labelmill.BuildVersion;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.error.Cause;
import io.labelmill.error.UserException;
import io.labelmill.graph.Network;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.TaskDevices;
import io.labelmill.option.Reader;
import io.labelmill.sink.RunRecord;
import io.labelmill.sink.ScoreOutput;
import io.labelmill.sink.WaveCounts;
import io.labelmill.source.Plan;
import io.labelmill.source.Seam;
import io.labelmill.table.Location;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of a run while it goes on: written as its record when it begins, after each wave
 * and at its end, and returned as its result. Used on the driver by one thread.
 */
final class RunReport {
  private static final Logger log = LoggerFactory.getLogger(RunReport.class);
  private static final DateTimeFormatter RUN_ID =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final SparkSession spark;
  private final ScoreOptions options;
  private final RunStamp stamp;
  private final List<String> deviceWarnings;
  private final Instant startedAt = Instant.now();
  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private final RunMetrics metrics = new RunMetrics();
  private RunRecord record;
  private WaveCounts counts = WaveCounts.NONE;
  private long planned;
  private long unopened;
  private int waves;
  private long modelLoads;
  private long partNanos = System.nanoTime();
  private Instant readyAt = startedAt;
  private Instant committedAt = startedAt;
  private Duration labelling = Duration.ZERO;
  private Duration committing = Duration.ZERO;
  private double slotSeconds;
  private Bottleneck limit;

  RunReport(
      SparkSession spark,
      ScoreOptions options,
      Checkpoint checkpoint,
      RowSettings settings,
      TaskDevices devices) {
    this.spark = spark;
    this.options = options;
    deviceWarnings = devices.warnings();
    String runId = newRunId(startedAt);
    stamp = new RunStamp(checkpoint.name(), checkpoint.sha256(), runId);
    record =
        new RunRecord(
            runId,
            RunRecord.State.RUNNING,
            null,
            null,
            options.rows().command(),
            new TreeMap<>(options.effective()),
            new RunRecord.Code(BuildVersion.current().version(), BuildVersion.current().commit()),
            new RunRecord.Model(
                checkpoint.name(),
                Location.redacted(options.model().folder()),
                checkpoint.sha256(),
                checkpoint.files(),
                checkpoint.problemType().map(type -> type.configName()).orElse(null),
                checkpoint.labels().ids(),
                checkpoint.labels().names()),
            settings.sha256(),
            settings.precision(),
            Reader.word(settings.originals().resizeBackend()),
            positionBias(checkpoint),
            RowSettings.PREPROCESSING_VERSION,
            settings.labelling().map(scoring -> Reader.word(scoring.activation())).orElse(null),
            new RunRecord.Progress(0, 0, 0, 0, Map.of(), 0),
            timings(null),
            platform(spark),
            with(deviceWarnings, checkpoint.warnings()));
  }

  /** Where a run is that has opened no session yet. */
  static RunRecord.Platform platform(SparkSession spark) {
    return new RunRecord.Platform(
        spark.version(),
        Runtime.version().toString(),
        BuildVersion.onnxRuntime(),
        spark.sparkContext().master(),
        spark.sparkContext().applicationId(),
        List.of(),
        InstructionSet.ofThisMachine());
  }

  /** How relative positions are read; null where all codes read them alike. */
  private static String positionBias(Checkpoint checkpoint) {
    return checkpoint.graph().isPresent()
        ? null
        : Network.of(checkpoint.config(), checkpoint.weights())
            .positionBias()
            .map(Reader::word)
            .orElse(null);
  }

  /** The time in front lets runs be told apart by age, in names and in the table. */
  static String newRunId(Instant startedAt) {
    return RUN_ID.format(startedAt)
        + "-%06x".formatted(ThreadLocalRandom.current().nextInt(1 << 24));
  }

  String runId() {
    return stamp.runId();
  }

  RunStamp stamp() {
    return stamp;
  }

  /** The output is open: from here on the record and the metrics tell of the run. */
  void begin(ScoreOutput output) {
    SparkMetrics.show(metrics);
    part("open");
    write(output);
  }

  /**
   * Asserts that rows of this run go with those that the table has.
   *
   * @throws UserException naming every difference
   */
  void checkResumable(ScoreOutput output) {
    output.checkResumable(record);
  }

  void planned(Plan plan) {
    planned = plan.rows();
    unopened = plan.unopened();
    metrics.planned(planned);
    part("plan");
  }

  void built(ModelBundle bundle) {
    part("graph");
    record = record.withWarnings(with(deviceWarnings, bundle.warnings()));
    record.warnings().forEach(log::warn);
  }

  private static List<String> with(List<String> ours, List<String> models) {
    List<String> all = new ArrayList<>(models);
    all.addAll(ours);
    return List.copyOf(all);
  }

  /** The model is on its way, the first wave about to start. */
  void ready(JobCounters counters) {
    part("broadcast");
    readyAt = Instant.now();
    metrics.started(counters, TaskSlots.of(spark.sparkContext()));
  }

  /** Told as often as it likes how many images finished tasks have labelled; by any thread. */
  void advanced(long images) {
    metrics.advanced(images);
  }

  void committed(WaveCounts wave, JobCounters counters, ScoreOutput output) {
    counts = counts.plus(wave);
    Instant now = Instant.now();
    Instant begun = waves == 0 ? firstBatch(counters, now) : committedAt;
    Instant labelled = within(counters.lastRow().orElse(now), begun, now);
    int slots = TaskSlots.of(spark.sparkContext());
    labelling = labelling.plus(Duration.between(begun, labelled));
    slotSeconds += slots * seconds(Duration.between(begun, labelled));
    waves++;
    committing(labelled, now);
    metrics.committed(counts.rows(), waves, slots);
    measure(counters);
    record = record.with(RunRecord.State.RUNNING, progress(), timings(null));
    write(output);
  }

  private void committing(Instant from, Instant now) {
    committing = committing.plus(Duration.between(from, now));
    committedAt = now;
  }

  /** Of all committed waves. */
  WaveCounts counts() {
    return counts;
  }

  long committedRows() {
    return counts.rows();
  }

  ScoreResult done(JobCounters counters, ScoreOutput output) {
    Instant end = Instant.now();
    Instant firstBatch = firstBatch(counters, end);
    if (waves > 0) {
      committing(committedAt, end);
      limit =
          Bottleneck.of(
              times(counters),
              seconds(Duration.between(startedAt, firstBatch)),
              seconds(Duration.between(firstBatch, end)));
    }
    measure(counters);
    Seam.BEFORE_RECORD.reached();
    output.assertHeld();
    ScoreResult result =
        new ScoreResult(
            runId(),
            options.output().output(),
            RunRecord.file(output.recordFolder(), runId()).toString(),
            counts,
            unopened,
            Duration.between(startedAt, firstBatch),
            Duration.between(firstBatch, end),
            Collections.unmodifiableMap(new LinkedHashMap<>(seconds)),
            Optional.ofNullable(limit));
    RunRecord.Timings timings = timings(Instant.now());
    record = record.with(RunRecord.State.DONE, progress(), timings);
    // All is written, and yet the run may have failed.
    result
        .tooManyFailed(options.execution().maxFailedFraction())
        .ifPresent(e -> record = record.failed(Cause.exitCode(e), e.getMessage(), timings));
    write(output);
    return result;
  }

  /** Writes down that the run failed; a record that can't be written must not hide why. */
  void failed(ScoreOutput output, Exception failure) {
    String problem = Cause.told(failure).map(Exception::getMessage).orElseGet(failure::toString);
    record =
        record.failed(Cause.exitCode(failure), Location.redacted(problem), timings(Instant.now()));
    try {
      write(output);
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** By the clocks of executors, which may differ from the driver's. */
  private Instant firstBatch(JobCounters counters, Instant end) {
    return within(counters.firstBatch().orElse(readyAt), readyAt, end);
  }

  private static Instant within(Instant time, Instant from, Instant to) {
    Instant latest = time.isAfter(to) ? to : time;
    return latest.isBefore(from) ? from : latest;
  }

  private Bottleneck.Times times(JobCounters counters) {
    double label = seconds(labelling);
    return new Bottleneck.Times(
        label,
        seconds(committing),
        label > 0 ? slotSeconds / label : TaskSlots.of(spark.sparkContext()),
        spark.sparkContext().conf().getInt("spark.task.cpus", 1),
        counters.readMillis() / 1e3,
        counters.decodeMillis() / 1e3,
        counters.inferMillis() / 1e3,
        counters.devices().stream().anyMatch(device -> device.startsWith("gpu")),
        record.precision());
  }

  private void measure(JobCounters counters) {
    Instant now = Instant.now();
    Instant firstBatch = firstBatch(counters, now);
    took("session", seconds(Duration.between(readyAt, firstBatch)));
    took("score", seconds(Duration.between(firstBatch, now)));
    took("label", seconds(labelling));
    took("commit", seconds(committing));
    seconds.put("tasks reading", counters.readMillis() / 1e3);
    seconds.put("tasks decoding", counters.decodeMillis() / 1e3);
    seconds.put("tasks inferring", counters.inferMillis() / 1e3);
    modelLoads = counters.modelLoads();
    record = record.withDevices(counters.devices());
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1e3;
  }

  private void took(String part, double time) {
    seconds.put(part, time);
    metrics.seconds(part, time);
  }

  private void part(String name) {
    long now = System.nanoTime();
    took(name, (now - partNanos) / 1e9);
    partNanos = now;
  }

  private RunRecord.Progress progress() {
    Map<String, Long> statuses = new LinkedHashMap<>();
    counts.statuses().forEach((status, rows) -> statuses.put(status.name(), rows));
    return new RunRecord.Progress(planned, counts.rows(), waves, modelLoads, statuses, unopened);
  }

  private RunRecord.Timings timings(Instant end) {
    return new RunRecord.Timings(
        startedAt.truncatedTo(ChronoUnit.MILLIS).toString(),
        end == null ? null : end.truncatedTo(ChronoUnit.MILLIS).toString(),
        Collections.unmodifiableMap(new LinkedHashMap<>(seconds)),
        limit == null
            ? null
            : new RunRecord.Limit(
                limit.stage().name().toLowerCase(Locale.ROOT), limit.share(), limit.sentence()));
  }

  private void write(ScoreOutput output) {
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    record.write(output.recordFolder(), configuration);
  }
}
