package io.labelmill.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.Precision;
import io.labelmill.model.Device;
import io.labelmill.model.DeviceChoice;
import io.labelmill.model.Folders;
import io.labelmill.model.LoadedModel;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.ModelSource;
import io.labelmill.score.Activation;
import io.labelmill.score.Progress;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreResult;
import io.labelmill.score.Scores;
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
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * Measures a model on this machine: the bare session, the session with decoding, and the whole job
 * over the same JPEGs with the same number of threads, in turn, several times. Ratios are of
 * medians of one run, since machines are never twice equally fast.
 */
public final class ModelBench {
  /** A loop has no start and no tail, so that a few hundred images tell its rate. */
  static final int MOST_LOOP_IMAGES = 240;

  private final Settings settings;
  private final Consumer<String> log;

  /**
   * What is measured.
   *
   * @param model path or URI of the checkpoint folder
   * @param processor path or URI of another {@code preprocessor_config.json} or its folder; null
   *     for the model's own
   * @param threads of the loops, and task slots of the job
   * @param images of each job, and of each loop up to {@value ModelBench#MOST_LOOP_IMAGES}
   * @param rounds of everything; medians are over them
   * @param device where the sessions run
   * @param precision arithmetic of the sessions
   * @param batchSize images per forward pass
   * @param width of the JPEGs, pixels
   * @param height of the JPEGs, pixels
   */
  public record Settings(
      String model,
      String processor,
      int threads,
      int images,
      int rounds,
      Device device,
      Precision precision,
      int batchSize,
      int width,
      int height) {}

  /**
   * One of the things measured.
   *
   * @param imagesPerSecond one value a round, in order
   */
  public record Measurement(String name, List<Double> imagesPerSecond) {
    /** The middle one, or the lower of the two in the middle. */
    public double median() {
      List<Double> sorted = imagesPerSecond.stream().sorted().toList();
      return sorted.get((sorted.size() - 1) / 2);
    }
  }

  /**
   * What came out.
   *
   * @param measurements the bare session first
   * @param graphSeconds to read the checkpoint and build the graph
   * @param sessionSeconds to open the session
   * @param jobStartSeconds from the start of each job to its first batch, listing and session
   *     included, Spark's own start not
   * @param peakHeapBytes most that was used of the Java heap, after or between collections
   * @param peakResidentBytes most memory that the process had, 0 where the system does not tell
   */
  public record Report(
      Settings settings,
      List<Measurement> measurements,
      double graphSeconds,
      double sessionSeconds,
      List<Double> jobStartSeconds,
      long peakHeapBytes,
      long peakResidentBytes) {

    /** A table for people. */
    public String text() {
      StringBuilder text = new StringBuilder();
      double bare = measurements.get(0).median();
      text.append(
          String.format(
              Locale.ROOT,
              "%s, %s, %s, %d threads, batch %d, %d JPEGs of %dx%d, %d rounds%n%n"
                  + "%-28s %10s %8s %8s %8s%n",
              settings.model,
              settings.device,
              settings.precision.word(),
              settings.threads,
              settings.batchSize,
              settings.images,
              settings.width,
              settings.height,
              settings.rounds,
              "images/s",
              "median",
              "min",
              "max",
              "ratio"));
      for (Measurement measurement : measurements) {
        text.append(
            String.format(
                Locale.ROOT,
                "%-28s %10.2f %8.2f %8.2f %8.3f%n",
                measurement.name,
                measurement.median(),
                measurement.imagesPerSecond.stream().min(Comparator.naturalOrder()).orElseThrow(),
                measurement.imagesPerSecond.stream().max(Comparator.naturalOrder()).orElseThrow(),
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
      return text.toString();
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
    List<Double> session = new ArrayList<>();
    List<Double> decoded = new ArrayList<>();
    List<Double> job = new ArrayList<>();
    List<Double> jobStarts = new ArrayList<>();
    double graphSeconds;
    double sessionSeconds;
    long start = System.nanoTime();
    try (ModelSource source =
        ModelSource.open(
            settings.model,
            Optional.ofNullable(settings.processor),
            Optional.empty(),
            spark.sparkContext().hadoopConfiguration())) {
      ModelBundle bundle =
          ModelBundle.build(
              source.checkpoint(),
              GraphSpec.of(GraphOutput.LOGITS).withPrecision(settings.precision),
              source.graphFolder());
      ModelBundle.checkBatch(source.checkpoint(), settings.precision, settings.batchSize);
      graphSeconds = secondsSince(start);
      start = System.nanoTime();
      LoadedModel.open(bundle.folder().resolve(bundle.graph()), settings.device, 1).close();
      sessionSeconds = secondsSince(start);
      for (int round = 0; round < settings.rounds; round++) {
        // Opened for its loops alone: beside the job's own session its memory would count twice.
        try (LoadedModel model =
            LoadedModel.open(bundle.folder().resolve(bundle.graph()), settings.device, 1)) {
          BareLoop loop = new BareLoop(model, bundle, settings.threads, settings.batchSize);
          session.add(logged("bare session", loop.passes(loopImages())));
          decoded.add(
              logged("decode and session", loop.decodedPasses(loopImages(), some(pictures))));
        }
        ScoreResult result = score(spark, pictures, scratch.resolve("table-" + round));
        job.add(logged("whole job", result.imagesPerSecond()));
        jobStarts.add(result.startUp().toMillis() / 1e3);
      }
    }
    return new Report(
        settings,
        List.of(
            new Measurement("bare session", session),
            new Measurement("decode and session", decoded),
            new Measurement("whole job", job)),
        graphSeconds,
        sessionSeconds,
        jobStarts,
        peakHeapBytes(),
        peakResidentBytes());
  }

  private int loopImages() {
    return Math.min(settings.images, MOST_LOOP_IMAGES);
  }

  private double logged(String what, double imagesPerSecond) {
    log.accept(String.format(Locale.ROOT, "%-28s %10.2f images/s", what, imagesPerSecond));
    return imagesPerSecond;
  }

  private ScoreResult score(SparkSession spark, Path pictures, Path table) throws IOException {
    return ScoreJob.run(
        spark,
        new ScoreOptions(
            new ScoreOptions.Model(
                settings.model,
                Optional.ofNullable(settings.processor),
                Optional.empty(),
                Optional.empty(),
                settings.precision),
            SourceOptions.of(pictures.toString()),
            new ScoreOptions.Scoring(
                Activation.SOFTMAX,
                Optional.empty(),
                OptionalInt.empty(),
                Scores.TOP,
                io.labelmill.decode.Orientation.UPRIGHT,
                ScoreOptions.Scoring.DEFAULT_MAX_PIXELS),
            OutputOptions.of(table.toString(), IfExists.FAIL),
            new ScoreOptions.Execution(
                OptionalInt.of(settings.batchSize),
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
