package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.translate.TranslateException;
import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.demo.FridgePictures;
import io.labelmill.error.InputException;
import io.labelmill.graph.Precision;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatch;
import io.labelmill.model.PixelBatches;
import io.labelmill.model.Tensor;
import io.labelmill.source.ImageReader;
import io.labelmill.source.ReadAhead;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.TaskCompletionListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class LabellingIT {
  private static final int IMAGES = 23;
  private static final int BATCH = 4;

  /**
   * In the first three batches, of three, three and two: the files 3, 4, 8 and 11 have no picture.
   * Which of them is decoded first, nobody knows.
   */
  private static final int UNDER_WAY = 8;

  @TempDir private Path scratch;
  private final PixelBatches buffers = new PixelBatches();
  private final DeviceQueue queue = DeviceQueue.open();
  private LabelImages.Setup setup;
  private List<Row> planned;

  @BeforeEach
  void writePictures() throws IOException {
    SparkSession spark = SparkFixture.spark();
    setup =
        LabellingSetup.of(
            spark, TestCheckpoints.tiny(), Precision.FP32, scratch.resolve("model"), BATCH);
    Path folder = new FridgePictures(IMAGES, 1).write(Files.createDirectory(scratch.resolve("x")));
    planned = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".jpg")).sorted().toList()) {
        if (planned.size() % 5 == 3) {
          Files.writeString(file, "no picture");
        } else if (planned.size() % 7 == 4) {
          Files.delete(file);
        }
        planned.add(row(file));
      }
    }
    assertThat(planned).hasSize(IMAGES);
  }

  @AfterEach
  void closeQueue() {
    queue.close();
  }

  @Test
  void rowsAreTheSameInOrderWhetherBatchesAreDecodedAheadOrNot() {
    List<String> inTask = rows(Lanes.inTask(), LabellingIT::sums);
    List<String> ahead = rows(Lanes.ahead(), LabellingIT::sums);
    assertThat(inTask).hasSize(IMAGES);
    for (int i = 0; i < IMAGES; i++) {
      assertThat(inTask.get(i)).startsWith("[" + planned.get(i).getString(0) + ", ");
    }
    assertThat(inTask.stream().filter(row -> row.contains(", OK, "))).hasSizeBetween(12, 18);
    assertThat(inTask.stream().filter(row -> row.contains(", NOT_AN_IMAGE, "))).hasSize(4);
    assertThat(inTask.stream().filter(row -> row.contains(", NOT_FOUND, "))).isNotEmpty();
    assertThat(ahead).isEqualTo(inTask);
  }

  @Test
  void theNextBatchIsDecodedWhileOneIsOnTheDevice() throws InterruptedException {
    AtomicInteger passes = new AtomicInteger();
    CountDownLatch secondRead = new CountDownLatch(1);
    // The first pass ends only once the fifth image was taken from the plan.
    Iterator<Row> watched =
        planned.stream()
            .peek(
                row -> {
                  if (row == planned.get(BATCH + 3)) {
                    secondRead.countDown();
                  }
                })
            .iterator();
    Labelling.Forward device =
        batch -> {
          if (passes.getAndIncrement() == 0) {
            await(secondRead);
          }
          return sums(batch);
        };
    try (ReadAhead reads = reads(watched, 1);
        Lanes lanes = Lanes.ahead()) {
      Labelling labelling = labelling(reads, lanes, device);
      labelling.forEachRemaining(row -> {});
    }
    assertThat(passes).hasValueGreaterThan(2);
  }

  @Test
  void encodedImagesAreLetGoOnceTheyAreDecoded() {
    List<WeakReference<byte[]>> contents = new ArrayList<>();
    Iterator<Row> inline =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return contents.size() < BATCH;
          }

          @Override
          public Row next() {
            String path = planned.get(contents.size()).getString(0);
            byte[] bytes = content(Path.of(path));
            contents.add(new WeakReference<>(bytes));
            return RowFactory.create(path, null, null, null, null, null, bytes);
          }
        };
    List<Row> rows = new ArrayList<>();
    try (ReadAhead reads = reads(inline, 1);
        Lanes lanes = Lanes.ahead()) {
      Labelling.Forward device =
          batch -> {
            assertThat(contents.stream().filter(LabellingIT::isLetGo))
                .as("all but what idle threads did last")
                .hasSizeGreaterThanOrEqualTo(BATCH / 2);
            return sums(batch);
          };
      labelling(reads, lanes, device).forEachRemaining(rows::add);
    }
    assertThat(rows).extracting(row -> row.getString(0)).isEqualTo(paths(BATCH));
    assertThat(rows).extracting(row -> row.<String>getAs(1)).contains("OK", "NOT_AN_IMAGE");
  }

  private List<String> paths(int images) {
    return planned.subList(0, images).stream().map(row -> row.getString(0)).toList();
  }

  private static byte[] content(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isLetGo(WeakReference<byte[]> content) {
    for (int i = 0; i < 20 && !content.refersTo(null); i++) {
      System.gc();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
    return content.refersTo(null);
  }

  @Test
  void whatAPassThrowsIsThrownAsItIs() {
    InputException failure = new InputException("the model gives 3 logits");
    for (Lanes lanes : List.of(Lanes.inTask(), Lanes.ahead())) {
      assertThatThrownBy(
              () ->
                  rows(
                      lanes,
                      batch -> {
                        throw failure;
                      }))
          .isSameAs(failure);
    }
    assertThatThrownBy(
            () ->
                rows(
                    Lanes.ahead(),
                    batch -> {
                      throw new TranslateException("out of memory");
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("The forward pass failed: out of memory");
  }

  @Test
  void closingWaitsForThePassThatRunsAndStartsNoOther() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    AtomicBoolean ended = new AtomicBoolean();
    AtomicInteger passes = new AtomicInteger();
    Lanes lanes = Lanes.ahead();
    try (ReadAhead reads = reads(planned.iterator(), 4)) {
      Labelling labelling =
          labelling(
              reads,
              lanes,
              batch -> {
                passes.incrementAndGet();
                running.countDown();
                long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
                while (System.nanoTime() < until) {
                  Thread.onSpinWait();
                }
                ended.set(true);
                return sums(batch);
              });
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread task = new Thread(() -> thrown.set(catchThrowable(labelling::next)));
      task.start();
      await(running);
      task.interrupt();
      task.join();
      // It may not have read all of the next batches yet.
      assertThat(thrown.get()).hasMessageStartingWith("interrupted while ");
      lanes.close();
      assertThat(ended).isTrue();
      assertThat(passes).hasValue(1);
    }
  }

  @Test
  void aBatchWaitsForTheDeviceOnceItIsDecoded() {
    List<Long> waiting = new ArrayList<>();
    AtomicInteger images = new AtomicInteger();
    rows(
        Lanes.ahead(),
        batch -> {
          if (images.get() == 0) {
            awaitWaiting(UNDER_WAY);
          }
          images.addAndGet(batch.images());
          queue.begun(batch.images());
          waiting.add(gauge());
          return sums(batch);
        });
    assertThat(images).hasValueBetween(12, 18);
    // The first pass begins with two batches behind it, the last with none.
    assertThat(waiting.get(0)).isBetween(UNDER_WAY - 3L, UNDER_WAY - 2L);
    assertThat(waiting).endsWith(0L);
  }

  @Test
  void aTaskThatDecodesAndInfersInTurnHasOneBatchAtMostThatWaits() {
    List<Long> before = new ArrayList<>();
    List<Long> after = new ArrayList<>();
    List<Long> images = new ArrayList<>();
    rows(
        Lanes.inTask(),
        batch -> {
          images.add((long) batch.images());
          before.add(gauge());
          queue.begun(batch.images());
          after.add(gauge());
          return sums(batch);
        });
    assertThat(before).hasSizeGreaterThan(3).isEqualTo(images);
    assertThat(after).containsOnly(0L);
    assertThat(gauge()).isZero();
  }

  @Test
  void nothingWaitsOnceATaskHasFailed() {
    AtomicBoolean failed = new AtomicBoolean();
    assertThatThrownBy(
            () ->
                rows(
                    Lanes.ahead(),
                    batch -> {
                      // Batches come as they are decoded, the second maybe first; those after the
                      // one that began stay behind.
                      if (!failed.getAndSet(true)) {
                        queue.begun(batch.images());
                        awaitWaiting(waiting -> waiting > 0);
                      }
                      throw new TranslateException("out of memory");
                    }))
        .hasMessage("The forward pass failed: out of memory");
    assertThat(gauge()).isPositive();
    queue.close();
    assertThat(gauge()).isZero();
    // A thread that still decodes may have its batch complete only now.
    queue.decoded(BATCH);
    assertThat(gauge()).isZero();
  }

  @Test
  void nothingWaitsOnceATaskWasKilled() throws Exception {
    JavaSparkContext spark = new JavaSparkContext(SparkFixture.spark().sparkContext());
    OnStuckDevice.setup = setup;
    OnStuckDevice.counters = counters();
    CompletableFuture<Throwable> job =
        CompletableFuture.supplyAsync(
            () -> {
              spark.setJobGroup("killed", "Labels on a device that never answers", true);
              return catchThrowable(
                  () -> spark.parallelize(planned, 1).mapPartitions(new OnStuckDevice()).count());
            });
    awaitWaiting(waiting -> waiting >= UNDER_WAY - 3);
    spark.cancelJobGroup("killed");
    assertThat(job.get()).hasMessageContaining("cancelled");
    awaitWaiting(0);
  }

  /** What {@link LabelImages} does, on a device whose first pass ends only with its thread. */
  private static final class OnStuckDevice implements FlatMapFunction<Iterator<Row>, Row> {
    private static LabelImages.Setup setup;
    private static JobCounters counters;

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      TaskContext task = TaskContext.get();
      DeviceQueue queue = DeviceQueue.open();
      ReadAhead reads = reads(rows, 4);
      Lanes lanes = Lanes.ahead();
      TaskCompletionListener close =
          ended -> {
            lanes.close();
            reads.close();
            queue.close();
          };
      task.addTaskCompletionListener(close);
      Labelling.Forward device =
          batch -> {
            queue.begun(batch.images());
            LabellingIT.await(new CountDownLatch(1));
            return sums(batch);
          };
      return new Labelling(
          setup,
          reads,
          lanes,
          new PixelBatches(),
          queue,
          device,
          counters,
          new Configuration(false));
    }
  }

  /** What sinks are told. */
  private static long gauge() {
    return ExecutorMetrics.METRICS.stream()
        .filter(metric -> metric.name().equals("decoded.waiting"))
        .findFirst()
        .orElseThrow()
        .value()
        .apply(null)
        .longValue();
  }

  private static void awaitWaiting(int images) {
    awaitWaiting(waiting -> waiting == images);
  }

  private static void awaitWaiting(LongPredicate enough) {
    try {
      while (!enough.test(gauge())) {
        Thread.sleep(5);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("in vain, with " + gauge() + " images that wait", e);
    }
  }

  private List<String> rows(Lanes lanes, Labelling.Forward device) {
    List<String> rows = new ArrayList<>();
    try (ReadAhead reads = reads(planned.iterator(), 4);
        lanes) {
      labelling(reads, lanes, device)
          .forEachRemaining(
              // All but the time at the end.
              row -> rows.add(Arrays.deepToString(values(row))));
    }
    return rows;
  }

  private static Object[] values(Row row) {
    return IntStream.range(0, row.size() - 1).mapToObj(row::get).toArray();
  }

  private Labelling labelling(ReadAhead reads, Lanes lanes, Labelling.Forward device) {
    return new Labelling(
        setup, reads, lanes, buffers, queue, device, counters(), new Configuration(false));
  }

  private static JobCounters counters() {
    return new JobCounters(SparkFixture.spark().sparkContext());
  }

  private static ReadAhead reads(Iterator<Row> rows, int ahead) {
    return new ReadAhead(
        rows,
        new ImageReader(new Configuration()),
        new ReadAhead.Limits(ahead, 1 << 20, Duration.ofMinutes(1)));
  }

  /** Logits that only an image's own pixels decide. */
  private static Outputs sums(PixelBatch batch) {
    FloatBuffer values = batch.values();
    int labels = TestCheckpoints.tiny().labels().size();
    float[] logits = new float[batch.images() * labels];
    int perImage = values.remaining() / batch.images();
    for (int i = 0; i < values.limit(); i++) {
      logits[i / perImage * labels + i % labels] += values.get(i);
    }
    return new Outputs(Map.of("logits", new Tensor(logits, new long[] {batch.images(), labels})));
  }

  private static Row row(Path file) {
    return RowFactory.create(file.toString(), file.toString(), null, null, null, null, null);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
