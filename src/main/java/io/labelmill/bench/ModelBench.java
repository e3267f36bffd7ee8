package io.labelmill.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.Originals;
import io.labelmill.decode.Orientation;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.Network;
import io.labelmill.graph.Precision;
import io.labelmill.hub.DownloadProgress;
import io.labelmill.model.Device;
import io.labelmill.model.DeviceChoice;
import io.labelmill.model.Folders;
import io.labelmill.model.LoadedModel;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.ModelSource;
import io.labelmill.score.Activation;
import io.labelmill.score.KeptScores;
import io.labelmill.score.Masks;
import io.labelmill.score.Progress;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreResult;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.SourceOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * Measures a model on this machine: the bare session in each arithmetic, with each batch and number
 * of threads, beside what the processor reaches at most; then, with the first batch and all
 * threads, the session with decoding, and the whole job over the same JPEGs. All in turn, several
 * times. Ratios are of medians of one run, since machines are never twice equally fast.
 */
public final class ModelBench {
  /** A loop has no start and no tail, so that a few hundred images tell its rate. */
  static final int MOST_LOOP_IMAGES = 240;

  /** Of each thread through the big product: a second and more in fp32. */
  public static final int CEILING_PASSES = 10;

  private static final String BARE = "bare session";
  private static final String DECODED = "decode and session";
  private static final String JOB = "whole job";

  private final Settings settings;
  private final Consumer<String> log;

  /**
   * What is measured.
   *
   * @param model path or URI of the checkpoint folder
   * @param processor path or URI of another {@code preprocessor_config.json} or its folder; null
   *     for the model's own
   * @param originals whose pixels, and whose relative positions
   * @param threads of the bare sessions, ascending; the last is for the loops with decoding, and
   *     the task slots of the job
   * @param images of each job, and of each loop up to {@value ModelBench#MOST_LOOP_IMAGES}
   * @param rounds of everything; medians are over them
   * @param ceilingPasses of each thread through the big product, for figures to be believed {@value
   *     ModelBench#CEILING_PASSES}
   * @param device where the sessions run
   * @param precisions arithmetic of the sessions
   * @param batchSizes images per forward pass of the bare sessions; the first is the job's
   * @param width of the JPEGs, pixels
   * @param height of the JPEGs, pixels
   */
  public record Settings(
      String model,
      String processor,
      Originals originals,
      List<Integer> threads,
      int images,
      int rounds,
      int ceilingPasses,
      Device device,
      List<Precision> precisions,
      List<Integer> batchSizes,
      int width,
      int height) {
    int mostThreads() {
      return threads.get(threads.size() - 1);
    }
  }

  /**
   * The bare session, or the big product that is its ceiling.
   *
   * @param precision its arithmetic
   * @param batchSize images of a pass; 0 for a ceiling
   * @param threads that share the session
   * @param imagesPerSecond one value a round, in order; empty for a ceiling
   * @param gigaOperationsPerSecond one value a round; empty where the model's work is not known
   * @param ofCeiling median of the share of the ceiling of the same round; 0 where there is none
   */
  public record Passes(
      Precision precision,
      int batchSize,
      int threads,
      List<Double> imagesPerSecond,
      List<Double> gigaOperationsPerSecond,
      double ofCeiling) {
    String name() {
      return batchSize == 0
          ? "%s ceiling, %d threads".formatted(precision.word(), threads)
          : "%s, batch %d, %d threads".formatted(precision.word(), batchSize, threads);
    }
  }

  /**
   * One of the things measured.
   *
   * @param imagesPerSecond one value a round, in order
   */
  public record Measurement(Precision precision, String name, List<Double> imagesPerSecond) {
    /** The middle one, or the lower of the two in the middle. */
    public double median() {
      return ModelBench.median(imagesPerSecond);
    }
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get((sorted.size() - 1) / 2);
  }

