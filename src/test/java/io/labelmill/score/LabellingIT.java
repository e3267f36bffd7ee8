package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.translate.TranslateException;
import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.demo.FridgePictures;
import io.labelmill.error.InputException;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatch;
import io.labelmill.model.PixelBatches;
import io.labelmill.model.Tensor;
import io.labelmill.source.ImageReader;
import io.labelmill.source.ReadAhead;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class LabellingIT {
  private static final int IMAGES = 23;
  private static final int BATCH = 4;

  @TempDir private Path scratch;
  private final PixelBatches buffers = new PixelBatches();
  private LabelImages.Setup setup;
  private List<Row> planned;

  @BeforeEach
  void writePictures() throws IOException {
    SparkSession spark = SparkFixture.spark();
    setup = LabellingSetup.of(spark, TestCheckpoints.tiny(), scratch.resolve("model"), BATCH);
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
      assertThat(thrown.get()).hasMessage("interrupted while images were decoded and scored");
      lanes.close();
      assertThat(ended).isTrue();
      assertThat(passes).hasValue(1);
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
    JobCounters counters = new JobCounters(SparkFixture.spark().sparkContext());
    return new Labelling(setup, reads, lanes, buffers, device, counters);
  }

  private static ReadAhead reads(Iterator<Row> rows, int ahead) {
    return new ReadAhead(
        rows,
        new ImageReader(new Configuration()),
        new ReadAhead.Limits(ahead, 1 << 20, Duration.ofMinutes(1)));
  }

  /** Logits that only an image's own pixels decide. */
  private static Outputs sums(PixelBatch batch) {
    FloatBuffer values = batch.nchw().duplicate().flip();
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
