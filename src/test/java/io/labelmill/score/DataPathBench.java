package io.labelmill.score;

import io.labelmill.Untrained;
import io.labelmill.bench.Photographs;
import io.labelmill.decode.Orientation;
import io.labelmill.graph.Precision;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatch;
import io.labelmill.model.PixelBatches;
import io.labelmill.model.Tensor;
import io.labelmill.option.Settings;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.sink.ScoreOutput;
import io.labelmill.source.EncodedImage;
import io.labelmill.source.HadoopConfiguration;
import io.labelmill.source.ImageReader;
import io.labelmill.source.ImageSource;
import io.labelmill.source.Plan;
import io.labelmill.source.ReadAhead;
import io.labelmill.source.SourceOptions;
import io.labelmill.source.Wave;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.TaskCompletionListener;

/**
 * What the job's data path feeds to a device that is faster than the processor decodes, and takes
 * 8-bit samples as GPUs do: images per second of read, decode, resize, batch, a pass that sleeps,
 * rows written and committed, in waves and tasks as long as the job would make them, beside those
 * of a bare loop that decodes and resizes on as many threads.
 *
 * <pre>DataPathBench FOLDER [cores=all] [rounds=3] [deviceImagesPerSecond=5000]
 * </pre>
 *
 * <p>Once with a task for each core, once with one task that has all cores.
 */
public final class DataPathBench {
  private static final int BATCH = 16;
  private static final int FEW = 20_000;

  /** More than the cores of a machine decode in one wave of the job. */
  private static final int PICTURES_OF_A_CORE = 120_000;

  private static final PixelBatches BUFFERS = new PixelBatches();