  /**
   * A ceiling at both ends of a run, with all threads: what the machine does beside it shows there.
   *
   * @param first billions of operations a second in the first round
   * @param last the same, after the last round
   */
  public record Drift(Precision precision, double first, double last) {
    /** Of a machine with nothing else to do it is a few hundredths. */
    private static final double MOST = 0.1;

    /** Whether rates of the run are not to be believed. */
    public boolean isTooLarge() {
      return share() > MOST;
    }

    private double share() {
      return Math.abs(last - first) / first;
    }

    private String sentence() {
      return String.format(
          Locale.ROOT,
          "This machine is too noisy to believe these figures: its %s ceiling was %.1f Gop/s at first"
              + " and %.1f at last, %.0f%% apart, where more than %.0f%% is too much. End what else runs"
              + " on it, and measure again.",
          precision.word(),
          first,
          last,
          100 * share(),
          100 * MOST);
    }
  }

  /**
   * What came out.
   *
   * @param passes bare sessions and their ceilings
   * @param measurements of each precision three: the bare session, with decoding, the whole job
   * @param graphSeconds to read the checkpoint and build the graph
   * @param sessionSeconds to open the session
   * @param jobStartSeconds from the start of each job to its first batch, listing and session
   *     included, Spark's own start not
   * @param drifts of the ceilings; none where the sessions ran on a GPU
   * @param peakHeapBytes most that was used of the Java heap, after or between collections
   * @param peakResidentBytes most memory that the process had, 0 where the system does not tell
   */
  public record Report(
      Settings settings,
      List<Passes> passes,
      List<Measurement> measurements,
      double graphSeconds,
      double sessionSeconds,
      List<Double> jobStartSeconds,
      List<Drift> drifts,
      long peakHeapBytes,
      long peakResidentBytes) {

    /** A table for people. */
    public String text() {
      StringBuilder text = new StringBuilder();
      text.append(
          String.format(
              Locale.ROOT,
              "%s, %s, rounds: %d%n%n%-32s %10s %8s %8s %12s %12s%n",
              settings.model,
              settings.device,
              settings.rounds,
              "bare sessions, images/s",
              "median",
              "min",
              "max",
              "Gop/s",
              "of ceiling"));
      for (Passes each : passes) {
        text.append(String.format(Locale.ROOT, "%-32s", each.name()));
        text.append(rates(each.imagesPerSecond));
        text.append(number(each.gigaOperationsPerSecond, " %12.1f", 13));
        if (each.ofCeiling > 0) {
          text.append(String.format(Locale.ROOT, " %12.3f", each.ofCeiling));
        }
        text.append(System.lineSeparator());
      }
      text.append(
          String.format(
              Locale.ROOT,
              "%n%d threads, batch %d, %d JPEGs of %dx%d%n%-32s %10s %8s %8s %8s%n",
              settings.mostThreads(),
              settings.batchSizes.get(0),
              settings.images,
              settings.width,
              settings.height,
              "images/s",
              "median",
              "min",
              "max",
              "ratio"));
      double bare = 0;
      for (Measurement measurement : measurements) {
        bare = measurement.name.equals(BARE) ? measurement.median() : bare;
        text.append(
            String.format(
                Locale.ROOT,
                "%-32s%s %8.3f%n",
                measurement.precision.word() + " " + measurement.name,
                rates(measurement.imagesPerSecond),
                measurement.median() / bare));
      }
      text.append(
          String.format(
              Locale.ROOT,
              "%nbuild the graph %.1f s, open the session %.1f s, start a job %s s%n"
                  + "peak memory of this process, which is driver and executor: resident %,d MiB,"
                  + " Java heap %,d MiB%n",
              graphSeconds,
              sessionSeconds,
              String.join(
                  " ",
                  jobStartSeconds.stream()
                      .map(s -> String.format(Locale.ROOT, "%.1f", s))
                      .toList()),
              peakResidentBytes >> 20,
              peakHeapBytes >> 20));
      for (Drift drift : drifts) {
        if (drift.isTooLarge()) {
          text.append(System.lineSeparator())
              .append(drift.sentence())
              .append(System.lineSeparator());
        }
      }
      return text.toString();
    }

    private static String rates(List<Double> values) {
      return values.isEmpty()
          ? " ".repeat(29)
          : String.format(
              Locale.ROOT,
              " %10.2f %8.2f %8.2f",
              ModelBench.median(values),
              Collections.min(values),
              Collections.max(values));
    }

    private static String number(List<Double> values, String format, int width) {
      return values.isEmpty()
          ? " ".repeat(width)
          : String.format(Locale.ROOT, format, ModelBench.median(values));
    }

    /** The same for programs. */
    public String json() throws IOException {
      return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(this);
    }
  }

  private ModelBench(Settings settings, Consumer<String> log) {
    this.settings = settings;
    this.log = log;
  }

  /**
   * Runs the measurements; minutes to hours, by model and images.
   *
   * @param log gets a line as each measurement ends
   */
  public static Report run(SparkSession spark, Settings settings, Consumer<String> log)
      throws IOException {
    Path scratch = Files.createTempDirectory("labelmill-bench-");
    try {
      return new ModelBench(settings, log).run(spark, scratch);
    } finally {
      Folders.delete(scratch);
    }
  }

  private Report run(SparkSession spark, Path scratch) throws IOException {
    Path pictures = Files.createDirectory(scratch.resolve("pictures"));
    new Photographs(settings.width, settings.height).write(pictures, settings.images);
    long start = System.nanoTime();
    try (ModelSource source =
        ModelSource.open(
            settings.model,
            Optional.ofNullable(settings.processor),
            Optional.empty(),
            Optional.empty(),
            settings.originals,
            spark.sparkContext().hadoopConfiguration(),
            DownloadProgress.NONE)) {
      Checkpoint checkpoint = source.checkpoint();
      Map<Precision, ModelBundle> bundles = new EnumMap<>(Precision.class);
      for (Precision precision : settings.precisions) {
        ModelBundle.checkBatch(checkpoint, precision, settings.batchSizes.get(0));
        Path folder = Files.createDirectories(source.graphFolder().resolve(precision.word()));
        GraphSpec spec = GraphSpec.of(GraphOutput.LOGITS).withPrecision(precision);
        bundles.put(precision, ModelBundle.build(checkpoint, spec, folder));
      }
      double graphSeconds = secondsSince(start) / bundles.size();
      start = System.nanoTime();
      open(bundles.get(settings.precisions.get(0))).close();
      double sessionSeconds = secondsSince(start);
      Table table = new Table(operations(checkpoint));
      Map<Precision, Ceiling> ceilings = ceilings(scratch);
      List<Double> jobStarts = new ArrayList<>();
      List<Drift> drifts = new ArrayList<>();
      try {
        for (int round = 0; round < settings.rounds; round++) {
          round(spark, checkpoint, bundles, ceilings, table, jobStarts, scratch, pictures);
        }
        for (Map.Entry<Precision, Ceiling> each : ceilings.entrySet()) {
          double first = table.firstCeiling(each.getKey(), settings.mostThreads());
          double last = each.getValue().gigaOperations(settings.mostThreads());
          drifts.add(new Drift(each.getKey(), first, last));
        }
      } finally {
        for (Ceiling ceiling : ceilings.values()) {
          ceiling.close();
        }
      }
      return new Report(
          settings,
          table.passes(),
          table.measurements(settings),
          graphSeconds,
          sessionSeconds,
          jobStarts,
          drifts,
          peakHeapBytes(),
          peakResidentBytes());
    }
  }