  private DataPathBench() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    int cores = argument(arguments, 1, Runtime.getRuntime().availableProcessors());
    int rounds = argument(arguments, 2, 3);
    Device.perSecond = argument(arguments, 3, 5_000);
    Path pictures = pictures(folder, cores * PICTURES_OF_A_CORE);
    List<Double> bare = new ArrayList<>();
    List<List<Double>> paths = List.of(new ArrayList<>(), new ArrayList<>());
    for (int cpus : List.of(1, cores)) {
      SparkSession spark = spark(cores, cpus);
      LabelImages.Setup setup =
          LabellingSetup.of(
              spark,
              Untrained.named("beit-tiny-patch16-224"),
              Precision.FP16,
              Files.createTempDirectory(folder, "model"),
              BATCH);
      WaveSizes first = new WaveSizes(OptionalLong.of(FEW), () -> cores / cpus);
      WaveSizes sizes = new WaveSizes(OptionalLong.empty(), () -> cores / cpus);
      bare(setup, pictures, cores, FEW);
      first.measured(FEW, time(FEW, path(spark, setup, pictures, folder, first)));
      sizes.measured(FEW, time(FEW, path(spark, setup, pictures, folder, first)));
      for (int round = 0; round < rounds; round++) {
        int images = (int) Math.min(sizes.images(), (long) cores * PICTURES_OF_A_CORE);
        bare.add(bare(setup, pictures, cores, images / 4));
        double rate = path(spark, setup, pictures, folder, sizes);
        paths.get(cpus == 1 ? 0 : 1).add(rate);
        sizes.measured(images, time(images, rate));
        System.out.println(images + " images: " + bare + " " + paths);
      }
      spark.stop();
    }
    double loop = median(bare);
    System.out.printf(
        Locale.ROOT,
        "%d cores, device %d images/s, medians of %d%n"
            + "bare decode and resize      %8.0f images/s%n"
            + "data path, a task a core    %8.0f images/s %6.3f%n"
            + "data path, one task of all  %8.0f images/s %6.3f%n",
        cores,
        Device.perSecond,
        rounds,
        loop,
        median(paths.get(0)),
        median(paths.get(0)) / loop,
        median(paths.get(1)),
        median(paths.get(1)) / loop);
  }

  /** Fifty different JPEGs under many names. */
  private static Path pictures(Path folder, int images) throws IOException {
    Path drawn = folder.resolve("drawn");
    if (!Files.exists(drawn)) {
      Files.createDirectories(drawn);
      new Photographs(500, 375).write(drawn, 50);
    }
    Path pictures = folder.resolve("pictures-" + images);
    if (!Files.exists(pictures)) {
      Files.createDirectories(pictures);
      for (int i = 0; i < images; i++) {
        Files.createLink(
            pictures.resolve("%07d.jpg".formatted(i)), drawn.resolve("%06d.jpg".formatted(i % 50)));
      }
    }
    return pictures;
  }

  private static SparkSession spark(int cores, int cpus) {
    return SparkSession.builder()
        .master("local[" + cores + "]")
        .appName("data path")
        .config("spark.ui.enabled", "false")
        .config("spark.task.cpus", cpus)
        .config("spark.shuffle.reduceLocality.enabled", "false")
        .getOrCreate();
  }

  /** Decodes and resizes files in memory. */
  private static double bare(LabelImages.Setup setup, Path pictures, int threads, int images)
      throws Exception {
    List<EncodedImage> encoded = new ArrayList<>();
    try (Stream<Path> files = Files.list(pictures)) {
      for (Path file : files.sorted().limit(200).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        encoded.add(new EncodedImage(bytes, bytes.length, ""));
      }
    }
    DecodeStage.Settings settings =
        new DecodeStage.Settings(
            Long.MAX_VALUE, Orientation.UPRIGHT, setup.model().bundle().processor(), null);
    AtomicInteger next = new AtomicInteger();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    long start = System.nanoTime();
    List<Future<?>> ends = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      ends.add(
          pool.submit(
              () -> {
                PixelBatch batch = PixelBatch.of(setup.model().bundle(), BATCH);
                for (int at = next.getAndIncrement(); at < images; at = next.getAndIncrement()) {
                  DecodeStage.ofThisThread(settings)
                      .decode(encoded.get(at % encoded.size()), batch, at % BATCH);
                }
                return null;
              }));
    }
    for (Future<?> end : ends) {
      end.get();
    }
    double rate = images / ((System.nanoTime() - start) / 1e9);
    pool.shutdown();
    return rate;
  }

  /** Plans outside of the time; from the first task to the last row committed. */
  private static double path(
      SparkSession spark, LabelImages.Setup setup, Path pictures, Path folder, WaveSizes sizes)
      throws IOException {
    Path table = Files.createTempDirectory(folder, "table").resolve("t");
    ScoreTable scores = setup.table();
    try (ImageSource source =
            ImageSource.open(
                spark,
                new Settings()
                    .with(SourceOptions.INPUT, List.of(pictures.toString()))
                    .as(SourceOptions::read),
                Set.of());
        ScoreOutput output =
            ScoreOutput.open(
                spark,
                OutputOptions.of(table.toString(), IfExists.FAIL),
                scores.schema(),
                RunReport.newRunId(java.time.Instant.now()))) {
      Plan plan = source.plan(output.runFolder());
      OnDevice label =
          new OnDevice(
              spark
                  .sparkContext()
                  .broadcast(setup, scala.reflect.ClassTag$.MODULE$.apply(LabelImages.Setup.class)),
              source.configuration(),
              new JobCounters(spark.sparkContext()));
      long start = System.nanoTime();
      Wave wave = plan.wave(0, sizes.images(), sizes.tasks());
      long rows =
          output
              .commit(
                  wave.images().mapPartitions(label, Encoders.row(scores.schema())), wave.rows())
              .rows();
      return rows / ((System.nanoTime() - start) / 1e9);
    }
  }

  /** What {@link LabelImages} does, on a device that is none. */
  private static final class OnDevice implements MapPartitionsFunction<Row, Row> {
    private final Broadcast<LabelImages.Setup> setup;
    private final Broadcast<HadoopConfiguration> configuration;
    private final JobCounters counters;

    OnDevice(
        Broadcast<LabelImages.Setup> setup,
        Broadcast<HadoopConfiguration> configuration,
        JobCounters counters) {
      this.setup = setup;
      this.configuration = configuration;
      this.counters = counters;
    }

    @Override
    public Iterator<Row> call(Iterator<Row> planned) {
      ReadAhead reads =
          new ReadAhead(
              planned,
              new ImageReader(configuration.value().value()),
              ReadAhead.Limits.of("file:/", new Configuration(false)));
      Lanes lanes = Lanes.ahead();
      DeviceQueue queue = DeviceQueue.open();
      TaskCompletionListener close =
          ended -> {
            lanes.close();
            reads.close();
            queue.close();
          };
      TaskContext.get().addTaskCompletionListener(close);
      Labelling.Forward device =
          batch -> {
            queue.begun(batch.images());
            return Device.run(batch);
          };
      return new Labelling(
          setup.value(), reads, lanes, BUFFERS, queue, device, counters, new Configuration(false));
    }
  }

  /** Takes each pass as long as a device of a certain speed would, one after the other. */
  private static final class Device {
    private static final int LABELS = 1_000;
    private static int perSecond;
    private static long freeNanos = System.nanoTime();

    static Outputs run(PixelBatch batch) {
      long end;
      synchronized (Device.class) {
        end =
            Math.max(freeNanos, System.nanoTime())
                + TimeUnit.SECONDS.toNanos(1) * batch.images() / perSecond;
        freeNanos = end;
      }
      try {
        TimeUnit.NANOSECONDS.sleep(end - System.nanoTime());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      float[] logits = new float[batch.images() * LABELS];
      return new Outputs(Map.of("logits", new Tensor(logits, new long[] {batch.images(), LABELS})));
    }
  }

  private static int argument(String[] arguments, int index, int usual) {
    return arguments.length > index ? Integer.parseInt(arguments[index]) : usual;
  }

  private static Duration time(int images, double perSecond) {
    return Duration.ofNanos(Math.round(images / perSecond * 1e9));
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get((values.size() - 1) / 2);
  }
}