  private void round(
      SparkSession spark,
      Checkpoint checkpoint,
      Map<Precision, ModelBundle> bundles,
      Map<Precision, Ceiling> ceilings,
      Table table,
      List<Double> jobStarts,
      Path scratch,
      Path pictures)
      throws IOException {
    for (Precision precision : settings.precisions) {
      ModelBundle bundle = bundles.get(precision);
      Ceiling ceiling = ceilings.get(precision);
      int most = ModelBundle.largestBatch(checkpoint, precision).orElse(Integer.MAX_VALUE);
      // Opened for its loops alone: beside the job's own session its memory would count twice.
      try (LoadedModel model = open(bundle)) {
        for (int threads : settings.threads) {
          if (ceiling != null) {
            Key key = new Key(precision, 0, threads);
            table.ceiling(key, logged(key.name(), ceiling.gigaOperations(threads), "Gop/s"));
          }
          for (int batchSize : settings.batchSizes) {
            if (batchSize <= most) {
              Key key = new Key(precision, batchSize, threads);
              BareLoop loop = new BareLoop(model, bundle, threads, batchSize);
              table.passes(
                  key, logged(key.name(), loop.passes(loopImages(), some(pictures)), "images/s"));
            }
          }
        }
        BareLoop loop =
            new BareLoop(model, bundle, settings.mostThreads(), settings.batchSizes.get(0));
        double decoded = loop.decodedPasses(loopImages(), some(pictures));
        table.add(
            precision, DECODED, logged(precision.word() + " " + DECODED, decoded, "images/s"));
      }
      Path output = scratch.resolve("table-" + jobStarts.size());
      ScoreResult result = score(spark, checkpoint.isOfPoints(), precision, pictures, output);
      String name = precision.word() + " " + JOB;
      table.add(precision, JOB, logged(name, result.imagesPerSecond(), "images/s"));
      jobStarts.add(result.startUp().toMillis() / 1e3);
    }
  }

  private LoadedModel open(ModelBundle bundle) throws IOException {
    return LoadedModel.open(bundle.folder().resolve(bundle.graph()), settings.device, 1);
  }

  /** Of one image; 0 where only a ready graph is known. */
  private static long operations(Checkpoint checkpoint) {
    return checkpoint.graph().isPresent()
        ? 0
        : Network.of(checkpoint.config(), checkpoint.weights()).facts().flopsPerImage();
  }

  /** A GPU has none here: the products are the processor's. */
  private Map<Precision, Ceiling> ceilings(Path scratch) throws IOException {
    Map<Precision, Ceiling> ceilings = new EnumMap<>(Precision.class);
    if (settings.device.kind() == Device.Kind.CPU) {
      for (Precision precision : settings.precisions) {
        Path folder = Files.createDirectories(scratch.resolve("product-" + precision.word()));
        ceilings.put(precision, Ceiling.open(precision, folder, settings.ceilingPasses));
      }
    }
    return ceilings;
  }

  private record Key(Precision precision, int batchSize, int threads) {
    String name() {
      return new Passes(precision, batchSize, threads, List.of(), List.of(), 0).name();
    }
  }

  /** The figures of all rounds. */
  private static final class Table {
    private final long operations;
    private final Map<Key, List<Double>> rates = new LinkedHashMap<>();
    private final Map<Precision, Map<String, List<Double>>> jobs = new EnumMap<>(Precision.class);

    /**
     * @param operations of one image, 0 where they are not known
     */
    Table(long operations) {
      this.operations = operations;
    }

    void ceiling(Key key, double gigaOperations) {
      rates.computeIfAbsent(key, each -> new ArrayList<>()).add(gigaOperations);
    }

    double firstCeiling(Precision precision, int threads) {
      return rates.get(new Key(precision, 0, threads)).get(0);
    }

    void passes(Key key, double imagesPerSecond) {
      rates.computeIfAbsent(key, each -> new ArrayList<>()).add(imagesPerSecond);
    }

    void add(Precision precision, String name, double imagesPerSecond) {
      jobs.computeIfAbsent(precision, each -> new LinkedHashMap<>())
          .computeIfAbsent(name, each -> new ArrayList<>())
          .add(imagesPerSecond);
    }

    List<Passes> passes() {
      List<Passes> passes = new ArrayList<>();
      rates.forEach((key, values) -> passes.add(passes(key, values)));
      return passes;
    }

    private Passes passes(Key key, List<Double> values) {
      if (key.batchSize == 0) {
        return new Passes(key.precision, 0, key.threads, List.of(), values, 0);
      }
      List<Double> work =
          operations == 0
              ? List.of()
              : values.stream().map(rate -> rate * operations / 1e9).toList();
      List<Double> ceiling = rates.get(new Key(key.precision, 0, key.threads));
      List<Double> shares = new ArrayList<>();
      for (int round = 0; ceiling != null && round < work.size(); round++) {
        shares.add(work.get(round) / ceiling.get(round));
      }
      double share = shares.isEmpty() ? 0 : median(shares);
      return new Passes(key.precision, key.batchSize, key.threads, values, work, share);
    }

    List<Measurement> measurements(Settings settings) {
      List<Measurement> measurements = new ArrayList<>();
      for (Precision precision : settings.precisions) {
        Key bare = new Key(precision, settings.batchSizes.get(0), settings.mostThreads());
        measurements.add(new Measurement(precision, BARE, rates.get(bare)));
        jobs.get(precision)
            .forEach((name, values) -> measurements.add(new Measurement(precision, name, values)));
      }
      return measurements;
    }
  }

  private int loopImages() {
    return Math.min(settings.images, MOST_LOOP_IMAGES);
  }

  private double logged(String what, double rate, String unit) {
    log.accept(String.format(Locale.ROOT, "%-32s %10.2f %s", what, rate, unit));
    return rate;
  }

  private ScoreResult score(
      SparkSession spark, boolean ofPoints, Precision precision, Path pictures, Path table)
      throws IOException {
    return ScoreJob.run(
        spark,
        new ScoreOptions(
            new ScoreOptions.Model(
                settings.model,
                Optional.ofNullable(settings.processor),
                Optional.empty(),
                Optional.empty(),
                settings.originals,
                precision),
            SourceOptions.of(pictures.toString()),
            ofPoints
                ? new ScoreOptions.Segmentation(
                    Masks.COLUMN,
                    Optional.empty(),
                    Orientation.UPRIGHT,
                    ScoreOptions.Scoring.DEFAULT_MAX_PIXELS)
                : new ScoreOptions.Scoring(
                    Activation.SOFTMAX,
                    Optional.empty(),
                    OptionalInt.empty(),
                    KeptScores.TOP,
                    Orientation.UPRIGHT,
                    ScoreOptions.Scoring.DEFAULT_MAX_PIXELS),
            OutputOptions.of(table.toString(), IfExists.FAIL),
            new ScoreOptions.Execution(
                OptionalInt.of(settings.batchSizes.get(0)),
                OptionalLong.empty(),
                0,
                settings.device.kind() == Device.Kind.CPU
                    ? DeviceChoice.CPU
                    : DeviceChoice.gpu(settings.device.ordinal())),
            new TreeMap<>()),
        Progress.SILENT);
  }

  /** Files for the loop over encoded images in memory. */
  private static List<Path> some(Path pictures) throws IOException {
    try (Stream<Path> files = Files.list(pictures)) {
      return files.sorted().limit(200).toList();
    }
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  private static long peakHeapBytes() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .map(MemoryPoolMXBean::getPeakUsage)
        .mapToLong(usage -> usage == null ? 0 : usage.getUsed())
        .sum();
  }

  /** From Linux's own account of this process. */
  private static long peakResidentBytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .map(line -> Arrays.asList(line.split("\\s+")).get(1))
        .mapToLong(kilobytes -> Long.parseLong(kilobytes) << 10)
        .sum();
  }
}
